"""What was predicted and what people said, for ever. The only room that knows SQL."""

from core.store.engine import open_database
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

__all__ = [
    "CurrentLabel",
    "EventKind",
    "HigherRankReason",
    "LabelEvent",
    "LabelRow",
    "Ledger",
    "ModelIdentity",
    "StoredPrediction",
    "open_database",
]
