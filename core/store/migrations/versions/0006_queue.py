"""Keep beside a photo's place in the queue what filters ask for and who has labelled it, so that an index alone answers.

Shipped migrations are never edited; what they create is written out here, not imported.
"""

from itertools import groupby

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_ORDER = ["is_open", "audit", sa.text("priority DESC"), "media_id"]
_LABELS = ("assert", "confirm", "not_animal")


def upgrade() -> None:
    """Copy the queue into a wider table with its indexes; the queue is derived, yet no place in it is lost."""
    key = sa.Integer().with_variant(sa.BigInteger(), "postgresql")
    op.create_table(
        "queue_entry_wide",
        sa.Column("media_id", key, sa.ForeignKey("media.id"), primary_key=True),
        sa.Column("prediction_id", key, sa.ForeignKey("prediction.id"), nullable=False),
        sa.Column("lane", sa.String(16), nullable=False),
        sa.Column("priority", sa.Float, nullable=False),
        sa.Column("is_open", sa.Boolean, nullable=False),
        sa.Column("audit", sa.Boolean, nullable=False),
        sa.Column("displayed", sa.Text),
        sa.Column("confidence", sa.Float, nullable=False),
        sa.Column("model_id", key, sa.ForeignKey("model_version.id"), nullable=False),
        sa.Column("labelled_by", sa.Text, nullable=False),
    )
    op.execute(
        "INSERT INTO queue_entry_wide SELECT q.media_id, q.prediction_id, q.lane, q.priority, q.is_open, q.audit,"
        " p.displayed, p.confidence, p.model_id, '' FROM queue_entry q JOIN prediction p ON p.id = q.prediction_id"
    )
    bind = op.get_bind()
    count = lambda table: bind.execute(sa.text(f"SELECT count(*) FROM {table}")).scalar_one()
    if count("queue_entry_wide") != count("queue_entry"):
        raise RuntimeError("not every place in the queue was copied; nothing is changed")
    op.drop_index("ix_prediction_displayed", "prediction")
    op.drop_table("queue_entry")
    op.rename_table("queue_entry_wide", "queue_entry")
    _write_who_labelled(bind)
    asked = ["displayed", "confidence", "lane", "model_id", "labelled_by"]
    op.create_index("ix_queue_entry_next", "queue_entry", [*_ORDER, *asked])
    for first in ("lane", "displayed"):
        rest = [name for name in asked if name != first]
        op.create_index(f"ix_queue_entry_{first}", "queue_entry", [first, *_ORDER, *rest])
    op.create_index("ix_queue_entry_prediction_id", "queue_entry", ["prediction_id"])
    op.create_index("ix_capture_time_captured_at", "capture_time", ["captured_at"])
    op.create_index("ix_event_deployment", "event", ["rule_id", "deployment"])
    contested = sa.text("votes < voters")
    op.create_index(
        "ix_current_label_contested", "current_label", ["media_id"],
        sqlite_where=contested, postgresql_where=contested,
    )  # fmt: skip


def _write_who_labelled(bind: sa.Connection) -> None:
    """Say of every photo whose label stands, as `core.store.fold` has it: an act is taken back by an undo that stands."""
    acts = bind.execute(
        sa.text(
            "SELECT e.media_id, e.id, e.annotator_id, e.kind, e.undoes, e.blind, e.subject FROM label_event e"
            " JOIN queue_entry q ON q.media_id = e.media_id ORDER BY e.media_id, e.seq DESC"
        )
    ).all()
    found = []
    for media_id, about in groupby(acts, lambda act: act.media_id):
        taken_back: set[str] = set()
        who: set[int] = set()
        for act in about:
            if act.id in taken_back:
                continue
            if act.kind == "undo":
                taken_back.add(act.undoes)
            elif act.kind in _LABELS and not act.blind and act.subject is None:
                who.add(act.annotator_id)
        if who:
            found.append({"media": media_id, "who": "".join(f"|{one}" for one in sorted(who)) + "|"})
    if found:
        bind.execute(
            sa.text("UPDATE queue_entry SET labelled_by = :who WHERE media_id = :media"), found
        )


def downgrade() -> None:
    """Refuse: the step before refuses too."""
    raise NotImplementedError("restore the copy of the database that was made before the migration")
