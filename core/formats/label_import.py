"""From a file of labels to acts of the ledger: all of them or, with a clear reason, none."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import PurePosixPath
from uuid import UUID, uuid5

from core.errors import FormatError
from core.formats.exchange import ExchangeLabel, ExchangePhoto, Reading, round_box
from core.store import LABELS, EventKind, LabelEvent

LANE = "import"
_NAMESPACE = UUID("6a4e2c0b-7d1f-4f0a-9b52-3f6f1f4c8d21")


@dataclass(frozen=True, slots=True)
class LabelImport:
    """What an import would add.

    Attributes:
        action: Shared by all its acts; importing the same file again is the same action.
        acts: In the order of the file; every id follows from the file's content and the act's place in it.
        known: Labels that people have already given the same way, and that are therefore not given again.
        problems: Photos that are not in the database, and what could not be read.
    """

    action: UUID
    acts: tuple[LabelEvent, ...]
    known: int
    problems: tuple[str, ...]


def action_of(content: bytes) -> UUID:
    """Return the id of the act of importing a file of this content."""
    return uuid5(_NAMESPACE, hashlib.sha256(content).hexdigest())


def plan_import(
    reading: Reading,
    *,
    action: UUID,
    hashes: frozenset[str],
    by_name: Mapping[str, frozenset[str]],
    history: Callable[[str], Sequence[LabelEvent]],
    standing: Callable[[str], Sequence[LabelEvent]],
    annotator: str,
    at: datetime,
) -> LabelImport:
    """Return the acts that say what a file says.

    Args:
        hashes: All photos of the database.
        by_name: Photos by the names they came with.
        history, standing: Give all acts about a photo, and those that nobody took back.
        annotator: Who said it, where the file does not tell.
        at: When it was said, where the file does not tell.
    """
    problems = list(reading.problems)
    acts: list[LabelEvent] = []
    known = 0
    names = _Names(hashes, by_name)
    found: dict[str, str] = {}
    for place, photo in enumerate(reading.photos):
        name = photo.file or photo.sha256
        try:
            sha256 = names.find(photo)
            if sha256 in found:
                raise FormatError(f"{name} is the same photo as {found[sha256]}")
        except FormatError as error:
            problems.append(str(error))
            continue
        found[sha256] = name
        others = [act for act in standing(sha256) if act.action != action]
        # An import that was taken back may come again: then it is a new act, with ids of its own.
        undone = sum(act.kind is EventKind.UNDO and act.action == action for act in history(sha256))
        for part, act in enumerate(_acts(photo, sha256, annotator, at, action)):
            if any(_same(act, other) for other in others):
                known += 1
                continue
            own = uuid5(action, f"{place}|{part}|{act.annotator}|{undone}")
            acts.append(replace(act, id=own, subject=uuid5(own, "animal") if act.subject else None))
    return LabelImport(action, tuple(acts), known, tuple(problems))


def retract(acts: Sequence[LabelEvent], *, annotator: str, at: datetime) -> list[LabelEvent]:
    """Return the acts that take back what an import added, given its standing acts."""
    return [
        LabelEvent(
            uuid5(act.id, "undo"), act.sha256, EventKind.UNDO, annotator, at, undoes=act.id, action=act.action, lane=LANE
        )
        for act in acts
    ]  # fmt: skip


class _Names:
    """Finds the photos that a file means."""

    def __init__(self, hashes: frozenset[str], by_name: Mapping[str, frozenset[str]]) -> None:
        self._hashes, self._by_name = hashes, by_name
        self._by_base: dict[str, frozenset[str]] = {}
        for name, found in by_name.items():
            base = _base(name)
            self._by_base[base] = self._by_base.get(base, frozenset()) | found

    def find(self, photo: ExchangePhoto) -> str:
        """Return the photo's hash.

        Raises:
            FormatError: It is not in the database, or several are called so.
        """
        if photo.sha256:
            if photo.sha256 in self._hashes:
                return photo.sha256
            raise FormatError(
                f"{photo.file or 'a photo'} ({photo.sha256[:12]}) is not in the database; identify and save it first"
            )
        found = self._by_name.get(photo.file) or self._by_base.get(_base(photo.file)) or frozenset()
        if len(found) == 1:
            return next(iter(found))
        if found:
            raise FormatError(
                f"{len(found)} photos are called {photo.file!r}; add a column sha256 to tell them apart"
            )
        raise FormatError(f"no photo is called {photo.file!r}; identify and save it first")


def _base(name: str) -> str:
    return PurePosixPath(name.replace("\\", "/")).name


def _acts(
    photo: ExchangePhoto, sha256: str, annotator: str, at: datetime, action: UUID
) -> Iterator[LabelEvent]:
    """Yield a photo's acts, each still with the id of the whole import."""
    for number, label in enumerate(photo.labels):
        yield LabelEvent(
            action, sha256, EventKind.NOT_ANIMAL if label.taxon is None else EventKind.ASSERT,
            label.annotator or annotator, label.labelled_at or at, taxon=label.taxon, reason=label.reason,
            comment=label.comment, action=action, lane=LANE, subject=action if number else None, details=label.details,
        )  # fmt: skip
    main: ExchangeLabel | None = photo.labels[0] if photo.labels else None
    by = main.annotator if main and main.annotator else annotator
    if photo.boxes:
        yield LabelEvent(
            action, sha256, EventKind.BOXES, photo.boxes_by or by, at, action=action, lane=LANE, boxes=photo.boxes
        )  # fmt: skip
    if photo.person:
        yield LabelEvent(action, sha256, EventKind.PERSON, by, at, action=action, lane=LANE)


def _same(act: LabelEvent, other: LabelEvent) -> bool:
    """Whether the same person has already said the same."""

    def meaning(event: LabelEvent) -> tuple[object, ...]:
        kind = "label" if event.kind in LABELS else event.kind
        boxes = tuple(round_box(box) for box in event.boxes or ())
        return kind, event.taxon, event.reason, event.comment, event.details, event.subject is None, boxes

    mine = act.annotator == other.annotator or act.kind in (EventKind.BOXES, EventKind.PERSON)
    return mine and meaning(act) == meaning(other)
