"""What every page keeps to: no other host, any window, both themes, everybody."""

import pytest
from playwright.sync_api import expect

from core.settings import ROOT

pytestmark = pytest.mark.browser

AXE = (ROOT / "tests" / "browser" / "axe.min.js").read_text(encoding="utf-8")
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
PHONE = {"width": 390, "height": 844}
BATCH = 3


def first_visit(visitor, photo):
    visitor.page.wait_for_selector(".fm-hero img")


def answer(visitor, photo):
    visitor.upload(("x.jpg", photo)).answered()
    visitor.say(1)


def batch(visitor, photo):
    visitor.upload(*[(f"{n}.jpg", photo + bytes([n])) for n in range(BATCH)]).answered()
    visitor.page.wait_for_selector(".st-key-batch_table canvas")


def bad_file(visitor, photo):
    visitor.upload(("x.jpg", b"not a photo"))
    visitor.page.wait_for_selector('[data-testid="stAlert"]')


def species(visitor, photo):
    visitor.open("species").page.wait_for_selector(".fm-grid")


def card(visitor, photo):
    visitor.open("species?taxon=panthera-pardus").page.wait_for_selector(".fm-card")


def group(visitor, photo):
    visitor.open("species?taxon=carnivora&here=KEN").page.wait_for_selector(".fm-tree")


def comparison(visitor, photo):
    visitor.open("species?compare=panthera-pardus,panthera-onca&here=USA")
    visitor.page.locator(".fm-card").nth(1).wait_for()


def invasive(visitor, photo):
    visitor.open("species?taxon=sciurus-carolinensis&here=GBR").page.wait_for_selector(".fm-here.invasive")


def review(visitor, photo):
    visitor.upload(("x.jpg", photo)).answered()
    visitor.open("review").page.wait_for_selector(".review .photo")


def unknown(visitor, photo):
    """A link that tries to make the page load a picture from elsewhere."""
    visitor.open("species?taxon=![x](https://example.org/x.png)").page.wait_for_selector(".fm-grid")


def train(visitor, photo) -> None:
    answer(visitor, photo)
    visitor.open("train").page.locator(".st-key-train_go button").wait_for()


def models(visitor, photo) -> None:
    visitor.open("models")
    visitor.page.get_by_text("answers now").wait_for()
    visitor.page.locator(".js-plotly-plot").nth(2).wait_for()


SCREENS = [
    first_visit, answer, batch, bad_file, species, card, group, comparison, invasive, review, unknown, train, models,
]  # fmt: skip


@pytest.mark.parametrize("screen", SCREENS)
def test_everybody_can_use_it(visitor, photo, screen):
    screen(visitor, photo)
    visitor.settle()
    visitor.page.evaluate(AXE)
    in_light = violations(visitor)
    visitor.wear("dark")
    assert not in_light + violations(visitor)


def violations(visitor) -> list[str]:
    found = visitor.page.evaluate("tags => axe.run({runOnly: tags})", WCAG)
    return [
        f"{violation['id']}: {node['target'][-1]} {node['html'][:200]} {node['failureSummary']}"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]


@pytest.mark.parametrize("screen", [first_visit, answer, batch, species, card, train, models])
def test_it_fits_a_phone(come, server, photo, screen):
    visitor = come(server, viewport=PHONE, device_scale_factor=2, is_mobile=True, has_touch=True)
    screen(visitor, photo)
    visitor.settle()
    assert visitor.overflow() <= 0


def test_the_review_page_leaves_the_window_to_the_photo(come, server, photo):
    visitor = come(server, viewport={"width": 1280, "height": 800})
    review(visitor, photo)
    visitor.settle()
    for css in (".viewer", ".why", ".choices", ".acts"):
        box = visitor.page.locator(css).bounding_box()
        assert box["y"] + box["height"] <= 800, css
    assert visitor.page.locator(".viewer").bounding_box()["height"] > 400


def test_on_a_phone_the_answer_comes_before_the_card(come, server, photo):
    visitor = come(server, viewport=PHONE, is_mobile=True, has_touch=True)
    answer(visitor, photo)
    tops = [
        visitor.page.locator(css).bounding_box()["y"] for css in ("h2.fm-answer", ".fm-ladder", ".fm-card")
    ]
    assert tops == sorted(tops)


def test_light_and_dark(come, server):
    colours = {}
    for scheme in ("light", "dark"):
        page = come(server, color_scheme=scheme).page
        expect(page.get_by_role("heading", name="Which animal is it?")).to_be_visible()
        style = "e => [getComputedStyle(e).backgroundColor, getComputedStyle(e).color]"
        colours[scheme] = page.locator('[data-testid="stApp"]').evaluate(style)
    assert brightness(colours["light"][0]) > 200 > 60 > brightness(colours["light"][1])
    assert brightness(colours["dark"][0]) < 60 < 200 < brightness(colours["dark"][1])


def brightness(rgb: str) -> float:
    red, green, blue = (float(part) for part in rgb.strip("rgba()").split(",")[:3])
    return (red + green + blue) / 3
