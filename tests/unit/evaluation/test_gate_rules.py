"""Rules in a file that anybody may edit."""

from pathlib import Path

import pytest

from core.errors import FormatError
from core.evaluation.gate_rules import DEFAULT, NAME, read_rules


def edited(data: Path, old: str, new: str) -> Path:
    text = DEFAULT.read_text(encoding="utf-8")
    assert old in text
    (data / NAME).write_text(text.replace(old, new), encoding="utf-8")
    return data


def test_ours_are_used_until_somebody_has_their_own(tmp_path: Path) -> None:
    assert read_rules() == read_rules(tmp_path)
    assert read_rules().macro_f1_lost == 0.005
    own = read_rules(edited(tmp_path, "recall_photos = 20", "recall_photos = 5"))
    assert own.recall_photos == 5
    assert own.recall_lost == read_rules().recall_lost


@pytest.mark.parametrize(("old", "new", "message"), [
    ("macro_f1_lost = 0.005", "macro_f1_lost = yes", "cannot be read"),
    ("macro_f1_lost = 0.005", "", "missing or unknown rules: macro_f1_lost"),
    ("recall_photos", "recall_fotos", "missing or unknown rules: recall_fotos, recall_photos"),
    ("recall_photos = 20", "recall_photos = 2.5", "recall_photos = 2.5 is not a whole number"),
    ("recall_photos = 20", "recall_photos = true", "recall_photos = True is not a whole number"),
    ("macro_f1_lost = 0.005", "macro_f1_lost = -1", "is not a share"),
    ("corrections_must_help = true", "corrections_must_help = 1", "is not true or false"),
])  # fmt: skip
def test_a_wrong_file_is_refused_with_the_reason(tmp_path: Path, old: str, new: str, message: str) -> None:
    with pytest.raises(FormatError, match=message):
        read_rules(edited(tmp_path, old, new))
