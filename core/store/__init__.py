"""What was predicted and what people said, for ever. The only room that knows SQL."""

from core.store.accounts import Account, Accounts, Role
from core.store.checklists import Checklists, StoredChecklist
from core.store.datasets import DatasetStore, LabelFacts, ManifestRow, Use
from core.store.declined import Declined, DeclinedModels
from core.store.engine import open_database
from core.store.events import EventRule, Events, Member
from core.store.gold import BlindAnswer, Gold, GoldPhoto
from core.store.hashes import PhotoHashes
from core.store.jobs import Job, JobKind, JobState, JobStore
from core.store.knowledge import ExternalRecord, Knowledge, Lookup
from core.store.labelled import LabelledPhotos, PhotoRecord, Suggested
from core.store.leases import Leases
from core.store.ledger import Ledger
from core.store.promotions import Promotion, Promotions
from core.store.queue import Place, Queue, Unreviewed
from core.store.queue_filter import EVERYTHING, QueueFilter
from core.store.records import (
    LABELS,
    SECOND_LOOK,
    Box,
    Certainty,
    CurrentLabel,
    Details,
    EventKind,
    HigherRankReason,
    LabelEvent,
    LabelRow,
    Lane,
    LifeStage,
    ModelIdentity,
    Sex,
    StoredPrediction,
)
from core.store.review import Judged, Opinion, Reviewed, ReviewStore, Said
from core.store.saved_filters import SavedFilter, SavedFilters
from core.store.sightings import Sightings, sightings
from core.store.splits import NewGroup, PhotoFacts, SplitStore
from core.store.trained_models import Flip, TrainedModel, TrainedModels

__all__ = [
    "EVERYTHING",
    "LABELS",
    "SECOND_LOOK",
    "Account",
    "Accounts",
    "BlindAnswer",
    "Box",
    "Certainty",
    "Checklists",
    "CurrentLabel",
    "DatasetStore",
    "Declined",
    "DeclinedModels",
    "Details",
    "EventKind",
    "EventRule",
    "Events",
    "ExternalRecord",
    "Flip",
    "Gold",
    "GoldPhoto",
    "HigherRankReason",
    "Job",
    "JobKind",
    "JobState",
    "JobStore",
    "Judged",
    "Knowledge",
    "LabelEvent",
    "LabelFacts",
    "LabelRow",
    "LabelledPhotos",
    "Lane",
    "Leases",
    "Ledger",
    "LifeStage",
    "Lookup",
    "ManifestRow",
    "Member",
    "ModelIdentity",
    "NewGroup",
    "Opinion",
    "PhotoFacts",
    "PhotoHashes",
    "PhotoRecord",
    "Place",
    "Promotion",
    "Promotions",
    "Queue",
    "QueueFilter",
    "ReviewStore",
    "Reviewed",
    "Role",
    "Said",
    "SavedFilter",
    "SavedFilters",
    "Sex",
    "Sightings",
    "SplitStore",
    "StoredChecklist",
    "StoredPrediction",
    "Suggested",
    "TrainedModel",
    "TrainedModels",
    "Unreviewed",
    "Use",
    "open_database",
    "sightings",
]
