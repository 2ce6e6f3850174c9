"""The tools of the review surface, each by key and by mouse or finger, down to the rows of the database."""

import json

import pytest
from playwright.sync_api import expect

from tests.browser.server import Server
from tests.browser.stage import BURST, BURSTS
from tests.browser.test_manners import AXE, violations
from tests.browser.visitor import Visitor
from tests.seeded import seed

pytestmark = pytest.mark.browser

COLUMNS = (
    "kind", "taxon", "reason", "action", "subject", "blind", "certainty", "count", "sex", "life_stage", "behaviour", "individual",
    "comment", "boxes", "lane", "shown_taxon", "undoes", "label_event.id",
)  # fmt: skip
PHOTOS = 60
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}


@pytest.fixture
def stage(tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    seed(data, PHOTOS)
    server = Server(data, "tests/browser/stage.py")
    yield server.start()
    server.kill()


@pytest.fixture
def surface(stage, come):
    return Surface(come(stage), stage)


class Surface:
    """A person at the surface."""

    def __init__(self, visitor: Visitor, server: Server) -> None:
        self.page, self.server = visitor.page, server
        self.page.wait_for_selector(".photo[data-sha256]")
        self.page.wait_for_function(_READY)
        self.page.locator(".review").focus()

    def at(self, selector: str):
        return self.page.locator(selector)

    def press(self, *keys: str) -> "Surface":
        for key in keys:
            self.page.keyboard.press(key)
        return self

    def do(self, name: str) -> None:
        self.page.locator(f"[data-do={name}]:visible").first.click()

    @property
    def photo(self) -> str:
        return self.at(".photo").get_attribute("data-sha256")

    @property
    def frames(self) -> list[str]:
        return self.at(".frames button").evaluate_all("all => all.map(one => one.dataset.frame)")

    @property
    def proposal(self) -> str | None:
        return self.at(".ladder [aria-current=true]").get_attribute("data-rung")

    def ladder(self) -> dict[str, str]:
        """Return taxon by rank."""
        return self.at(".ladder button").evaluate_all(
            "all => Object.fromEntries(all.map(one => [one.dataset.rank, one.dataset.rung]))"
        )

    def acts(self) -> list[dict]:
        """Return what is stored once all is saved, oldest first."""
        expect(self.at(".saved")).to_have_attribute("data-pending", "0")
        rows = self.server.rows(
            f"SELECT sha256, {', '.join(COLUMNS)} FROM label_event JOIN media ON media.id = media_id ORDER BY seq"
        )
        return [dict(zip(("sha256", *COLUMNS), row, strict=True)) for row in rows]

    def skip_events(self) -> "Surface":
        """Go on to the blind photo."""
        for _ in range(BURSTS):
            self.press("m")
        return self

    def skip_to_plain(self, beyond: int = 2) -> "Surface":
        """Go on to the photos behind the blind one and the one with a box."""
        self.skip_events()
        for _ in range(beyond):
            self.press("b")
        return self

    def labels(self) -> list[tuple[str, str | None]]:
        query = "SELECT sha256, taxon FROM current_label JOIN media ON media.id = media_id"
        expect(self.at(".saved")).to_have_attribute("data-pending", "0")
        return self.server.rows(query)


_READY = (
    "() => [...document.querySelectorAll('*')].some(e => e.shadowRoot?.querySelector('.photo')?.naturalWidth)"
)
_SCALE = "sheet => new DOMMatrix(getComputedStyle(sheet).transform).a"
_MOVED = "sheet => { const m = new DOMMatrix(getComputedStyle(sheet).transform); return [m.e, m.f] }"


def scale(surface: Surface) -> float:
    return surface.at(".sheet").evaluate(_SCALE)


# --- looking closely -----------------------------------------------------------------------------


def test_z_the_wheel_and_a_double_click_bring_the_photo_closer_and_nothing_jumps(surface):
    frame = surface.at(".viewer").bounding_box()
    surface.press("z")
    assert scale(surface) > 1
    surface.press("ArrowRight")  # the photo moves, it is not put off
    x, _ = surface.at(".sheet").evaluate(_MOVED)
    surface.press("ArrowRight")
    assert surface.at(".sheet").evaluate(_MOVED)[0] < x
    surface.press("z")
    assert scale(surface) == 1
    middle = frame["x"] + frame["width"] / 2, frame["y"] + frame["height"] / 2
    surface.page.mouse.move(*middle)
    surface.page.mouse.wheel(0, -240)
    surface.page.wait_for_timeout(100)
    assert scale(surface) > 1.4
    surface.page.mouse.wheel(0, 2000)
    surface.page.mouse.wheel(0, 2000)
    surface.page.mouse.wheel(0, 2000)
    surface.page.mouse.dblclick(*middle)
    expect(surface.at(".viewer.zoomed")).to_have_count(1)
    x, y = surface.at(".sheet").evaluate(_MOVED)
    surface.page.mouse.move(*middle)
    surface.page.mouse.down()
    surface.page.mouse.move(middle[0] + 60, middle[1] + 40, steps=4)
    surface.page.mouse.up()
    assert surface.at(".sheet").evaluate(_MOVED) == pytest.approx([x + 60, y + 40])
    assert surface.at(".viewer").bounding_box() == frame
    surface.press("b")
    assert scale(surface) == 1  # the next photo is whole
    assert len(surface.acts()) == 1


def test_two_fingers_bring_it_closer(stage, come):
    surface = Surface(come(stage, **PHONE), stage)
    frame = surface.at(".viewer").bounding_box()
    x, y = frame["x"] + frame["width"] / 2, frame["y"] + frame["height"] / 2
    session = surface.page.context.new_cdp_session(surface.page)

    def fingers(kind: str, apart: float) -> None:
        points = [{"x": x - apart, "y": y}, {"x": x + apart, "y": y}] if kind != "touchEnd" else []
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    fingers("touchStart", 20)
    for apart in (30, 40, 60):
        fingers("touchMove", apart)
    fingers("touchEnd", 0)
    assert scale(surface) == pytest.approx(3, abs=0.2)
    assert surface.acts() == []


# --- boxes ---------------------------------------------------------------------------------------


def on_photo(surface: Surface, x: float, y: float) -> tuple[float, float]:
    box = surface.at(".boxes").bounding_box()
    return box["x"] + x * box["width"], box["y"] + y * box["height"]


def drag(surface: Surface, start: tuple[float, float], end: tuple[float, float]) -> None:
    surface.page.mouse.move(*on_photo(surface, *start))
    surface.page.mouse.down()
    surface.page.mouse.move(*on_photo(surface, *end), steps=5)
    surface.page.mouse.up()


def stored(act: dict) -> list[list[float]]:
    return [[box[side] for side in "xywh"] for box in json.loads(act["boxes"])]


def test_boxes_are_drawn_moved_resized_deleted_and_undone(surface):
    photo = surface.photo
    surface.press("d")
    drag(surface, (0.1, 0.2), (0.4, 0.6))
    drag(surface, (0.6, 0.6), (0.9, 0.9))
    surface.press("d")  # no more new ones
    drag(surface, (0.2, 0.3), (0.3, 0.4))  # the first moves
    drag(surface, (0.5, 0.7), (0.7, 0.8))  # by its corner it grows
    surface.press("Delete")
    acts = surface.acts()
    assert [act["kind"] for act in acts] == ["boxes"] * 5
    assert {act["sha256"] for act in acts} == {photo} == {surface.photo}
    near = {"abs": 0.01}
    assert stored(acts[0])[0] == pytest.approx([0.1, 0.2, 0.3, 0.4], **near)
    assert stored(acts[1])[1] == pytest.approx([0.6, 0.6, 0.3, 0.3], **near)
    assert stored(acts[2])[0] == pytest.approx([0.2, 0.3, 0.3, 0.4], **near)
    assert stored(acts[3])[0] == pytest.approx([0.2, 0.3, 0.5, 0.5], **near)
    assert len(stored(acts[4])) == 1
    surface.press("Control+z")
    expect(surface.at(".box")).to_have_count(2)
    surface.press("Control+y")
    expect(surface.at(".box")).to_have_count(1)
    assert [act["kind"] for act in surface.acts()] == ["boxes"] * 5 + ["undo"] * 2


def test_a_box_is_drawn_on_the_photo_where_it_is_zoomed_and_moved_by_keys(surface):
    surface.press("z", "d")
    drag(surface, (0.45, 0.45), (0.55, 0.55))
    surface.press("ArrowRight", "Shift+ArrowDown")
    acts = surface.acts()
    assert stored(acts[0])[0] == pytest.approx([0.45, 0.45, 0.1, 0.1], abs=0.01)
    assert stored(acts[1])[0][0] == pytest.approx(stored(acts[0])[0][0] + 0.01, abs=1e-4)
    assert stored(acts[2])[0][3] == pytest.approx(stored(acts[1])[0][3] + 0.01, abs=1e-4)


def test_stored_boxes_are_shown_and_deleted_by_button(surface):
    surface.skip_to_plain(1)
    expect(surface.at(".box")).to_have_count(1)
    surface.page.mouse.click(*on_photo(surface, 0.5, 0.5))
    surface.do("unbox")
    expect(surface.at(".box")).to_have_count(0)
    assert stored(surface.acts()[-1]) == []


def test_a_finger_draws_a_box_and_moves_it(stage, come):
    surface = Surface(come(stage, **PHONE), stage)
    session = surface.page.context.new_cdp_session(surface.page)

    def finger(*path: tuple[float, float]) -> None:
        points = [on_photo(surface, *at) for at in path]
        for kind, (x, y) in zip(("touchStart", *["touchMove"] * len(points)), points, strict=False):
            session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
        session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

    surface.do("draw")
    finger((0.2, 0.2), (0.3, 0.4), (0.6, 0.7))
    surface.do("draw")
    finger((0.4, 0.4), (0.45, 0.4), *[(0.5, 0.4)] * 3)  # browsers guess on from the last two places
    drawn, moved = surface.acts()
    assert stored(drawn)[0] == pytest.approx([0.2, 0.2, 0.4, 0.5], abs=0.02)
    assert stored(moved)[0] == pytest.approx([0.3, 0.2, 0.4, 0.5], abs=0.02)


def test_a_box_is_chosen_and_deleted_without_a_mouse(surface):
    surface.skip_to_plain(1)
    surface.at(".box").focus()
    surface.press("Enter", "ArrowLeft", "Delete")
    moved, deleted = surface.acts()[-2:]
    assert stored(moved) == [[0.24, 0.25, 0.5, 0.5]]
    assert stored(deleted) == []


# --- events --------------------------------------------------------------------------------------


def test_without_e_only_the_photo_on_screen_is_labelled_and_the_next_of_its_event_comes(surface):
    frames = surface.frames
    assert (len(frames), frames[0]) == (BURST, surface.photo)
    surface.press("]", "]")
    assert surface.photo == frames[2]
    surface.press("[")
    assert surface.photo == frames[1]
    surface.press("b")
    assert surface.photo == frames[2]
    surface.at(f"[data-frame='{frames[4]}']").click()
    surface.press("b")
    assert surface.photo == frames[0]  # the first one that is left
    assert [(act["sha256"], act["action"]) for act in surface.acts()] == [
        (frames[1], None),
        (frames[4], None),
    ]
    for _ in range(3):
        surface.press("b")
    assert surface.photo not in frames
    surface.press("Backspace")
    assert surface.frames == frames


def test_e_labels_the_whole_event_in_one_act_and_exceptions_stay(surface):
    surface.press("m")
    frames = surface.frames  # of the second event, of which Bo labelled the fourth
    surface.press("e")
    expect(surface.at(".strip.whole")).to_have_count(1)
    surface.press("2")
    acts = surface.acts()[BURST:]
    assert [act["sha256"] for act in acts] == [frame for frame in frames if frame != frames[3]]
    assert len({act["action"] for act in acts}) == 1
    assert acts[0]["action"]
    assert len({act["taxon"] for act in acts}) == 1
    expect(surface.at(".strip.whole")).to_have_count(0)  # the next event is another matter
    surface.press("Backspace")
    assert len(surface.labels()) == BURST
    assert surface.frames == frames
    surface.press("y")
    assert len(surface.labels()) == 2 * BURST - 1


def test_shift_enter_accepts_for_the_event_and_m_takes_the_majority(surface):
    frames, proposed = surface.frames, surface.proposal
    surface.press("Shift+Enter")
    acts = surface.acts()
    assert {act["sha256"] for act in acts} == set(frames)
    assert {act["taxon"] for act in acts} == {proposed}
    assert all((act["kind"] == "confirm") == (act["shown_taxon"] == proposed) for act in acts)
    surface.press("Backspace")
    said = surface.server.rows(
        f"SELECT displayed FROM prediction JOIN media ON media.id = media_id WHERE sha256 IN ({','.join('?' * BURST)})",
        *frames,
    )
    counts = {name: sum(one == name for (one,) in said) for (name,) in said if name}
    surface.press("m")
    (majority,) = {act["taxon"] for act in surface.acts()[2 * BURST :]}
    assert counts[majority] == max(counts.values())


def test_a_film_only_shows_and_a_key_that_stops_it_says_nothing(surface):
    photo, source = surface.photo, surface.at(".photo").get_attribute("src")
    surface.press("Space")
    expect(surface.at(".photo")).not_to_have_attribute("src", source)
    surface.press("b")
    expect(surface.at(".photo")).to_have_attribute("src", source)
    assert (surface.photo, surface.acts()) == (photo, [])
    surface.press("Space")
    expect(surface.at(".playing")).to_have_count(1)
    expect(surface.at(".playing")).to_have_count(0, timeout=5_000)  # it ends by itself
    expect(surface.at(".photo")).to_have_attribute("src", source)


def test_who_wants_less_motion_gets_a_step_instead_of_a_film(stage, come):
    surface = Surface(come(stage, reduced_motion="reduce"), stage)
    frames = surface.frames
    surface.press("Space")
    assert surface.photo == frames[1]
    expect(surface.at(".playing")).to_have_count(0)


def test_a_photo_that_is_asked_again_says_what_was_said_and_can_be_said_anew(surface):
    surface.press("v")
    last = surface.at(".tiles img[alt='Photo 0059.jpg']")
    while not last.count():
        surface.press("e", "b")
    surface.press("v")
    while surface.at(".photo").get_attribute("alt") != "Photo 0059.jpg":
        surface.press("b")
    expect(surface.at(".chip.said")).to_have_text("Bo said: Lion")
    surface.press("2")
    expect(surface.at(".empty")).to_be_visible()
    assert surface.acts()[-1]["kind"] == "assert"
    surface.press("Backspace")
    expect(surface.at(".photo")).to_have_attribute("alt", "Photo 0059.jpg")


# --- what else can be said -----------------------------------------------------------------------


def test_the_ladder_labels_at_any_rank_and_shift_says_that_it_is_not_the_suggested(surface):
    surface.skip_to_plain()
    before = len(surface.acts())
    ladder = surface.ladder()
    surface.press("g")
    second = surface.ladder()
    surface.press("F")
    third = surface.ladder()
    surface.at(".ladder [data-rank=order]").click()
    expected = [
        (ladder["genus"], "cannot_go_finer"),
        (second["family"], "not_the_suggested"),
        (third["order"], "cannot_go_finer"),
    ]
    acts = surface.acts()[before:]
    assert [act["taxon"] for act in acts] == [taxon for taxon, _ in expected]
    for act, (taxon, reason) in zip(acts, expected, strict=True):
        agreed = act["shown_taxon"] == taxon and reason == "cannot_go_finer"
        assert act["reason"] == reason or agreed


def test_minus_and_equals_move_what_is_proposed_and_enter_says_it(surface):
    surface.skip_to_plain()
    before = len(surface.acts())
    steps = list(surface.ladder().values())
    first = steps.index(surface.proposal)
    surface.press("-", "-")
    assert surface.proposal == steps[max(0, first - 2)]
    surface.press("=")
    assert surface.proposal == steps[first - 1]
    surface.press("Enter")
    act = surface.acts()[before]
    assert (act["kind"], act["taxon"], act["reason"]) == ("assert", steps[first - 1], "cannot_go_finer")
    steps = list(surface.ladder().values())
    first = steps.index(surface.proposal)
    surface.press("_", "Enter")
    act = surface.acts()[-1]
    assert (act["taxon"], act["reason"]) == (steps[first - 1], "not_the_suggested")


def test_details_go_along_with_the_next_label_and_are_gone_after_it(surface):
    surface.skip_to_plain()
    surface.press("n", "1", "2", "Enter", "s", "f", "l", "j", "t", "p")
    surface.press("h")
    surface.page.keyboard.type("drinking b")
    surface.press("Enter", "j")
    surface.page.keyboard.type("Karula")
    surface.press("Enter")
    expect(surface.at(".chip[data-chip]")).to_have_count(6)
    surface.press("1", "b")
    label, bare = surface.acts()[-2:]
    said = (
        label["count"],
        label["sex"],
        label["life_stage"],
        label["certainty"],
        label["behaviour"],
        label["individual"],
    )
    assert said == (12, "female", "juvenile", "probable", "drinking b", "Karula")
    assert {
        bare[name] for name in ("count", "sex", "life_stage", "certainty", "behaviour", "individual")
    } == {None}
    expect(surface.at(".chip[data-chip]")).to_have_count(0)


def test_details_by_touch(stage, come):
    surface = Surface(come(stage, **PHONE), stage)
    surface.at(".details summary").click()
    for _ in range(3):
        surface.page.get_by_role("button", name="One more").click()
    surface.page.get_by_role("button", name="One less").click()
    for name in ("male", "adult", "guess"):
        surface.page.get_by_role("button", name=name, exact=True).click()
    surface.page.get_by_label("Comment").fill("by the water")
    surface.at(".choices button").first.click()
    (act,) = surface.acts()
    said = (act["count"], act["sex"], act["life_stage"], act["certainty"], act["comment"])
    assert said == (2, "male", "adult", "guess", "by the water")


def test_a_second_species_is_said_first_and_the_photo_stays(surface):
    photo = surface.photo
    surface.press("+", "2")
    assert surface.photo == photo
    expect(surface.at(".chip.said")).to_contain_text("Also here:")
    surface.press("1")
    assert surface.photo != photo
    other, main = surface.acts()
    assert other["subject"]
    assert main["subject"] is None
    assert other["sha256"] == main["sha256"] == photo
    assert surface.labels() == [(photo, main["taxon"])]


def test_a_flag_comes_and_goes_and_the_photo_stays(surface):
    photo = surface.photo
    surface.press("x")
    expect(surface.at(".chip.flagged")).to_have_count(1)
    surface.press("x")
    expect(surface.at(".chip.flagged")).to_have_count(0)
    flag, undo = surface.acts()
    assert (flag["kind"], undo["kind"], undo["undoes"]) == ("flag", "undo", flag["label_event.id"])
    assert surface.photo == photo


def test_a_person_is_blurred_from_then_on(surface):
    frames = surface.frames
    surface.press("p")
    assert surface.photo == frames[1]
    surface.press("[")
    assert surface.photo == frames[0]
    blur = "photo => getComputedStyle(photo).filter"
    assert "blur" in surface.at(".photo").evaluate(blur)
    surface.press("w")
    assert surface.at(".photo").evaluate(blur) == "none"
    (act,) = surface.acts()
    assert (act["kind"], act["sha256"]) == ("person", frames[0])


def test_cannot_tell_later_a_comment_and_the_same_again(surface):
    surface.skip_to_plain()
    before = len(surface.acts())
    photo = surface.photo
    surface.press("u", "ArrowRight", "o")
    surface.page.keyboard.type("looks odd")
    surface.press("Enter")
    noted = surface.photo
    surface.press("3", "r")
    unknown, later, note, third, again = surface.acts()[before:]
    assert (unknown["sha256"], unknown["taxon"], unknown["reason"]) == (photo, "animalia", "cannot_go_finer")
    assert later["kind"] == "skip"
    assert (note["kind"], note["comment"], note["sha256"], note["taxon"]) == (
        "note",
        "looks odd",
        noted,
        None,
    )
    assert third["sha256"] == noted
    assert again["taxon"] == third["taxon"]
    assert again["comment"] == third["comment"] == ""


def test_a_blind_photo_shows_no_answer_and_says_so(surface):
    surface.skip_events()
    expect(surface.at(".shown")).to_have_text("What do you see?")
    expect(surface.at(".choices button")).to_have_count(0)
    expect(surface.at(".ladder button")).to_have_count(0)
    expect(surface.at("aside [data-do=accept]")).not_to_be_visible()
    photo = surface.photo
    surface.press("Enter", "1", "g", "c")  # nothing to accept
    assert surface.photo == photo
    surface.press("/")
    surface.page.keyboard.type("leopard")
    surface.press("Enter")
    act = surface.acts()[-1]
    assert (act["sha256"], act["kind"], act["taxon"], act["blind"]) == (photo, "assert", "panthera-pardus", 1)
    assert act["shown_taxon"] is None


def test_back_shows_what_was_labelled_before_and_takes_nothing_back(surface):
    surface.skip_to_plain()
    before, seen = len(surface.acts()), []
    for _ in range(3):
        seen.append(surface.photo)
        surface.press("b")
    now = surface.photo
    surface.press("ArrowLeft", "ArrowLeft")
    assert surface.photo == seen[1]
    expect(surface.at(".chip.said")).to_have_text("You said: no animal")
    surface.press("2")  # said anew, and on with the work
    assert surface.photo == now
    surface.press("ArrowLeft")
    assert surface.photo == seen[1]
    expect(surface.at(".chip.said")).to_have_count(1)
    surface.press("ArrowLeft", "ArrowRight")  # left as it is
    assert surface.photo == now
    acts = surface.acts()[before:]
    assert [(act["kind"], act["sha256"]) for act in acts[3:]] == [("assert", seen[1])]
    labels = dict(surface.labels())
    assert (labels[seen[0]], labels[seen[1]], labels[seen[2]]) == (None, acts[3]["taxon"], None)
    surface.press("Backspace")
    assert surface.photo == seen[1]
    assert dict(surface.labels())[seen[1]] is None


def test_what_was_said_is_named_for_a_moment_and_nothing_shifts_while_fifty_are_labelled(surface):
    surface.page.evaluate(_WATCH_SHIFTS)
    surface.press("m")
    expect(surface.at(".word")).not_to_be_empty()
    surface.skip_to_plain(0)
    for _ in range(20):
        surface.press("1", "/")
        surface.page.keyboard.type("leopard")
        surface.press("Enter")
    assert len(surface.acts()) >= 50
    expect(surface.at(".word")).to_have_text("Leopard")
    surface.page.wait_for_timeout(300)
    assert sum(surface.page.evaluate("window.shifts")) < 0.02  # one row of buttons that moves once is 0.03


_WATCH_SHIFTS = """() => {
  window.shifts = []
  new PerformanceObserver(list => window.shifts.push(...list.getEntries().map(one => one.value))).observe({ type: 'layout-shift' })
}"""


def test_the_name_of_a_species_finds_the_species_before_the_genus_and_a_wrong_one_says_so(surface):
    surface.press("/")
    surface.page.keyboard.type("puma")
    expect(surface.at(".hits button").first).to_have_attribute("data-taxon", "puma-concolor")
    surface.page.keyboard.type("xq")
    expect(surface.at(".hits")).to_contain_text("No such name")
    surface.press("Enter")  # nothing is found, nothing is said
    assert surface.acts() == []


@pytest.mark.parametrize("size", [(1280, 800), (1366, 768), (1920, 1080)])
def test_all_that_a_photo_needs_is_in_the_window_also_while_a_name_is_looked_for(stage, come, size):
    """What the review page has above the surface is measured in `test_the_review_page_leaves_the_window_to_the_photo`."""
    surface = Surface(come(stage, viewport={"width": size[0], "height": size[1]}), stage)
    top = surface.at(".review").bounding_box()["y"]
    for selector in (".viewer", ".why", ".strip", ".choices", ".ladder", ".chips", ".acts"):
        box = surface.at(selector).bounding_box()
        assert box["y"] + box["height"] - top <= size[1] - 126, selector
    where = surface.at(".viewer").bounding_box()
    surface.press("/")
    surface.page.keyboard.type("leo")
    expect(surface.at(".hits button")).not_to_have_count(0)
    assert surface.at(".viewer").bounding_box() == where


# --- dialogs -------------------------------------------------------------------------------------


def test_the_card_is_one_key_away_and_no_key_labels_behind_it(surface):
    surface.skip_to_plain()
    before, photo = len(surface.acts()), surface.photo
    surface.press("=", "=", "=", "=", "=", "=", "c")
    expect(surface.at("dialog.card h3")).to_contain_text(surface.at(".shown").inner_text())
    expect(surface.at("dialog.card h4").first).to_have_text("How to recognise it")
    surface.press("b", "1", "Escape")
    expect(surface.at("dialog.card")).not_to_be_visible()
    assert (len(surface.acts()), surface.photo) == (before, photo)


def test_labelled_photos_are_one_key_away_and_a_number_says_which_it_is(surface):
    surface.skip_to_plain()
    first = surface.at(".choices button").first.get_attribute("data-taxon")
    surface.press("1", "Backspace")  # nothing of it is labelled any more
    photo = surface.photo
    surface.press("q")
    rows = surface.at("dialog.compare .species button")
    expect(rows).to_have_count(5)
    expect(rows.first).to_have_attribute("data-taxon", first)
    expect(surface.at(".compare .this")).to_have_js_property("naturalWidth", 640)
    surface.press("b", "Enter", "q")  # no other key says anything behind it
    assert surface.photo == photo
    before = len(surface.acts())
    second = rows.nth(1).get_attribute("data-taxon")
    surface.press("q", "2")
    expect(surface.at("dialog.compare")).not_to_be_visible()
    (act,) = surface.acts()[before:]
    assert (act["sha256"], act["taxon"]) == (photo, second)
    surface.press("Backspace", "q")
    rows.nth(1).click()
    expect(surface.at("dialog.compare")).not_to_be_visible()
    assert surface.acts()[-1]["taxon"] == second


def test_the_history_says_who_when_and_what_was_on_screen(surface):
    surface.press("x", "+", "2")
    surface.acts()
    surface.press("i")
    rows = surface.at("dialog.history .rows li")
    expect(rows).to_have_count(3)
    expect(rows.nth(0)).to_contain_text("answered:")
    expect(rows.nth(1)).to_contain_text("Ada flagged it")
    expect(rows.nth(2)).to_contain_text("on screen:")
    expect(rows.nth(2)).to_contain_text("a further animal")
    surface.press("i")
    surface.press("x")
    surface.acts()
    surface.press("i")
    expect(surface.at(".rows .back")).to_have_count(1)


def test_keys_can_be_changed_conflicts_are_shown_and_all_come_back(surface):
    surface.press("?")
    surface.at("[data-bind=blank]").click()
    surface.press("g")
    expect(surface.at(".keys .message")).to_contain_text("“The genus: cannot go finer”")
    surface.press("F2")
    expect(surface.at(".keys .message")).to_contain_text("F2 now")
    surface.press("Escape")
    expect(surface.at("aside [data-do=blank] kbd")).to_have_text("F2")
    first = surface.photo
    surface.press("b")
    assert surface.photo == first
    surface.press("F2")
    assert [act["kind"] for act in surface.acts()] == ["not_animal"]
    surface.page.reload()
    surface.page.wait_for_function(_READY)
    expect(surface.at("aside [data-do=blank] kbd")).to_have_text("F2")
    surface.do("help")
    surface.at("[data-bind=blank]").click()
    surface.press("g", "g")  # taken from the genus
    expect(surface.at("[data-bind=genus]")).to_contain_text("no key")
    surface.page.get_by_role("button", name="Reset all keys").click()
    expect(surface.at("[data-bind=genus] kbd")).to_have_text("G")
    assert surface.page.evaluate("localStorage.getItem('fieldmark-keys-Ada')") is None


# --- the grid ------------------------------------------------------------------------------------


def in_grid(surface: Surface) -> list[str]:
    surface.press("v")
    surface.at(".tiles li").first.wait_for()
    return surface.at(".tiles li").evaluate_all("all => all.map(one => one.dataset.sha256)")


def chosen(surface: Surface) -> list[str]:
    return surface.at(".tiles [aria-pressed=true]").evaluate_all("all => all.map(one => one.dataset.tile)")


def test_arrows_and_space_choose_tiles_and_q_shows_one_large(surface):
    tiles = in_grid(surface)
    surface.press("ArrowRight", "Space", "Shift+ArrowRight")
    assert chosen(surface) == tiles[1:3]
    surface.press("q")
    expect(surface.at("dialog.large img")).to_have_attribute(
        "src",
        surface.page.evaluate(f"'/photo/full/{tiles[2]}'")
        + surface.at("dialog.large img").get_attribute("src")[76:],
    )
    surface.press("ArrowRight", "Space", "q")
    assert chosen(surface) == tiles[1:4]
    surface.press("b")
    acts = surface.acts()
    assert [act["sha256"] for act in acts] == tiles[1:4]
    assert len({act["action"] for act in acts}) == 1


def test_similar_tiles_are_together_and_odd_ones_first(surface):
    names = in_grid(surface) and surface.at(".tiles img").evaluate_all("all => all.map(one => one.alt)")
    numbers = [int(name.removeprefix("Photo ").removesuffix(".jpg")) for name in names]
    placed = [number for number in numbers if BURSTS * BURST + 2 <= number < PHOTOS - 1]
    assert placed == sorted(placed, reverse=True)  # the stage says so


def test_a_rectangle_from_empty_space_and_a_lasso_with_alt_select(surface):
    tiles = in_grid(surface)
    boxes = [surface.at(f"li[data-sha256='{one}']").bounding_box() for one in tiles[:3]]
    mouse = surface.page.mouse
    mouse.move(boxes[0]["x"] - 4, boxes[0]["y"] - 4)
    mouse.down()
    mouse.move(boxes[1]["x"] + 20, boxes[1]["y"] + 40, steps=6)
    mouse.up()
    assert chosen(surface) == tiles[:2]
    surface.page.keyboard.down("Alt")
    x, y, w, h = (boxes[2][side] for side in ("x", "y", "width", "height"))
    mouse.move(x + 2, y + 2)
    mouse.down()
    for at in ((x + w - 2, y + 2), (x + w - 2, y + h - 2), (x + 2, y + h - 2)):
        mouse.move(*at, steps=3)
    mouse.up()
    surface.page.keyboard.up("Alt")
    assert chosen(surface) == [tiles[2]]
    surface.do("lasso")
    mouse.move(x + 2, y + 2)
    mouse.down()
    mouse.move(x + w / 2, y + h / 2, steps=3)
    mouse.up()
    surface.do("none")
    assert chosen(surface) == []


def test_any_name_labels_all_that_is_selected_in_the_grid(surface):
    tiles = in_grid(surface)
    surface.press("e", "/")
    surface.page.keyboard.type("leopard")
    surface.press("Enter")
    assert {(act["sha256"], act["taxon"]) for act in surface.acts()} == {
        (one, "panthera-pardus") for one in tiles
    }


# --- manners -------------------------------------------------------------------------------------


def test_all_is_reachable_by_thumb_at_390_px(stage, come):
    surface = Surface(come(stage, **PHONE), stage)
    assert surface.page.evaluate("document.documentElement.scrollWidth") <= 390
    surface.at(".details summary").click()
    small = surface.at(".review button:visible").evaluate_all(
        """all => all.map(one => [one.innerText || one.ariaLabel, one.getBoundingClientRect()])
             .filter(([, box]) => box.width < 40 || box.height < 40).map(([name, box]) => `${name} ${box.width} ${box.height}`)"""
    )
    assert small == []
    actions = surface.page.evaluate(_NAMES)
    without = {"pick1", "pick2", "pick3", "pick4", "pick5"}  # the choices themselves
    assert {"accept", "flag", "lasso", "undo"} <= set(actions)
    buttons = set(surface.at("[data-do]").evaluate_all("all => all.map(one => one.dataset.do)"))
    surface.do("help")
    bound = set(surface.at("[data-bind]").evaluate_all("all => all.map(one => one.dataset.bind)"))
    assert bound - without <= buttons


_NAMES = """() => [...document.querySelectorAll('*')].map(e => e.shadowRoot).find(root => root?.querySelector('.review'))
  .querySelectorAll('[data-do]').values().map(one => one.dataset.do).toArray()"""


@pytest.mark.parametrize("options", [{}, PHONE])
def test_nothing_moves_from_photo_to_photo(stage, come, options):
    surface = Surface(come(stage, **options), stage)
    surface.skip_to_plain()
    places = set()
    for _ in range(20):
        surface.press("b")
        boxes = [
            surface.at(one).bounding_box() for one in (".viewer", ".choices", ".ladder", ".acts", ".find")
        ]
        places.add(tuple((round(box["y"] - boxes[0]["y"]), round(box["width"])) for box in boxes))
    assert len(places) == 1
    assert surface.at(".review").evaluate("e => e.scrollWidth - e.clientWidth") <= 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everybody_can_read_and_reach_it(stage, come, scheme):
    visitor = come(stage, color_scheme=scheme)
    surface = Surface(visitor, stage)
    surface.page.evaluate(AXE)
    surface.at(".details summary").click()
    surface.press("e", "x", "n", "d")
    problems = violations(visitor)
    for key in ("?", "c", "i", "k", "q"):
        surface.press(key)
        surface.page.wait_for_timeout(300)
        problems += violations(visitor)
        surface.press("Escape")
    surface.press("n", "3", "Enter", "v")
    surface.at(".tiles li").first.wait_for()
    problems += violations(visitor)
    surface.press("q")
    problems += violations(visitor)
    assert problems == []
