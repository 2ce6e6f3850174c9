"""How reliable a model is for one species."""

from dataclasses import replace

import pytest

from core.evaluation.report import read_report
from core.evaluation.species_record import species_record
from core.settings import BUNDLED_MODELS

REPORT = read_report(BUNDLED_MODELS / "fieldmark-2", "test")


@pytest.mark.parametrize("row", [row for row in REPORT.species if row.n][::9], ids=lambda row: row.id)
def test_numbers_add_up_to_those_of_the_report(row) -> None:
    record = species_record(REPORT, row.id)
    assert record is not None
    assert record.n == row.n
    assert record.right + sum(count for _, count in record.taken_for) == row.n
    assert record.right / row.n == pytest.approx(row.recall, abs=1e-4)
    named = record.right + sum(count for _, count in record.taken_from)
    if row.precision is not None:
        assert record.right / named == pytest.approx(row.precision, abs=1e-4)
    assert list(record.taken_for) == sorted(record.taken_for, key=lambda pair: -pair[1])


def test_a_species_it_never_met_has_no_record() -> None:
    assert species_record(REPORT, "nobody") is None


def test_few_training_photos_are_a_warning() -> None:
    record = species_record(REPORT, "lycaon-pictus")
    assert record is not None
    assert record.is_hardly_known
    lion = species_record(REPORT, "panthera-leo")
    assert lion is not None
    assert not lion.is_hardly_known
    assert not replace(record, n_train=None).is_hardly_known
