"""What was predicted and what people said, for ever. The only room that knows SQL."""

from core.store.checklists import Checklists, StoredChecklist
from core.store.engine import open_database
from core.store.knowledge import ExternalRecord, Knowledge, Lookup
from core.store.ledger import Ledger
from core.store.records import (
    LABELS,
    Box,
    Certainty,
    CurrentLabel,
    Details,
    EventKind,
    HigherRankReason,
    LabelEvent,
    LabelRow,
    LifeStage,
    ModelIdentity,
    Sex,
    StoredPrediction,
)
from core.store.review import Judged, Reviewed, ReviewStore, Unreviewed
from core.store.sightings import Sightings, sightings

__all__ = [
    "LABELS",
    "Box",
    "Certainty",
    "Checklists",
    "CurrentLabel",
    "Details",
    "EventKind",
    "ExternalRecord",
    "HigherRankReason",
    "Judged",
    "Knowledge",
    "LabelEvent",
    "LabelRow",
    "Ledger",
    "LifeStage",
    "Lookup",
    "ModelIdentity",
    "ReviewStore",
    "Reviewed",
    "Sex",
    "Sightings",
    "StoredChecklist",
    "StoredPrediction",
    "Unreviewed",
    "open_database",
    "sightings",
]
