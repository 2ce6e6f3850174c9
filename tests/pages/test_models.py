"""The models on screen."""

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.evaluation.report import file_name, read_report
from core.media import MediaLibrary
from core.model import read_bundle
from core.settings import BUNDLED_MODELS, ROOT
from core.taxonomy import Rank
from core.training.run_log import RunKind, RunLog
from pages._ui import adding, services
from tests.unit.model.foreign import LABELS, timm_folder


@pytest.fixture
def page(visit):
    return visit("models")


def badges(screen) -> list[str]:
    return [m.value for m in screen.at.markdown if "answers now" in m.value]


def test_it_says_which_model_answers(page):
    assert badges(page) == ["**Fieldmark 2** :green-badge[answers now]"]
    assert [b.key for b in page.at.button if b.key.startswith("use_")] == ["use_fieldmark-1"]
    assert not [b for b in page.at.button if b.key == "rollback"]


def test_another_can_be_chosen_and_taken_back(page):
    page.click("use_fieldmark-1")
    assert badges(page) == ["**Fieldmark 1** :green-badge[answers now]"]
    assert services.served_folder().name == "fieldmark-1"
    page.click("rollback")
    assert badges(page) == ["**Fieldmark 2** :green-badge[answers now]"]
    assert services.served_folder().name == "fieldmark-2"


def test_figures_stand_side_by_side(page):
    page.at.button_group(key="judged_on").set_value("val")
    page.run()
    table = page.at.table[0].value
    assert list(table.columns) == ["Fieldmark 1", "Fieldmark 2"]
    assert table.loc["macro-F1, species with 5 photos or more", "Fieldmark 1"] == "95.6 %"
    metrics = read_bundle(BUNDLED_MODELS / "fieldmark-2").metrics["val"]
    accuracy = table.loc["accuracy", "Fieldmark 2"]
    assert accuracy.startswith(f"{100 * metrics['accuracy']:.1f} % (9")
    assert table.loc["information kept", "Fieldmark 1"] == "97.0 %"
    captions = " ".join(caption.value for caption in page.at.caption)
    assert "On 1,141 photos" in captions


def test_a_split_that_only_one_was_judged_on(visit, tmp_path):
    own = tmp_path / "models" / "mine"
    shutil.copytree(BUNDLED_MODELS / "fieldmark-2", own)
    record = json.loads((own / "model.json").read_text(encoding="utf-8"))
    del record["metrics"]["test"]
    (own / "model.json").write_text(json.dumps(record | {"version": "mine"}), encoding="utf-8")
    screen = visit("models")
    screen.at.multiselect(key="compared").set_value(["fieldmark-1", "mine"])
    screen.run()
    screen.at.button_group(key="judged_on").set_value("test")
    screen.run()
    assert list(screen.at.table[0].value.columns) == ["Fieldmark 1"]
    assert any("was not judged on these photos" in caption.value for caption in screen.at.caption)


def test_a_broken_model_is_listed_with_the_reason_and_cannot_be_chosen(visit, tmp_path):
    own = tmp_path / "models"
    shutil.copytree(BUNDLED_MODELS / "fieldmark-1", own / "half")
    (own / "half" / "model.safetensors").unlink()
    screen = visit("models")
    assert any("**half** cannot be used" in m.value for m in screen.at.markdown)
    assert any("model.safetensors is missing" in caption.value for caption in screen.at.caption)
    assert "use_half" not in [b.key for b in screen.at.button]


def test_a_model_that_was_damaged_meanwhile_is_refused_on_screen(visit, tmp_path):
    own = tmp_path / "models"
    shutil.copytree(BUNDLED_MODELS / "fieldmark-1", own / "mine")
    screen = visit("models")
    (own / "mine" / "model.safetensors").write_bytes(b"oops")
    screen.click("use_mine")
    assert any("changed or damaged" in error.value for error in screen.at.error)
    assert badges(screen) == ["**Fieldmark 2** :green-badge[answers now]"]


def frames(screen) -> list:
    return [frame.value for frame in screen.at.dataframe]


def test_a_report_can_be_looked_at_closely(page):
    report = read_report(BUNDLED_MODELS / "fieldmark-2", "test")
    pairs, species, photos = frames(page)
    assert list(pairs["photos"]) == sorted(pairs["photos"], reverse=True)
    assert pairs["photos"][0] == report.confused[0].count
    assert len(species) == sum(row.n > 0 for row in report.species)
    assert species["recognised"].is_monotonic_increasing
    assert species["recognised"].max() == 100
    assert photos["file"][0] == report.worst[0].file
    (download,) = (button for button in page.at.get("download_button") if "report" in button.proto.label)
    assert download.proto.label == "Download the report"


def test_confusions_are_drawn_at_the_rank_that_was_chosen(page):
    def taxa() -> list[str]:
        specs = [json.loads(chart.proto.spec) for chart in page.at.get("plotly_chart")]
        return next(data["x"] for spec in specs for data in spec["data"] if data["type"] == "heatmap")

    assert "Felidae" in taxa()
    page.at.button_group(key="confusion_rank").set_value(Rank.ORDER)
    page.run()
    assert "Carnivora" in taxa()


