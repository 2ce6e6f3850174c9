"""What follows from the acts about a photo: its label, its marks, and whether it waits. All of it can be built again."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

import sqlalchemy as sa

from core.store import schema as t
from core.store.engine import MOST_VALUES
from core.store.fold import Act, Folded, fold
from core.store.records import LABELS, MARKS, SECOND_LOOK, EventKind, Lane


def refresh(connection: sa.Connection, media: Iterable[int]) -> None:
    """Bring label, marks and queue of photos, given by their ids, in line with the acts about them.

    However many photos there are, the statements stay a handful.
    """
    ids = sorted(set(media))
    for start in range(0, len(ids), MOST_VALUES):
        _refresh(connection, ids[start : start + MOST_VALUES])


def _refresh(connection: sa.Connection, ids: Sequence[int]) -> None:
    labels: list[dict[str, Any]] = []
    marks: list[dict[str, Any]] = []
    marked: list[int] = []
    waiting: dict[tuple[frozenset[Lane] | None, str], list[int]] = defaultdict(list)
    for media_id, about in groupby(connection.execute(_acts(ids)).all(), lambda row: int(row.media_id)):
        rows = list(about)
        acts = [Act(r.seq, r.id, EventKind(r.kind), r.taxon, r.undoes, r.name, bool(r.counts)) for r in rows]
        result = fold(acts)
        if result.label is not None:
            labels.append(
                {
                    "media_id": media_id, "taxon": result.label.taxon, "event_id": result.label.id,
                    "annotator": result.label.annotator, "votes": result.votes, "voters": len(result.voters),
                    "seq": result.label.seq,
                }
            )  # fmt: skip
        marks += [{"media_id": media_id, "kind": one.kind.value, "event_id": one.id} for one in result.marks]
        if any(act.kind in MARKS for act in acts):
            marked.append(media_id)
        who = sorted({row.annotator_id for row in rows if row.name in result.voters})
        waiting[_open_in(result, rows), _listed(who)].append(media_id)
    label, mark, queue = t.current_label, t.current_mark, t.queue_entry
    connection.execute(label.delete().where(label.c.media_id.in_(ids)))
    connection.execute(mark.delete().where(mark.c.media_id.in_(marked)))
    for table, values in ((label, labels), (mark, marks)):
        if values:
            connection.execute(table.insert(), values)
    for (lanes, labelled_by), photos in waiting.items():
        is_open = sa.true() if lanes is None else queue.c.lane.in_(sorted(lane.value for lane in lanes))
        standing = {"is_open": is_open, "labelled_by": labelled_by}
        connection.execute(queue.update().where(queue.c.media_id.in_(photos)).values(standing))


def _open_in(result: Folded, rows: Sequence[sa.Row[Any]]) -> frozenset[Lane] | None:
    """Return the lanes in which a photo still waits, `None` for all: a second look is open until a label answers it."""
    if any(mark.kind is EventKind.PERSON for mark in result.marks):
        return frozenset()
    if result.label is None:
        return None
    looks = {row.lane for row in rows if row.id in result.standing and row.kind in LABELS and row.counts}
    return frozenset(SECOND_LOOK - looks)


def _listed(annotators: Sequence[int]) -> str:
    return "".join(f"|{one}" for one in annotators) + "|" if annotators else ""


def _acts(ids: Sequence[int]) -> sa.Select[Any]:
    e = t.label_event.c
    counts = (~e.blind & e.subject.is_(None)).label("counts")
    return (
        sa.select(
            e.media_id,
            e.seq,
            e.id,
            e.kind,
            e.taxon,
            e.undoes,
            e.lane,
            e.annotator_id,
            t.annotator.c.name,
            counts,
        )
        .join(t.annotator)
        .where(e.media_id.in_(ids))
        .order_by(e.media_id, e.seq)
    )
