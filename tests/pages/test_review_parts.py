"""What the review surface is given, and what its dialogs say; the surface itself is in tests/browser."""

from collections import Counter
from dataclasses import replace
from uuid import uuid4

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from core.accounts import register
from core.model import bundle, read_bundle
from core.store import (
    Box,
    Details,
    EventKind,
    HigherRankReason,
    Lane,
    Role,
    Said,
    Sex,
    TrainedModel,
    Unreviewed,
)
from core.store.datasets import ManifestRow, Use
from pages._ui import review_items, review_surface, routes, services, training_services
from pages._ui.desk import desk
from tests.seeded import seed
from tests.unit.store.test_ledger import NOW, says, takes_back

TOP = (("panthera-leo", 0.5), ("panthera-pardus", 0.3), ("equus-quagga", 0.1), ("no-such-taxon", 0.05))


def item(displayed: str | None = "felidae", lane: Lane = Lane.UNSURE) -> Unreviewed:
    return Unreviewed("a" * 64, 7, displayed, TOP, "a.jpg", lane)


@pytest.fixture
def browser():
    return TestClient(Starlette(routes=routes.ROUTES))


def test_the_ladder_sums_what_is_kept_of_the_prediction():
    given = review_items.describe(item())
    p = {step["rank"]: step["p"] for step in given["ladder"]}
    assert [step["id"] for step in given["ladder"]][-3:] == ["felidae", "panthera", "panthera-leo"]
    assert (p["species"], p["genus"], p["class"]) == ("50 %", "≥ 80 %", "≥ 90 %")
    assert (given["genus"], given["family"], given["sentence"]) == ("panthera", "felidae", "Cats")
    assert [choice["id"] for choice in given["choices"]] == [
        "panthera-leo",
        "panthera-pardus",
        "equus-quagga",
    ]


def test_a_blind_photo_reaches_the_browser_without_what_the_model_said():
    open_, blind = review_items.describe(item()), review_items.describe(item(lane=Lane.GOLD))
    assert set(open_) - set(blind) == {
        "prediction", "shown", "sentence", "sure", "choices", "ladder", "genus", "family",
    }  # fmt: skip
    assert "panthera" not in str(blind)
    assert "unsure" not in blind["why"]
    assert blind["history"] is blind["similar"] is blind["examples"] is None


def test_what_the_model_cannot_name_is_said_so():
    assert review_items.describe(item(None))["sentence"] == "Fieldmark cannot say"
    assert review_items.describe(item("blank"))["shown"] == "blank"
    assert review_items.describe(item("gone-from-the-tree"))["shown"] is None


def test_an_event_is_the_item_of_one_of_its_photos():
    one = review_items.describe(item(), Said(taken_at="2026-05-01T06:41:07"))
    other = {**one, "sha256": "b" * 64}
    assert one["taken"] == "06:41:07"
    event = review_items.of_event("e1", [one, other], "b" * 64)
    assert event["sha256"] == "b" * 64
    assert [member["sha256"] for member in event["event"]["members"]] == ["a" * 64, "b" * 64]


def test_every_script_is_part_of_the_surface_and_no_name_is_given_twice():
    files = {path.stem for path in review_surface.PARTS.glob("*.js")}
    assert files == set(review_surface.SCRIPTS)
    script = review_surface.script()
    names = Counter(
        line.split()[-1 if line.startswith("async") else 1].split("(")[0]
        for line in script.splitlines()
        if line.startswith(("function ", "const ", "let "))
    )
    assert [name for name, count in names.items() if count > 1] == []
    assert script.count("export default") == 1


def test_a_card_teaches_how_to_recognise_a_species_and_what_a_group_shares(browser):
    address = routes.cards_address(services.taxonomy())
    leopard = browser.get(address.format(taxon="panthera-pardus"))
    assert "immutable" in leopard.headers["Cache-Control"]
    card = leopard.json()
    assert (card["name"], card["scientific"], card["link"]) == (
        "Leopard", "Panthera pardus", "/species?taxon=panthera-pardus",
    )  # fmt: skip
    assert [title for title, _ in card["sections"]] == ["How to recognise it", "Easily confused with"]
    group = browser.get(address.format(taxon="felidae")).json()
    assert dict(group["sections"])["What they share"] == services.groups()["felidae"].text
    assert browser.get(address.format(taxon="dodo")).status_code == 404
    assert browser.get("/card/panthera-pardus?v=1&s=2").status_code == 403


def test_the_history_says_who_said_what_and_what_was_taken_back(browser, ledger, tmp_path):
    (sha256,) = seed(tmp_path, 1)
    (prediction,) = ledger.predictions(sha256)
    first = replace(
        says("panthera-pardus", reason=HigherRankReason.NONE, details=Details(count=2, sex=Sex.FEMALE)),
        sha256=sha256, shown_prediction=prediction.id, shown_taxon="felidae",
    )  # fmt: skip
    boxes = replace(says(None, kind=EventKind.BOXES, boxes=(Box(0, 0, 1, 1),)), sha256=sha256)
    further = replace(says("equus-quagga", by="bo", subject=uuid4(), comment="far away"), sha256=sha256)
    back = replace(takes_back(first.id), sha256=sha256)
    for event in (first, boxes, further, back):
        ledger.append(event, received_at=NOW)
    answer = browser.get(routes.history_address(sha256))
    assert answer.headers["Cache-Control"] == "no-store"
    model, *rows = answer.json()["rows"]
    assert model["what"].startswith("answered: ")
    assert [(row["who"], row["taken_back"]) for row in rows] == [
        ("ada", True), ("ada", False), ("bo", False), ("ada", False),
    ]  # fmt: skip
    assert rows[0]["what"] == "said: Leopard, 2 animals, female"
    assert rows[0]["screen"] == f"on screen: Cats, by model {prediction.model_sha256[:8]}"
    assert rows[1]["what"] == "drew 1 box"
    assert rows[2]["what"] == "said: Plains Zebra, a further animal, far away"
    assert rows[3]["what"] == "took something back"