def test_photos_of_the_library_are_shown(page, visit, tmp_path):
    report = read_report(BUNDLED_MODELS / "fieldmark-2", "test")
    own = tmp_path / "models" / "mine"
    shutil.copytree(BUNDLED_MODELS / "fieldmark-2", own)
    data = (ROOT / "assets" / "samples" / "zebra.jpg").read_bytes()
    record = json.loads((own / file_name("test")).read_text(encoding="utf-8"))
    record["worst"][0]["sha256"] = MediaLibrary(tmp_path / "media").keep(data)
    record["version"] = "mine"
    (own / file_name("test")).write_text(json.dumps(record), encoding="utf-8")
    screen = visit("models")
    screen.at.multiselect(key="compared").set_value(["mine"])
    screen.run()
    assert frames(screen)[2]["file"][0] == report.worst[1].file
    assert any("% sure" in caption.value for caption in screen.at.caption)


def test_a_damaged_report_is_named(visit, tmp_path):
    own = tmp_path / "models" / "mine"
    shutil.copytree(BUNDLED_MODELS / "fieldmark-2", own)
    (own / file_name("test")).write_text("{}", encoding="utf-8")
    screen = visit("models")
    screen.at.multiselect(key="compared").set_value(["mine"])
    screen.run()
    assert any("is not a report" in warning.value for warning in screen.at.warning)
    assert frames(screen) == []


def test_a_model_of_other_people_is_added_on_the_page(page, tmp_path):
    folder = timm_folder(tmp_path / "lions")
    page.at.text_input(key="add_source").set_value(str(folder))
    page.click("add_go")
    assert any("**lions** was added: " in success.value for success in page.at.success)
    assert any("1 of 6 labels mean nothing" in success.value for success in page.at.success)
    assert "use_lions" in [b.key for b in page.at.button]
    page.click("use_lions")
    assert services.served_folder().name == "lions"


def test_labels_can_be_given_on_the_page(page, tmp_path):
    page.at.text_area(key="add_labels").set_value("\n".join(LABELS))
    page.at.text_input(key="add_source").set_value(str(timm_folder(tmp_path / "mute", labels=None)))
    page.click("add_go")
    assert any("**mute** was added" in success.value for success in page.at.success)


def test_a_model_that_cannot_be_added_says_why(page, tmp_path):
    page.at.text_input(key="add_source").set_value(str(timm_folder(tmp_path / "mute", labels=None)))
    page.click("add_go")
    assert any("does not say what its outputs mean" in error.value for error in page.at.error)
    assert not page.at.success


def test_adding_can_be_cancelled():
    job = adding._Job("hf-hub:them/lions")

    def slow(source, *, labels, on_progress):
        on_progress("fetching", 1, 10)
        job.cancel()
        on_progress("fetching", 2, 10)
        raise AssertionError("went on")

    job.run(slow)
    assert job.done == 1
    assert job.problem == "hf-hub:them/lions was not added; what has come is kept"
    assert job.added is None


def begin_run(tmp_path, kind, second, data="d", **settings):
    at = datetime(2026, 5, 1, 12, 0, second, tzinfo=UTC)
    recorder = RunLog(tmp_path / "runs").begin(kind, Path(f"out/{kind.value}"), data * 64, settings, at=at)
    recorder.epoch({"epoch": 1, "train_loss": 2.0, "val_macro_f1": 0.5})
    recorder.epoch({"epoch": 2, "train_loss": 1.0, "val_macro_f1": 0.625})
    return recorder, at


def test_two_runs_stand_side_by_side(visit, tmp_path):
    recorder, at = begin_run(tmp_path, RunKind.TRAIN, 1, rate=0.01, seed=1)
    recorder.finish("e" * 64, {"val": {"accuracy": 0.75}}, at=at)
    begin_run(tmp_path, RunKind.TEACH, 2, data="f", rate=0.02, seed=1)
    screen = visit("models")
    facts, given, came = (table.value for table in screen.at.table[-3:])
    first, second = facts.columns
    assert first == "2026-05-01 12:00:01, trained, train"
    assert second == "2026-05-01 12:00:02, taught on the Train page, teach"
    assert list(facts.loc["best macro-F1 on validation photos"]) == ["0.625", "0.625"]
    assert list(facts.loc["state"]) == ["finished 2026-05-01 12:00 UTC", "not finished"]
    assert list(given.loc["rate"]) == ["0.01", "0.02"]
    assert "seed" not in given.index
    assert list(came.loc["val, accuracy"]) == ["0.75", "–"]
    assert list(given.loc["photos (hash of the list)"]) == ["d" * 12, "f" * 12]
    screen.at.selectbox(key="run_other").set_value(screen.at.selectbox(key="run_one").value)
    screen.run()
    assert any("do not differ" in caption.value for caption in screen.at.caption)


def test_a_damaged_record_of_a_run_hides_nothing_else(visit, tmp_path):
    (tmp_path / "runs" / "x").mkdir(parents=True)
    (tmp_path / "runs" / "x" / "run.json").write_text("{")
    screen = visit("models")
    assert any("run.json is no record of a run" in warning.value for warning in screen.at.warning)
    assert badges(screen)


def test_a_card_of_somebody_else_loads_no_pictures(visit, tmp_path):
    own = tmp_path / "models" / "theirs"
    shutil.copytree(BUNDLED_MODELS / "fieldmark-1", own)
    (own / "README.md").write_text("# Theirs\n\nseen ![here](https://example.org/x.png)\n", encoding="utf-8")
    screen = visit("models")
    screen.at.multiselect(key="compared").set_value(["theirs"])
    screen.run()
    (card,) = (m.value for m in screen.at.markdown if "example.org" in m.value)
    assert r"!\[here]" in card
