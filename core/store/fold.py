"""From a photo's history to what it is taken to be now: a pure function, replayable for ever."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.store.records import LABELS, MARKS, EventKind


@dataclass(frozen=True, slots=True)
class Act:
    """The part of a label event that decides the current label."""

    seq: int
    id: str
    kind: EventKind
    taxon: str | None
    undoes: str | None
    annotator: str
    counts: bool = True  # neither a blind test nor about a further animal


@dataclass(frozen=True, slots=True)
class Folded:
    """The outcome of a history.

    Attributes:
        standing: Ids of acts that nobody took back, without undos.
        label: The newest standing label that counts, `None` if there is none.
        votes: Annotators whose own newest such label names the same taxon.
        voters: Annotators with such a label.
        marks: The newest standing act of every kind of mark.
    """

    standing: frozenset[str]
    label: Act | None
    votes: int
    voters: frozenset[str]
    marks: tuple[Act, ...] = ()


def fold(acts: Sequence[Act]) -> Folded:
    """Fold acts in order of `seq`.

    An undo takes back the act it names unless the undo itself was taken back later; since an undo
    always comes after what it undoes, one pass from the newest act settles all of them.
    """
    taken_back: set[str] = set()
    standing: list[Act] = []
    for act in sorted(acts, key=lambda act: act.seq, reverse=True):
        if act.id in taken_back:
            continue
        if act.kind is EventKind.UNDO:
            if act.undoes is not None:
                taken_back.add(act.undoes)
        else:
            standing.append(act)
    newest_of: dict[str, Act] = {}
    marks: dict[EventKind, Act] = {}
    label = None
    for act in standing:  # newest first
        if act.kind in LABELS and act.counts:
            label = label or act
            newest_of.setdefault(act.annotator, act)
        elif act.kind in MARKS:
            marks.setdefault(act.kind, act)
    votes = sum(1 for act in newest_of.values() if label is not None and act.taxon == label.taxon)
    return Folded(
        frozenset(act.id for act in standing), label, votes, frozenset(newest_of), tuple(marks.values())
    )
