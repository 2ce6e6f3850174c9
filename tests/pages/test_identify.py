"""First visit, answer, bad files."""

import re
from datetime import date, time

import numpy as np
import pytest

from core.model.classifier import Prediction
from core.settings import ROOT
from tests import factories
from tests.pages.screen import sha256

ZEBRA = (ROOT / "assets" / "samples" / "zebra.jpg").read_bytes()


class Scripted:
    """A classifier that always says what the test wrote down."""

    def __init__(self, bundle, **scores: float) -> None:
        self.bundle, self.novelty = bundle, None
        logits = {name.replace("_", "-"): score for name, score in scores.items()}
        self._row = np.array([logits.get(name, -20.0) for name in bundle.classes], dtype=np.float32)
        assert logits.keys() <= set(bundle.classes)

    def predict(self, arrays) -> Prediction:
        n = len(arrays)
        return Prediction(np.tile(self._row, (n, 1)), np.zeros((n, 1), dtype=np.float32))


def test_the_first_visit_explains_itself(visit):
    screen = visit()
    lead = screen.text("fm-lead")
    assert "Give Fieldmark a photo" in lead
    assert "corrects" in lead or "correct it" in lead
    assert len(screen.at.file_uploader) == 1
    assert [b.label for b in screen.at.button] == ["A zebra", "A flamingo"]
    assert 'src="data:image/svg+xml' in screen.html("fm-hero")


def test_a_sample_gives_a_sentence_a_ladder_and_a_card(visit):
    screen = visit().click("sample_zebra.jpg")
    answer = screen.html("fm-answer")
    assert "<em>Equus quagga</em>" in answer
    assert re.search(r"\d\d\s%", screen.text("fm-answer"))
    rungs = screen.rungs()
    assert [rung.split()[0] for rung in rungs] == [
        "kingdom", "phylum", "class", "order", "family", "genus", "species",
    ]  # fmt: skip
    assert "Equus quagga" in rungs[-1]
    assert "Equus quagga" in screen.html("fm-card")
    assert not screen.has("sample_zebra.jpg"), "samples are for the first visit"


def test_a_cat_is_a_cat(visit, cat_photo):
    screen = visit().upload(("chelsea.jpg", cat_photo))
    assert any("Felidae" in rung for rung in screen.rungs())
    assert screen.at.image[0].value is not None
    assert any("chelsea.jpg" in caption.value for caption in screen.at.caption)


def test_the_same_photo_again_is_one_photo(visit, cat_photo):
    screen = visit().upload(("chelsea.jpg", cat_photo)).upload(("again.jpg", cat_photo))
    assert not screen.at.dataframe
    assert screen.rungs()


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("page.jpg", b"<!DOCTYPE html><html><body>404</body></html>", r"web page|not a photo"),
        ("empty.jpg", b"", r"no content|empty"),
        ("half.jpg", ZEBRA[:200], r"cut|truncated|incomplete|damaged|broken|read"),
        ("text.jpg", "grüße".encode("utf-16"), r"not|no "),
    ],
)
def test_a_bad_file_gets_a_readable_message(visit, name, content, words):
    screen = visit().upload((name, content))
    (error,) = screen.at.error
    assert re.search(words, error.value), error.value
    assert name in error.value
    assert not re.search(r"Traceback|Error\b|\b0x", error.value)
    assert not screen.rungs()
    assert not screen.choices()


def test_a_truncated_photo_is_a_message_or_an_answer_with_a_remark(visit):
    screen = visit().upload(("half.jpg", factories.cut(factories.jpeg(), 0.6)))
    remarks = screen.text("fm-notes") + "".join(error.value for error in screen.at.error)
    assert re.search(r"incomplete|cut|end|missing|truncated|damaged", remarks), remarks


def test_a_file_name_is_shown_as_text(visit, cat_photo, tmp_path):
    screen = visit().upload(("<img src=x onerror=alert(1)>.jpg", cat_photo))
    assert not any("<img src=x" in html.value for html in screen.at.html)
    kept = [path.name for path in (tmp_path / "media").rglob("*") if path.is_file()]
    assert len(kept) == 1
    assert re.fullmatch(r"[0-9a-f]{64}\.bin", kept[0])


