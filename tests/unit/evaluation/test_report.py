"""The report as a file."""

import json
from pathlib import Path

import pytest

from core.errors import BundleError
from core.evaluation.report import Report, file_name, from_json, read_report, to_json


def test_it_comes_back_as_it_was_to_five_digits(report: Report) -> None:
    again = from_json(to_json(report))
    assert again.confusions == report.confusions
    assert again.all.accuracy == pytest.approx(report.all.accuracy, abs=1e-5)
    assert again.names == report.names
    assert to_json(again) == to_json(report)


def test_it_comes_back_without_what_may_be_missing(bare: Report) -> None:
    assert to_json(from_json(to_json(bare))) == to_json(bare)


def test_it_is_found_beside_the_weights(report: Report, tmp_path: Path) -> None:
    assert read_report(tmp_path, "test") is None
    (tmp_path / file_name("test")).write_text(to_json(report), encoding="utf-8")
    assert read_report(tmp_path, "test").photos == 400


@pytest.mark.parametrize("text", ["", "{}", "not json", "[1]"])
def test_what_is_no_report_is_refused_by_name(tmp_path: Path, text: str) -> None:
    (tmp_path / file_name("val")).write_text(text, encoding="utf-8")
    with pytest.raises(BundleError, match=r"evaluation-val\.json is not a report"):
        read_report(tmp_path, "val")


def test_another_format_says_what_to_do(report: Report) -> None:
    record = json.loads(to_json(report)) | {"format": 9}
    with pytest.raises(BundleError, match="format 9; run `evaluate --record` again"):
        from_json(json.dumps(record))
