"""Identifications as JSON records and as a flat table.

Neither carries a position: where a threatened animal was photographed is not for an export that
nobody asked to hold it.
"""

import json
from collections.abc import Iterable
from typing import Any

from core.decision import Outcome
from core.formats.table import to_csv
from core.identify import Identification
from core.media import valid_text

COLUMNS = (
    "file", "sha256", "outcome", "taxon", "common_name", "rank", "confidence",
    "kingdom", "phylum", "class", "order", "family", "genus", "species",
    "first", "first_probability", "second", "second_probability", "third", "third_probability",
    "captured_at", "warnings", "error",
)  # fmt: skip


def to_record(identification: Identification) -> dict[str, Any]:
    """Return the documented JSON object of one file (see docs/command-line.md)."""
    answer, error = identification.answer, identification.error
    record: dict[str, Any] = {
        "file": valid_text(identification.file),
        "sha256": identification.sha256,
        "outcome": "error",
        "taxon": None,
        "common_name": None,
        "rank": None,
        "confidence": None,
        "ladder": [],
        "top_k": [],
        "warnings": [{"code": note.code, "message": note.message} for note in identification.notes],
        "error": {"code": error.code, "message": error.message} if error else None,
    }
    if answer is None:
        return record
    taxon = answer.taxon
    record.update(
        outcome=answer.outcome.value,
        taxon=taxon.scientific_name if taxon else None,
        common_name=taxon.common_name if taxon else None,
        rank=taxon.rank.label if taxon else None,
        confidence=answer.confidence,
        ladder=[
            {"rank": c.taxon.rank.label, "taxon": c.taxon.scientific_name, "probability": c.probability}
            for c in answer.ladder
        ],
        top_k=[
            {
                "taxon": c.taxon.scientific_name,
                "common_name": c.taxon.common_name,
                "probability": c.probability,
            }
            for c in answer.candidates
        ],
    )
    return record


def to_json(identifications: Iterable[Identification]) -> str:
    """Return one JSON array with an object per file."""
    return json.dumps([to_record(item) for item in identifications], indent=1)


def to_table(identifications: Iterable[Identification]) -> str:
    """Return CSV, one row per file; names of the answer's lineage, not beyond its rank."""
    return to_csv(COLUMNS, (_row(item) for item in identifications))


def _row(item: Identification) -> dict[str, object]:
    record = to_record(item)
    row: dict[str, object] = {key: record[key] for key in COLUMNS[:7]}
    row["warnings"] = " ".join(note.code for note in item.notes)
    row["error"] = item.error.code if item.error else None
    if item.photo is not None and item.photo.capture.at is not None:
        row["captured_at"] = item.photo.capture.at.isoformat()
    if item.answer is None:
        return row
    if item.answer.taxon is not None and item.answer.outcome is not Outcome.BLANK:
        for rung in item.answer.ladder:
            if rung.taxon.rank <= item.answer.taxon.rank:
                row[rung.taxon.rank.label] = rung.taxon.scientific_name
    for place, candidate in zip(("first", "second", "third"), item.answer.candidates, strict=False):
        row[place] = candidate.taxon.scientific_name
        row[f"{place}_probability"] = candidate.probability
    return row