def test_any_classifier_can_serve(visit, bundle, cat_photo):
    screen = visit(model=Scripted(bundle, panthera_pardus=9.0)).upload(("x.jpg", cat_photo))
    assert "Leopard, Panthera pardus" in screen.text("fm-answer").replace(" ,", ",")
    assert "Panthera pardus" in screen.html("fm-card")


def test_two_big_cats_are_a_big_cat(visit, bundle, cat_photo):
    screen = visit(model=Scripted(bundle, panthera_pardus=1.0, panthera_onca=1.0)).upload(
        ("x.jpg", cat_photo)
    )
    assert "of the genus" in screen.text("fm-answer")
    assert "species unsure" in screen.text("fm-answer")
    assert 'class="answer"><span class="rank">genus' in screen.html("fm-ladder")
    assert 'class="beyond"><span class="rank">species' in screen.html("fm-ladder")


def test_an_empty_scene_is_no_animal(visit, bundle, cat_photo):
    screen = visit(model=Scripted(bundle, blank=9.0)).upload(("x.jpg", cat_photo))
    assert "No animal to be seen" in screen.text("fm-answer")
    assert "easily missed" in screen.text("fm-notes")
    assert not screen.html("fm-card")


def test_when_and_where_are_kept(visit, cat_photo, ledger):
    screen = visit().upload(("chelsea.jpg", cat_photo))
    at = screen.at
    assert any("time unknown, place unknown" in e.label for e in at.expander)
    at.date_input[0].set_value(date(2024, 6, 1))
    at.time_input[0].set_value(time(7, 30))
    by_label = {n.label: n for n in at.number_input}
    by_label["Latitude"].set_value(-1.5)
    by_label["Longitude"].set_value(35.25)
    next(b for b in at.button if b.label == "Save").click()
    screen.run()
    facts = ledger.capture(sha256(cat_photo))
    assert (facts.captured_at, facts.latitude, facts.longitude) == ("2024-06-01T07:30:00", -1.5, 35.25)
    assert facts.source == "me"
    assert any("01 June 2024, 07:30, place known" in e.label for e in at.expander)


def test_half_a_place_is_refused(visit, cat_photo, ledger):
    screen = visit().upload(("chelsea.jpg", cat_photo))
    {n.label: n for n in screen.at.number_input}["Latitude"].set_value(-1.5)
    next(b for b in screen.at.button if b.label == "Save").click()
    screen.run()
    assert "both latitude and longitude" in screen.at.error[0].value
    assert ledger.capture(sha256(cat_photo)).latitude is None


@pytest.mark.parametrize("when", ["1980:01:01 00:00:00", "2099:12:31 23:59:59", "2023:07:08 09:10:11"])
def test_a_wrong_camera_clock_breaks_nothing(visit, ledger, when):
    exif = factories.exif_block(details={0x9003: factories.text(when), 0x9011: factories.text("+03:00")})
    photo = factories.jpeg(exif=exif)
    screen = visit().upload(("x.jpg", photo))
    before = ledger.capture(sha256(photo)).captured_at
    next(b for b in screen.at.button if b.label == "Save").click()
    screen.run()
    assert ledger.capture(sha256(photo)).captured_at == before, "saving unchanged facts changes none"


@pytest.mark.parametrize("name", ["*a*_b_.jpg", "![x](y).jpg", "$1$ #2 ~~3~~ <b>.jpg"])
def test_a_file_name_never_formats(visit, cat_photo, name):
    screen = visit().upload((name, cat_photo))
    line = next(c.value for c in screen.at.caption if "pixels" in c.value)
    assert re.sub(r"\\(.)", r"\1", line).startswith(name)
    assert not re.search(r"(?<!\\)[*_\[$~<]", line)
    screen.upload((name, b"no photo"))
    shown = visit().upload((name, b"no photo")).at.error[0].value
    assert not re.search(r"(?<!\\)[*_\[$~<]", shown)
