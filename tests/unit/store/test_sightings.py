"""What people's own photos show."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from core.media import Position
from core.store import Ledger, open_database, sightings
from tests.unit.store.test_ledger import NOW, photo, says, takes_back


def test_counts_days_and_places_by_taxon(tmp_path: Path) -> None:
    ledger = Ledger(open_database(f"sqlite:///{tmp_path / 'x.db'}"))
    for mark, position in (("a", Position(-1.5, 35.0)), ("b", None), ("c", None), ("d", None)):
        ledger.add_photo(photo(f"{mark}.jpg", mark, position), size=1, door="cli", at=NOW)
    later = NOW + timedelta(hours=1)
    first = says("panthera-leo", mark="a")
    ledger.append(first, received_at=NOW)
    ledger.append(says("panthera-leo", mark="b"), received_at=later)
    ledger.append(says("felidae", mark="c"), received_at=NOW)
    ledger.append(says(None, mark="d"), received_at=NOW)
    seen = sightings(ledger)
    assert set(seen) == {"panthera-leo", "felidae"}
    assert set(seen["panthera-leo"].photos) == {"a" * 64, "b" * 64}
    assert seen["panthera-leo"].last_seen == "2025-03-04"
    assert seen["panthera-leo"].positions == ((-1.5, 35.0),)
    ledger.append(takes_back(first.id), received_at=datetime(2026, 6, 1, tzinfo=UTC))
    assert sightings(ledger)["panthera-leo"].photos == ("b" * 64,)
