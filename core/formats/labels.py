"""Current labels as a training run would read them."""

from collections.abc import Iterable

from core.formats.label_cells import lineage_cells
from core.formats.table import to_csv
from core.store import LabelRow
from core.taxonomy import BLANK, Taxonomy

COLUMNS = (
    "sha256", "original_name", "label", "scientific_name", "rank",
    "kingdom", "phylum", "class", "order", "family", "genus", "species",
    "reason", "annotator", "votes", "voters", "labelled_at", "shown", "model_sha256", "captured_at",
)  # fmt: skip
PLACE_COLUMNS = ("latitude", "longitude")


def to_table(rows: Iterable[LabelRow], taxonomy: Taxonomy, *, with_places: bool = False) -> str:
    """Return CSV, one row per labelled photo; exact places only if asked for."""
    columns = COLUMNS + (PLACE_COLUMNS if with_places else ())
    return to_csv(columns, (_row(row, taxonomy) for row in rows))


def _row(row: LabelRow, taxonomy: Taxonomy) -> dict[str, object]:
    label = row.label
    values: dict[str, object] = {
        "sha256": row.sha256,
        "original_name": row.original_name,
        "label": label.taxon or BLANK,
        "reason": row.reason.value,
        "annotator": label.annotator,
        "votes": label.votes,
        "voters": label.voters,
        "labelled_at": row.labelled_at.isoformat(),
        "shown": row.shown_taxon,
        "model_sha256": row.model_sha256,
        "captured_at": row.captured_at,
        "latitude": row.latitude,
        "longitude": row.longitude,
    }
    return values | lineage_cells(label.taxon, taxonomy)