def test_a_history_needs_an_address_that_a_page_made(browser):
    assert browser.get(f"/history/{'a' * 64}?s=guess").status_code == 403
    assert browser.get(routes.history_address("a" * 64)).json()["rows"] == []


def test_the_history_says_which_models_learnt_from_the_photo(browser, tmp_path, monkeypatch):
    (sha256,) = seed(tmp_path, 1)
    assert browser.get(routes.history_address(sha256)).json()["learnt"] == [
        "No model of this Fieldmark has learnt from this photo or was judged on it."
    ]
    model = TrainedModel(1, "d" * 64, "own-1", "m" * 64, "b" * 64, True, {}, NOW)
    use = Use("d" * 64, ManifestRow(sha256, "e" * 36, "panthera-leo", "train", 1.0), NOW, (model,))
    monkeypatch.setattr(training_services.DatasetStore, "provenance", lambda self, sha256: [use])
    (line,) = browser.get(routes.history_address(sha256)).json()["learnt"]
    assert line.startswith("Own-1: learnt from it (as panthera-leo,")


def test_labelled_photos_of_the_likeliest_species_come_to_be_compared(browser, tmp_path, ledger):
    hashes = seed(tmp_path, 4)
    desk().place_new(at=NOW)
    likeliest = [name for name, _ in ledger.predictions(hashes[0])[0].top_k][:5]
    ledger.append(replace(says(likeliest[1]), sha256=hashes[1]), received_at=NOW)
    ledger.append(replace(says(likeliest[1]), sha256=hashes[2]), received_at=NOW)
    found = browser.get(routes.examples_address(hashes[0])).json()
    assert list(found) == likeliest
    assert [len(found[taxon]) for taxon in likeliest] == [0, 2, 0, 0, 0]
    assert browser.get(found[likeliest[1]][0]).headers["Content-Type"] == "image/jpeg"
    assert browser.get(f"/examples/{hashes[0]}?s=guess").status_code == 403
    assert browser.get(routes.examples_address("a" * 64)).json() == {}


def test_the_history_says_what_people_take_it_to_be_together(visit, tmp_path, ledger):
    from pages._ui import review_dialogs

    (sha256,) = seed(tmp_path, 1)

    def say(taxon, by):
        ledger.append(replace(says(taxon, by), sha256=sha256), received_at=NOW)

    say("panthera-leo", "ada")
    assert review_dialogs.history(sha256)["together"] == ""
    say("panthera-pardus", "bo")
    assert "They differ below that" in review_dialogs.history(sha256)["together"]
    assert review_dialogs.history(sha256)["together"].endswith(
        "backed by 2 of 2 people. They differ below that."
    )
    say("panthera-pardus", "ada")
    assert review_dialogs.history(sha256)["together"] == "Together: Leopard, backed by 2 of 2 people."
    for who in ("ada", "bo"):
        say(None if who == "ada" else "panthera-leo", who)
    assert review_dialogs.history(sha256)["together"] == "2 people have labelled it and share no answer."


def test_people_are_tested_and_asked_again_where_they_sign_in():
    assert (desk().gold is not None, desk().asks_again) == (True, False)
    register(services.accounts(), "ada", "long enough", Role.ANNOTATOR, at=NOW)
    assert desk().asks_again


def test_the_desk_knows_how_many_photos_the_model_learnt_from_and_reads_that_once(monkeypatch):
    folder = services.served_folder()
    counts = read_bundle(folder).training["photos_per_class"]
    assert desk().learnt_from == counts
    monkeypatch.setattr(bundle, "read_bundle", lambda folder: pytest.fail("read again"))
    assert desk().learnt_from == counts


def test_photos_that_look_alike_come_with_what_is_said_of_them(browser, tmp_path, ledger):
    import numpy as np

    hashes = seed(tmp_path, 4)
    vectors = np.array([[1, 0, 0], [1, 0.1, 0], [0.9, 0.5, 0], [0, 0, 1]], np.float32)
    services.embeddings().add(hashes, vectors)
    desk().place_new(at=NOW)
    ledger.append(replace(says("panthera-leo"), sha256=hashes[1]), received_at=NOW)
    found = browser.get(routes.similar_address(hashes[0])).json()["photos"]
    assert [one["sha256"] for one in found] == [hashes[1], hashes[2], hashes[3]]
    assert (found[0]["said"], found[1]["said"]) == ("Lion", "")
    assert found[1]["model"]
    assert browser.get(found[0]["thumb"]).status_code == 200
    assert browser.get(f"/similar/{hashes[0]}?s=guess").status_code == 403
    assert browser.get(routes.similar_address("a" * 64)).json() == {"photos": []}
