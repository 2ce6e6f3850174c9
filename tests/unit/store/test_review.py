"""What is left to review."""

from dataclasses import replace
from pathlib import Path

from core.store import Ledger, ReviewStore, open_database
from tests.seeded import seed
from tests.unit.store.test_ledger import NOW, says, takes_back


def test_photos_leave_when_labelled_and_come_back_when_taken_back(tmp_path: Path) -> None:
    hashes = seed(tmp_path, 5)
    engine = open_database(f"sqlite:///{tmp_path / 'fieldmark.db'}")
    store, ledger = ReviewStore(engine), Ledger(engine)
    assert [photo.sha256 for photo in store.unreviewed()] == hashes
    assert store.unreviewed()[2].name == "0002.jpg"
    assert len(store.unreviewed()[0].top_k) == 5
    assert store.progress() == (0, 5)
    event = replace(says("panthera-leo"), sha256=hashes[1])
    ledger.append(event, received_at=NOW)
    assert hashes[1] not in [photo.sha256 for photo in store.unreviewed()]
    assert store.progress() == (1, 5)
    assert [(act.sha256, act.event) for act in store.last_acts("ada", 10)] == [(hashes[1], str(event.id))]
    assert store.last_acts("somebody else", 10) == []
    ledger.append(replace(takes_back(event.id), sha256=hashes[1]), received_at=NOW)
    assert [photo.sha256 for photo in store.unreviewed()] == hashes
