"""Models that came out of datasets, and the answers that they changed."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.store import DatasetStore, Flip, Ledger, TrainedModels, open_database
from tests.unit.store.test_ledger import photo

NOW = datetime(2026, 11, 21, tzinfo=UTC)


@pytest.fixture
def models(tmp_path: Path) -> TrainedModels:
    ledger = Ledger(open_database(f"sqlite:///{tmp_path / 'fieldmark.db'}"))
    for mark in "ab":
        ledger.add_photo(photo(f"{mark}.jpg", mark), size=10, door="cli", at=NOW)
    return TrainedModels(ledger._engine)


def test_models_are_listed_in_their_order_with_their_dataset(models: TrainedModels) -> None:
    digest = DatasetStore(models._engine).freeze([], last_seq=0, taxonomy_sha256="t" * 64, at=NOW)
    for number in (1, 2):
        models.add(
            digest, name=f"taught-{number}", weights_sha256=str(number) * 64, parent_sha256="p" * 64,
            passes=number == 2, report={"n": number}, at=NOW,
        )  # fmt: skip
    assert [(m.name, m.manifest, m.passes, m.report) for m in models.all()] == [
        ("taught-1", digest, False, {"n": 1}), ("taught-2", digest, True, {"n": 2}),
    ]  # fmt: skip


def test_changed_answers_are_kept_once(models: TrainedModels) -> None:
    flips = [Flip("a" * 64, "panthera-leo", "panthera-pardus"), Flip("b" * 64, None, "blank")]
    for _ in range(2):
        models.add_flips("o" * 64, "n" * 64, flips, at=NOW)
    assert models.flips("n" * 64) == flips
    assert models.flips("o" * 64) == []
