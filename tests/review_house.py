"""A small database of photos with predictions, for tests of reviewing."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import sqlalchemy as sa
from PIL import Image

from core.decision import Answer, Candidate, Outcome
from core.media import Capture, Photo
from core.settings import ROOT
from core.species import load_cards, load_taxonomy
from core.store import (
    Accounts,
    EventKind,
    Events,
    LabelEvent,
    Leases,
    Ledger,
    ModelIdentity,
    Queue,
    ReviewStore,
    open_database,
)  # fmt: skip

NOW = datetime(2026, 11, 21, 8, tzinfo=UTC)
NIGHT = datetime(2026, 5, 1, 22, 0)
TREE = load_taxonomy(load_cards(ROOT / "species_info"), ROOT / "species_info")
LION, LEOPARD, TIGER, WOLF = "panthera-leo", "panthera-pardus", "panthera-tigris", "canis-lupus"


def sha(number: int) -> str:
    return hashlib.sha256(str(number).encode()).hexdigest()


@dataclass
class House:
    """A database and everything that opens it."""

    engine: sa.Engine

    def __post_init__(self) -> None:
        self.ledger, self.queue, self.events = Ledger(self.engine), Queue(self.engine), Events(self.engine)
        self.leases, self.accounts, self.review = (
            Leases(self.engine), Accounts(self.engine), ReviewStore(self.engine),
        )  # fmt: skip

    def add(
        self, number: int, taxon: str = LION, chance: float = 0.99, *, at: int | None = None, camera: str = "A",
        model: str = "m",
    ) -> str:  # fmt: skip
        """Add a photo with a prediction, taken `at` seconds into the night; return its hash."""
        taken = None if at is None else NIGHT + timedelta(seconds=at)
        photo = Photo(f"{number}.jpg", sha(number), Image.new("RGB", (4, 3)), 4, 3, "JPEG", Capture(taken))
        self.ledger.add_photo(photo, size=1, door="cli", at=NOW, deployment=camera)
        self.predict(number, taxon, chance, model=model)
        return sha(number)

    def predict(self, number: int, taxon: str, chance: float, *, model: str = "m") -> int:
        """Let a model say what a photo shows."""
        one = Candidate(TREE.get(taxon), chance)
        answer = Answer(Outcome.IDENTIFIED, one.taxon, chance, 0.6, 0.0, (), (one,))
        identity = ModelIdentity(model * 64, model, "1", "none", "t" * 64, 1.0)
        return self.ledger.add_prediction(sha(number), identity, answer, at=NOW)

    def says(self, number: int, taxon: str | None, by: str = "ada", **more: object) -> UUID:
        """Let a person say something; return the id of the act."""
        kind = more.pop("kind", EventKind.NOT_ANIMAL if taxon is None else EventKind.ASSERT)
        event = LabelEvent(uuid4(), sha(number), kind, by, NOW, taxon, **more)  # type: ignore[arg-type]
        self.ledger.append(event, received_at=NOW)
        return event.id

    def undoes(self, number: int, act: UUID, by: str = "ada") -> UUID:
        """Let a person take an act back."""
        return self.says(number, None, by, kind=EventKind.UNDO, undoes=act)


def build(path: Path) -> House:
    """Open a house on a new database."""
    return House(open_database(f"sqlite:///{path / 'fieldmark.db'}"))
