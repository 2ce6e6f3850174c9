"""What was predicted and what people said, for ever. The only room that knows SQL."""

from core.store.checklists import Checklists, StoredChecklist
from core.store.engine import open_database
from core.store.knowledge import ExternalRecord, Knowledge, Lookup
from core.store.ledger import Ledger
from core.store.records import (
    CurrentLabel,
    EventKind,
    HigherRankReason,
    LabelEvent,
    LabelRow,
    ModelIdentity,
    StoredPrediction,
)
from core.store.review import Judged, Reviewed, ReviewStore, Unreviewed
from core.store.sightings import Sightings, sightings

__all__ = [
    "Checklists",
    "CurrentLabel",
    "EventKind",
    "ExternalRecord",
    "HigherRankReason",
    "Judged",
    "Knowledge",
    "LabelEvent",
    "LabelRow",
    "Ledger",
    "Lookup",
    "ModelIdentity",
    "ReviewStore",
    "Reviewed",
    "Sightings",
    "StoredChecklist",
    "StoredPrediction",
    "Unreviewed",
    "open_database",
    "sightings",
]
