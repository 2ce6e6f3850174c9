"""Identifications as JSON records and as a flat table.

Neither carries a position: where a threatened animal was photographed is not for an export that
nobody asked to hold it.
"""

import json
from collections.abc import Callable, Iterable
from typing import Any

from core.decision import Outcome
from core.decision.prior import PriorEstimate, PriorMethod
from core.formats.table import to_csv
from core.identify import Identification
from core.media import valid_text
from core.place import PlaceStatus
from core.taxonomy import Taxonomy

COLUMNS = (
    "file", "sha256", "outcome", "taxon", "common_name", "rank", "confidence",
    "kingdom", "phylum", "class", "order", "family", "genus", "species",
    "first", "first_probability", "second", "second_probability", "third", "third_probability",
    "captured_at", "warnings", "error",
)  # fmt: skip


def to_record(
    identification: Identification,
    prior: dict[str, Any] | None = None,
    presence: PlaceStatus | None = None,
) -> dict[str, Any]:
    """Return the documented JSON object of one file (see docs/command-line.md).

    Args:
        prior: What `prior_record` returned for the batch.
        presence: How the species is in the country of the photo.
    """
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
        "novelty": identification.novelty,
        "prior": prior,
        "presence": _presence(presence),
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


def prior_record(estimate: PriorEstimate | None, taxonomy: Taxonomy) -> dict[str, Any] | None:
    """Return the JSON form of what a batch was taken to show, its ten largest shifts included."""
    if estimate is None:
        return None
    shifts = [
        {"taxon": name_of(shift.label, taxonomy), "before": shift.before, "after": shift.after}
        for shift in estimate.shifts()
    ]
    return {"method": estimate.method.value, "n": estimate.n, "shifts": shifts}


def name_of(label: str, taxonomy: Taxonomy) -> str:
    """Return the scientific name of a class, or the flag itself."""
    return taxonomy.get(label).scientific_name if label in taxonomy else label


def explain(estimate: PriorEstimate, taxonomy: Taxonomy) -> str:
    """Return one line about an estimate, for people."""
    shifts = ", ".join(
        f"{name_of(s.label, taxonomy)} {s.before:.1%} -> {s.after:.1%}" for s in estimate.shifts(3)
    )
    if estimate.method is PriorMethod.CHECKLIST:
        return f"answers follow the checklist; largest shifts: {shifts}"
    ways = {PriorMethod.FAMILY: "one parameter", PriorMethod.EM: "expectation maximisation"}
    return (
        f"answers follow how common the species seem to be in these {estimate.n} photos "
        f"({ways[estimate.method]}; --prior off for none); largest shifts: {shifts}"
    )


def _presence(status: PlaceStatus | None) -> dict[str, Any] | None:
    """Return a status as JSON; of the place it holds the country only."""
    if status is None:
        return None
    return {
        "country": status.country,
        "status": status.presence.value,
        "expected": status.presence.is_expected,
        "sources": list(status.says),
        "date": status.date or None,
    }


def to_json(
    identifications: Iterable[Identification],
    prior: dict[str, Any] | None = None,
    presence: Callable[[Identification], PlaceStatus | None] = lambda item: None,
) -> str:
    """Return one JSON array with an object per file; `prior` and what `presence` returns as for `to_record`."""
    return json.dumps([to_record(item, prior, presence(item)) for item in identifications], indent=1)


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
