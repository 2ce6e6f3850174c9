"""Which model answers."""

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from safetensors.torch import load_file, save_file
from typer.testing import CliRunner

from core.__main__ import app
from core.errors import BundleError
from core.model.bundle import DESCRIPTION, WEIGHTS, file_sha256
from core.serving import previous, served_folder, switch_to
from core.settings import BUNDLED_MODELS, Settings
from core.store import Declined, DeclinedModels, Promotions, open_database

NOW = datetime(2026, 11, 21, tzinfo=UTC)


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("FIELDMARK_DATA", str(tmp_path))
    monkeypatch.delenv("FIELDMARK_MODEL", raising=False)
    return Settings()


def test_the_newest_bundled_model_answers_until_another_is_chosen(settings: Settings) -> None:
    assert served_folder(settings) == BUNDLED_MODELS / "fieldmark-2"
    with pytest.raises(BundleError, match="nothing to go back to"):
        previous(settings)
    assert "Fieldmark 1" in switch_to("fieldmark-1", settings, at=NOW)
    assert served_folder(settings) == BUNDLED_MODELS / "fieldmark-1"
    switch_to(previous(settings), settings, at=NOW)
    assert served_folder(settings) == BUNDLED_MODELS / "fieldmark-2"


def test_a_model_of_the_user_can_answer_and_a_damaged_one_cannot(settings: Settings) -> None:
    own = settings.own_models / "mine"
    shutil.copytree(BUNDLED_MODELS / "fieldmark-1", own)
    switch_to("mine", settings, at=NOW)
    assert served_folder(settings) == own
    bad = settings.own_models / "bad"
    shutil.copytree(BUNDLED_MODELS / "fieldmark-1", bad)
    (bad / "model.safetensors").write_bytes(b"changed")
    with pytest.raises(BundleError, match="changed or damaged"):
        switch_to("bad", settings, at=NOW)
    assert served_folder(settings) == own
    shutil.rmtree(own)
    with pytest.raises(BundleError, match="no model 'mine'"):
        served_folder(settings)


def test_a_model_that_was_put_there_by_hand_is_tried_before_it_answers(settings: Settings) -> None:
    folder = settings.own_models / "theirs"
    shutil.copytree(BUNDLED_MODELS / "fieldmark-1", folder)
    weights = load_file(folder / WEIGHTS)
    save_file(dict(list(weights.items())[:-1]), folder / WEIGHTS)
    record = json.loads((folder / DESCRIPTION).read_text(encoding="utf-8"))
    record["weights_sha256"] = file_sha256(folder / WEIGHTS)  # so that its hashes agree
    (folder / DESCRIPTION).write_text(json.dumps(record), encoding="utf-8")
    with pytest.raises(BundleError, match="does not fit"):
        switch_to("theirs", settings, at=NOW)
    assert served_folder(settings).name == "fieldmark-2"


def test_the_environment_wins(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    switch_to("fieldmark-1", settings, at=NOW)
    monkeypatch.setenv("FIELDMARK_MODEL", str(BUNDLED_MODELS / "fieldmark-2"))
    fixed = Settings()
    assert served_folder(fixed) == BUNDLED_MODELS / "fieldmark-2"
    with pytest.raises(BundleError, match="FIELDMARK_MODEL is set"):
        switch_to("fieldmark-1", fixed, at=NOW)


def test_the_command_line_lists_activates_and_rolls_back(settings: Settings) -> None:
    def run(*words: str) -> str:
        done = CliRunner().invoke(app, ["models", *words])
        assert done.exit_code == 0, done.output
        return done.output

    (settings.own_models / "empty").mkdir(parents=True)
    listed = run("list").splitlines()
    assert listed[0].startswith("  fieldmark-1: Fieldmark 1")
    assert listed[1].startswith("* fieldmark-2: Fieldmark 2")
    assert "160 species" in listed[1]
    assert "empty" in listed[2]
    assert "model.json is missing" in listed[2]
    assert "Fieldmark 1" in run("activate", "fieldmark-1")
    assert run("list").startswith("* fieldmark-1")
    assert "Fieldmark 2" in run("rollback")
    assert run("list").splitlines()[1].startswith("* fieldmark-2")


def test_what_older_versions_activated_is_taken_over_once(settings: Settings) -> None:
    log = settings.own_models / "activations.jsonl"
    log.parent.mkdir(parents=True)
    log.write_text(f'{{"at": "{NOW.isoformat()}", "name": "fieldmark-1"}}\n', encoding="utf-8")
    assert served_folder(settings) == BUNDLED_MODELS / "fieldmark-1"
    assert previous(settings) == "fieldmark-2"
    switch_to("fieldmark-2", settings, at=NOW, by="ada")
    assert served_folder(settings) == BUNDLED_MODELS / "fieldmark-2"
    rows = Promotions(open_database(settings.database)).all()
    assert [(row.from_name, row.to_name, row.by) for row in rows] == [
        ("fieldmark-2", "fieldmark-1", "me"), ("fieldmark-1", "fieldmark-2", "ada"),
    ]  # fmt: skip


def test_asking_who_answers_makes_no_database(settings: Settings) -> None:
    served_folder(settings)
    assert not list(settings.data.glob("*"))


def test_the_same_again_is_no_promotion(settings: Settings) -> None:
    for _ in range(2):
        switch_to("fieldmark-1", settings, at=NOW)
    assert previous(settings) == "fieldmark-2"
    assert len(Promotions(open_database(settings.database)).all()) == 1


def test_a_model_is_declined_with_a_reason_and_that_is_taken_back(settings: Settings) -> None:
    def run(*words: str) -> str:
        return CliRunner().invoke(app, ["models", "decline", *words], catch_exceptions=False).stdout

    def standing() -> Declined | None:
        return DeclinedModels(open_database(settings.database)).standing("fieldmark-1")

    with pytest.raises(BundleError, match="nobody decided against fieldmark-1"):
        run("fieldmark-1", "--undo")
    assert "shall not answer" in run("fieldmark-1", "--why", " too old ")
    decision = standing()
    assert decision is not None
    assert (decision.by, decision.why) == ("me", "too old")
    assert served_folder(settings).name == "fieldmark-2"
    assert "may answer again" in run("fieldmark-1", "--undo")
    assert standing() is None
    with pytest.raises(BundleError, match="fieldmark-2 answers now"):
        run("fieldmark-2")
    with pytest.raises(BundleError, match="no model 'nobody'"):
        run("nobody")
