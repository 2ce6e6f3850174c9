"""What people do to a house of drawn animals so that there is little or nothing to learn from it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import uuid4

from core.media import MediaLibrary
from core.settings import Settings
from core.store import DatasetStore, EventKind, LabelEvent, Ledger, open_database
from tests.demo.world import LION, ZEBRA


@dataclass(frozen=True, slots=True)
class Labelled:
    """An open house and its labels: a taxon by photo."""

    ledger: Ledger
    library: MediaLibrary
    taxa: Mapping[str, str | None]

    def act(self, sha256: str, kind: EventKind, by: str = "Wanjiru", **more: object) -> None:
        """Do something to a photo."""
        event = LabelEvent(
            id=uuid4(), sha256=sha256, kind=kind, annotator=by, acted_at=datetime.now(UTC), session="spoil", **more
        )  # type: ignore[arg-type]  # fmt: skip
        self.ledger.append(event, received_at=datetime.now(UTC))

    def take_back(self, sha256: str) -> None:
        """Undo the label of a photo."""
        last = self.ledger.undoable(sha256, "Wanjiru")
        assert last is not None
        self.act(sha256, EventKind.UNDO, undoes=last.id)


def nothing(house: Labelled) -> None:
    """Take every label back."""
    for sha256 in house.taxa:
        house.take_back(sha256)


def contested(house: Labelled) -> None:
    """Let somebody contradict every label."""
    for sha256, taxon in house.taxa.items():
        house.act(sha256, EventKind.ASSERT, by="Otieno", taxon=LION if taxon == ZEBRA else ZEBRA)


def one_class(house: Labelled) -> None:
    """Take back every label but lions."""
    for sha256, taxon in house.taxa.items():
        if taxon != LION:
            house.take_back(sha256)


def outside(house: Labelled) -> None:
    """Say of every photo that it is something that no taxonomy has."""
    for sha256 in house.taxa:
        house.act(sha256, EventKind.ASSERT, taxon="draco-magnus")


def deleted(house: Labelled) -> None:
    """Delete the files of all labelled photos."""
    for sha256 in house.taxa:
        house.library.path(sha256).unlink()


# How the house is spoilt, and why there is nothing to learn then.
SPOILT: tuple[tuple[Callable[[Labelled], None], str], ...] = (
    (nothing, "obody has corrected or confirmed a photo yet|obody corrected or confirmed a photo yet"),
    (contested, "people disagree about it"),
    (outside, "its label is not in the taxonomy in use"),
    (deleted, "the photo is gone"),
)


def spoil(settings: Settings, how: Callable[[Labelled], None]) -> None:
    """Do it to a house."""
    engine = open_database(settings.database)
    labels, _ = DatasetStore(engine).labels()
    taxa = {row.sha256: row.taxon for row in labels}
    assert taxa
    how(Labelled(Ledger(engine), MediaLibrary(settings.data / "media"), taxa))
    engine.dispose()
