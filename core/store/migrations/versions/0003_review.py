"""Reviewing together: wider label events, marks, deployments, events, the queue, accounts, leases, gold.

Shipped migrations are never edited; what they create is written out here, not imported.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_OLD = (
    "seq, id, media_id, annotator_id, kind, taxon, reason, shown_prediction_id, shown_taxon, displayed_at, "
    "acted_at, received_at, session, comment, undoes"
)
_INDEXED = ("media_id", "annotator_id", "shown_prediction_id", "undoes")
_CHECKS = (
    "kind IN ('assert', 'confirm', 'not_animal', 'undo', 'skip', 'flag', 'person', 'note', 'boxes')",
    "(kind IN ('assert', 'confirm')) = (taxon IS NOT NULL)",
    "(kind = 'undo') = (undoes IS NOT NULL)",
    "(kind = 'boxes') = (boxes IS NOT NULL)",
    "reason IN ('none', 'cannot_go_finer', 'not_the_suggested')",
    "certainty IN ('sure', 'probable', 'guess')",
    "count >= 1",
    "sex IN ('female', 'male')",
    "life_stage IN ('adult', 'subadult', 'juvenile')",
)


def upgrade() -> None:
    """Widen the table of label events without losing a row, and create the others."""
    key = sa.Integer().with_variant(sa.BigInteger(), "postgresql")
    pk = lambda name="id": sa.Column(name, key, primary_key=True, autoincrement=True)
    moment = lambda name, **kw: sa.Column(name, sa.String(32), nullable=False, **kw)
    media = lambda **kw: sa.Column("media_id", key, sa.ForeignKey("media.id"), nullable=False, **kw)
    by = lambda **kw: sa.Column("annotator_id", key, sa.ForeignKey("annotator.id"), **kw)

    if op.get_bind().dialect.name == "sqlite":
        _rebuild_label_event(key)
    else:
        _widen_label_event()

    op.create_table(
        "current_mark",
        sa.Column("media_id", key, sa.ForeignKey("media.id"), primary_key=True),
        sa.Column("kind", sa.String(16), primary_key=True),
        sa.Column("event_id", sa.String(36), nullable=False),
    )
    op.create_table(
        "capture_deployment", pk(), media(index=True),
        sa.Column("deployment", sa.Text, nullable=False, index=True),
        sa.Column("source", sa.Text, nullable=False),
        moment("added_at"),
    )
    op.create_table(
        "event_rule", pk(),
        sa.Column("gap_seconds", sa.Integer, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        moment("added_at"),
        sa.CheckConstraint("gap_seconds >= 0"),
    )
    op.create_table(
        "event", pk(),
        sa.Column("rule_id", key, sa.ForeignKey("event_rule.id"), nullable=False, index=True),
        sa.Column("deployment", sa.Text, nullable=False),
        sa.Column("starts", sa.String(32), nullable=False),
        sa.Column("ends", sa.String(32), nullable=False),
    )
    op.create_table(
        "event_media",
        sa.Column("rule_id", key, sa.ForeignKey("event_rule.id"), primary_key=True),
        sa.Column("media_id", key, sa.ForeignKey("media.id"), primary_key=True),
        sa.Column("event_id", key, sa.ForeignKey("event.id"), nullable=False, index=True),
        sa.Column("position", sa.Integer, nullable=False),
    )
    op.create_table(
        "queue_entry",
        sa.Column("media_id", key, sa.ForeignKey("media.id"), primary_key=True),
        sa.Column("prediction_id", key, sa.ForeignKey("prediction.id"), nullable=False),
        sa.Column("lane", sa.String(16), nullable=False),
        sa.Column("priority", sa.Float, nullable=False),
        sa.Column("is_open", sa.Boolean, nullable=False),
        sa.Column("audit", sa.Boolean, nullable=False),
    )
    op.create_index("ix_queue_entry_next", "queue_entry", ["is_open", "audit", sa.text("priority DESC"), "media_id"])
    op.create_table(
        "account",
        sa.Column("annotator_id", key, sa.ForeignKey("annotator.id"), primary_key=True),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("password_hash", sa.Text, nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
        moment("changed_at"),
        sa.CheckConstraint("role IN ('annotator', 'expert', 'manager')"),
    )
    op.create_table(
        "lease",
        sa.Column("media_id", key, sa.ForeignKey("media.id"), primary_key=True),
        by(nullable=False, index=True),
        moment("expires_at"),
    )
    op.create_table(
        "gold", pk(), media(index=True),
        sa.Column("taxon", sa.Text),
        by(nullable=False),
        moment("added_at"),
        sa.Column("in_use", sa.Boolean, nullable=False),
    )
    op.create_table(
        "review_policy", pk(),
        sa.Column("name", sa.String(32), nullable=False),
        by(nullable=True),
        moment("added_at"),
    )
    op.create_table(
        "saved_filter", pk(),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("query", sa.Text, nullable=False),
        by(nullable=False),
        sa.Column("assignee_id", key, sa.ForeignKey("annotator.id"), index=True),
        moment("added_at"),
        sa.Column("in_use", sa.Boolean, nullable=False),
    )
    op.create_table(
        "media_hash",
        sa.Column("media_id", key, sa.ForeignKey("media.id"), primary_key=True),
        sa.Column("perceptual", sa.String(16), nullable=False),
    )
    _make_append_only("capture_deployment")


def _new_columns(key: sa.types.TypeEngine[int]) -> list[sa.Column]:
    return [
        sa.Column("action", sa.String(36)),
        sa.Column("lane", sa.String(16)),
        sa.Column("blind", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("subject", sa.String(36)),
        sa.Column("certainty", sa.String(16)),
        sa.Column("count", sa.Integer),
        sa.Column("sex", sa.String(16)),
        sa.Column("life_stage", sa.String(16)),
        sa.Column("behaviour", sa.Text),
        sa.Column("individual", sa.Text),
        sa.Column("boxes", sa.JSON),
    ]  # fmt: skip


def _rebuild_label_event(key: sa.types.TypeEngine[int]) -> None:
    """SQLite cannot change a CHECK: copy the rows into a wider table, and count them before letting go of the old one."""
    op.create_table(
        "label_event_wide",
        sa.Column("seq", key, primary_key=True, autoincrement=True),
        sa.Column("id", sa.String(36), nullable=False, unique=True),
        sa.Column("media_id", key, sa.ForeignKey("media.id"), nullable=False),
        sa.Column("annotator_id", key, sa.ForeignKey("annotator.id"), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("taxon", sa.Text),
        sa.Column("reason", sa.String(24), nullable=False),
        sa.Column("shown_prediction_id", key, sa.ForeignKey("prediction.id")),
        sa.Column("shown_taxon", sa.Text),
        sa.Column("displayed_at", sa.String(32)),
        sa.Column("acted_at", sa.String(32), nullable=False),
        sa.Column("received_at", sa.String(32), nullable=False),
        sa.Column("session", sa.Text, nullable=False),
        sa.Column("comment", sa.Text, nullable=False),
        # The rename below takes this reference along.
        sa.Column("undoes", sa.String(36), sa.ForeignKey("label_event_wide.id")),
        *_new_columns(key),
        *(sa.CheckConstraint(check) for check in _CHECKS),
    )
    op.execute(f"INSERT INTO label_event_wide ({_OLD}) SELECT {_OLD} FROM label_event ORDER BY seq")
    bind = op.get_bind()
    count = lambda table: bind.execute(sa.text(f"SELECT count(*) FROM {table}")).scalar_one()
    if count("label_event_wide") != count("label_event"):
        raise RuntimeError("not every label event was copied; nothing is changed")
    op.drop_table("label_event")
    op.rename_table("label_event_wide", "label_event")
    for column in _INDEXED:
        op.create_index(f"ix_label_event_{column}", "label_event", [column])
    _make_append_only("label_event")


def _widen_label_event() -> None:
    bind = op.get_bind()
    names = bind.execute(
        sa.text("SELECT conname FROM pg_constraint WHERE conrelid = 'label_event'::regclass AND contype = 'c'")
    ).scalars().all()  # fmt: skip
    for name in names:
        op.drop_constraint(name, "label_event", type_="check")
    for column in _new_columns(sa.BigInteger()):
        op.add_column("label_event", column)
    for number, check in enumerate(_CHECKS):
        op.create_check_constraint(f"label_event_check_{number}", "label_event", check)


def _make_append_only(table: str) -> None:
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: no {verb} on {table}'); END"
            )
        return
    op.execute(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    """Refuse: going back would drop people's work. Restore the copy made before the migration."""
    raise NotImplementedError("restore the copy of the database that was made before the migration")
