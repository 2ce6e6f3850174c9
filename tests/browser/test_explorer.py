"""Going from screen to screen, and a card on paper."""

import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def test_links_keep_the_photos_of_the_session(visitor, photo):
    visitor.upload(("x.jpg", photo)).answered()
    visitor.say(0)
    visitor.page.evaluate("window.still_here = true")
    name = visitor.page.locator(".fm-card h2 a").first
    species = name.inner_text()
    name.click()
    expect(visitor.page).to_have_url(re.compile(r"/species\?taxon=[a-z-]+"))
    expect(visitor.page.locator(".st-key-species_page .fm-card h2")).to_have_text(species)
    visitor.settle()
    visitor.page.locator(".fm-card .crumbs a").last.click()
    visitor.page.wait_for_selector(".fm-tree")
    visitor.page.get_by_role("link", name="Identify").first.click()
    visitor.page.wait_for_selector(".fm-ladder")
    assert visitor.page.evaluate("window.still_here") is True, "the page was loaded anew"


def test_the_tree_is_walked_by_clicks(visitor):
    visitor.open("species")
    visitor.page.get_by_text("The tree").click()
    visitor.page.locator(".fm-tree").wait_for()
    visitor.settle()  # a click into a page that is being drawn anew hits what is gone
    for name in ("Mammals", "Carnivorans", "Cats"):
        visitor.page.locator(f".fm-tree a:has-text('{name}')").first.click()
        expect(visitor.page.locator(".fm-tree p b")).to_have_text(name)
        visitor.settle()
    expect(visitor.page.locator(".fm-grid li")).to_have_count(12)
    assert "taxon=felidae" in visitor.page.url


def test_an_address_opens_filters_and_place(visitor):
    visitor.open("species?here=KEN&statuses=Threatened&only=Native+where+I+am")
    expect(visitor.page.get_by_text(re.compile(r"^\d+ of 160 species$"))).to_be_visible()
    tiles = visitor.page.locator(".fm-grid li").count()
    assert 0 < tiles < 60
    visitor.page.reload()
    visitor.page.wait_for_selector(".fm-grid")
    visitor.settle()
    assert visitor.page.locator(".fm-grid li").count() == tiles


@pytest.mark.parametrize("taxon", ["panthera-pardus", "procyon-lotor", "sciurus-carolinensis"])
def test_a_card_prints_on_one_page(visitor, taxon):
    visitor.open(f"species?taxon={taxon}&here=GBR").page.wait_for_selector(".fm-map")
    visitor.settle()
    paper = visitor.page.pdf(format="A4", print_background=True)
    assert len(re.findall(rb"/Type\s*/Page\b", paper)) == 1
