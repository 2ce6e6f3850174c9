"""What people's own photos show: which taxa, how often, when last, and where."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from core.store.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Sightings:
    """The photos that people say show one taxon.

    Attributes:
        photos: Hashes, the newest label first.
        last_seen: Day of the newest photo (ISO 8601), `None` if no photo knows its time.
        positions: Exact latitude and longitude of those that know theirs; never show them as they are.
    """

    photos: tuple[str, ...]
    last_seen: str | None
    positions: tuple[tuple[float, float], ...]


def sightings(ledger: Ledger) -> Mapping[str, Sightings]:
    """Return what was seen of every taxon that a photo is labelled with now."""
    rows = defaultdict(list)
    for row in ledger.label_rows():
        if row.label.taxon is not None:
            rows[row.label.taxon].append(row)
    return {
        taxon: Sightings(
            photos=tuple(r.sha256 for r in sorted(found, key=lambda r: r.labelled_at, reverse=True)),
            last_seen=max((r.captured_at[:10] for r in found if r.captured_at), default=None),
            positions=tuple(
                (r.latitude, r.longitude) for r in found if r.latitude is not None and r.longitude is not None
            ),
        )
        for taxon, found in rows.items()
    }
