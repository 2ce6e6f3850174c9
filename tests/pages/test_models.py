"""The models on screen."""

import shutil

import pytest

from core.settings import BUNDLED_MODELS
from pages._ui import services


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
    table = page.at.table[0].value
    assert list(table.columns) == ["Fieldmark 1", "Fieldmark 2"]
    assert table.loc["macro-F1, species with 5 photos or more", "Fieldmark 1"] == "95.6 %"
    accuracy = table.loc["accuracy", "Fieldmark 2"]
    assert accuracy.startswith("95.2 % (9")
    assert table.loc["information kept", "Fieldmark 1"] == "97.0 %"
    captions = " ".join(caption.value for caption in page.at.caption)
    assert "On 1,141 photos" in captions


def test_a_split_that_only_one_was_judged_on(page):
    page.at.button_group(key="judged_on").set_value("test")
    page.run()
    assert list(page.at.table[0].value.columns) == ["Fieldmark 1"]
    assert any("was not judged on these photos" in caption.value for caption in page.at.caption)


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
