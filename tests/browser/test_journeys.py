"""What people do with Fieldmark, from the photo to the database."""

import csv
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def test_upload_correct_undo_redo(visitor, server, photo, sha256):
    visitor.upload(("chelsea.jpg", photo)).answered()
    assert "Felidae" in visitor.page.locator(".fm-ladder").inner_text()
    said = visitor.say(1)
    assert server.events(sha256) == [("assert", said, "me")]
    visitor.undo("Undo")
    expect(visitor.page.locator(".fm-noted")).to_contain_text("Taken back")
    visitor.undo("Redo")
    assert visitor.noted() == said
    assert [kind for kind, *_ in server.events(sha256)] == ["assert", "undo", "undo"]


def test_an_answer_that_was_offered_before_an_undo_is_not_taken_after_it(visitor, server, photo, sha256):
    visitor.upload(("x.jpg", photo)).answered()
    visitor.say(1)
    undo, late = visitor.page.locator(".st-key-undo button"), visitor.choice(2)
    undo.evaluate(
        "(undo, late) => { undo.click(); late.click() }", late.element_handle()
    )  # too fast to be drawn between
    expect(undo).to_have_text("Redo")
    visitor.settle()
    assert [kind for kind, *_ in server.events(sha256)] == ["assert", "undo"]
    assert visitor.say(2)  # what is drawn now can be said
    assert [kind for kind, *_ in server.events(sha256)] == ["assert", "undo", "assert"]


@pytest.mark.parametrize("event", ["paste", "drop"])
def test_paste_and_drop(visitor, server, photo, sha256, event):
    visitor.give(event, f"{event}.jpg", photo).answered()
    expect(visitor.page.get_by_text(f"{event}.jpg ·")).to_be_visible()
    assert server.rows("SELECT count(*) FROM media WHERE sha256 = ?", sha256) == [(1,)]


def test_search_as_you_type(visitor, server, photo, sha256):
    visitor.upload(("x.jpg", photo)).answered()
    box = visitor.page.locator("[class*=st-key-search_] input")
    box.press_sequentially("lepard", delay=20)
    visitor.page.locator("[class*=st-key-choice_found_] button", has_text="Panthera pardus").click()
    assert visitor.noted() == "panthera-pardus"
    expect(visitor.page.locator(".fm-card h2")).to_have_text("Leopard")


def test_a_deep_link_first_thing_after_a_start(own_server, come):
    visitor = come(own_server.start(), "species?taxon=panthera-pardus")
    expect(visitor.page.locator(".fm-card h2")).to_have_text("Leopard")
    expect(visitor.page.locator('[data-testid="stHeaderLogo"]')).to_be_visible()
    expect(visitor.page.locator('[data-testid="stTopNavLink"]')).to_have_text(
        ["Identify", "Review", "Species", "Train", "Models"]
    )
    expect(visitor.page.locator('[data-testid="stSidebarNav"]')).to_have_count(0)


def test_a_power_cut_loses_and_doubles_nothing(own_server, come, photo, sha256):
    visitor = come(own_server.start())
    said = visitor.upload(("x.jpg", photo)).answered().say(1)
    own_server.kill()
    visitor.page.context.close()  # or it would go on asking for the server

    back = come(own_server.start())
    assert own_server.events(sha256) == [("assert", said, "me")]
    assert back.upload(("x.jpg", photo)).answered().noted() == said
    assert len(own_server.events(sha256)) == 1


def test_a_double_click_counts_once(visitor, server, photo, sha256):
    visitor.upload(("x.jpg", photo)).answered()
    visitor.choice(1).evaluate("button => { button.click(); setTimeout(() => button.click(), 30); }")
    visitor.noted()
    visitor.ask_for(7)  # queued behind both clicks
    assert [kind for kind, *_ in server.events(sha256)] == ["assert"]


def test_two_people_both_count(come, server, photo, sha256):
    first = come(server).upload(("x.jpg", photo)).answered().call_me("Wanjiru")
    second = come(server).upload(("x.jpg", photo)).answered().call_me("Otieno")
    one, other = first.say(1), second.say(2)
    assert server.events(sha256) == [("assert", one, "Wanjiru"), ("assert", other, "Otieno")]
    assert second.noted() == other
    expect(second.page.locator(".fm-noted")).to_contain_text("1 of 2 people agree")
    expect(second.page.get_by_text("History of this photo (2)")).to_be_visible()


def test_by_keyboard_alone(visitor, server, photo, sha256):
    visitor.upload(("x.jpg", photo)).answered()
    visitor.page.evaluate("document.activeElement?.blur()")
    for _ in range(60):
        visitor.page.keyboard.press("Tab")
        if visitor.page.evaluate("!!document.activeElement.closest('[class*=\"st-key-choice_0_\"]')"):
            break
    focus = "getComputedStyle(document.activeElement)"
    assert visitor.page.evaluate(f"{focus}.outlineStyle + {focus}.boxShadow") != "nonenone", "no focus ring"
    visitor.page.keyboard.press("Enter")
    visitor.noted()
    assert len(server.events(sha256)) == 1


def test_a_batch_with_a_broken_file(visitor, photo):
    files = [(f"{n}.jpg", photo + bytes([n])) for n in range(4)]  # bytes after the end change only the hash
    visitor.upload(*files, ("broken.jpg", b"not a photo")).answered()
    expect(visitor.page.locator(".st-key-batch .fm-lead")).to_contain_text("5 photos.")
    # The table is a canvas; its hidden twin for screen readers has a row for the header.
    expect(visitor.page.locator(".st-key-batch_table table")).to_have_attribute("aria-rowcount", "6")
    with visitor.page.expect_download() as download:
        visitor.page.get_by_role("button", name="Download CSV").click()
    with Path(download.value.path()).open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["file"] for row in rows] == ["0.jpg", "1.jpg", "2.jpg", "3.jpg", "broken.jpg"]
    assert [bool(row["error"]) for row in rows] == [False] * 4 + [True]


def test_a_row_opens_its_photo(visitor, photo):
    visitor.upload(*[(f"{n}.jpg", photo + bytes([n])) for n in range(3)]).answered()
    visitor.page.get_by_role("button", name="Next ›").click()
    expect(visitor.page.get_by_text("Photo 2 of 3")).to_be_visible()
    expect(visitor.page.get_by_text("1.jpg ·")).to_be_visible()
    table = visitor.page.locator(".st-key-batch_table .dvn-scroller")
    table.click(position={"x": 16, "y": 35 + 17 + 2 * 35})  # the box before the third row
    expect(visitor.page.get_by_text("Photo 3 of 3")).to_be_visible()


@pytest.mark.parametrize("name", ["../../evil.jpg", "=cmd().jpg", "..\\..\\evil.jpg"])
def test_a_file_name_is_never_a_path(visitor, server, photo, sha256, name):
    visitor.upload((name, photo)).answered()
    kept = [path for path in server.data.rglob("*") if path.is_file() and "fieldmark.db" not in path.name]
    ours = (
        r"media/[0-9a-f]{2}/[0-9a-f]{64}\.bin|previews/[0-9a-f]{2}/[0-9a-f]{64}-(thumb|full)\.jpg|secret\.key"
        r"|embeddings/[0-9a-f]{16}/(ids|vectors|shape\.json|\.lock)"
    )
    assert all(re.fullmatch(ours, str(path.relative_to(server.data))) for path in kept)
    assert f"{sha256}.bin" in [path.name for path in kept]
    assert not list(server.data.parent.parent.glob("**/*evil*"))
