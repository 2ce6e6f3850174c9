"""The ledger in its first form: media, predictions, label events, and the label cache.

Shipped migrations are never edited; what they create is written out here, not imported.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_LEDGER = (
    "media", "media_source", "capture_time", "capture_place",
    "model_version", "prediction", "annotator", "label_event",
)


def upgrade() -> None:
    """Create all tables, and the triggers that make the ledger append-only."""
    key = sa.Integer().with_variant(sa.BigInteger(), "postgresql")
    pk = lambda name="id": sa.Column(name, key, primary_key=True, autoincrement=True)
    moment = lambda name, **kw: sa.Column(name, sa.String(32), **kw)
    media = lambda: sa.Column("media_id", key, sa.ForeignKey("media.id"), nullable=False, index=True)

    op.create_table(
        "media", pk(),
        sa.Column("sha256", sa.String(64), nullable=False, unique=True),
        sa.Column("bytes", sa.Integer, nullable=False),
        sa.Column("width", sa.Integer, nullable=False),
        sa.Column("height", sa.Integer, nullable=False),
        sa.Column("format", sa.String(16), nullable=False),
        moment("added_at", nullable=False),
    )
    op.create_table(
        "media_source", pk(), media(),
        sa.Column("original_name", sa.Text, nullable=False),
        sa.Column("door", sa.String(16), nullable=False),
        moment("added_at", nullable=False),
        sa.UniqueConstraint("media_id", "original_name", "door"),
    )
    op.create_table(
        "capture_time", pk(), media(),
        sa.Column("captured_at", sa.String(32)),
        sa.Column("source", sa.Text, nullable=False),
        moment("added_at", nullable=False),
    )
    op.create_table(
        "capture_place", pk(), media(),
        sa.Column("latitude", sa.Float, sa.CheckConstraint("latitude BETWEEN -90 AND 90")),
        sa.Column("longitude", sa.Float, sa.CheckConstraint("longitude BETWEEN -180 AND 180")),
        sa.Column("source", sa.Text, nullable=False),
        moment("added_at", nullable=False),
        sa.CheckConstraint("(latitude IS NULL) = (longitude IS NULL)"),
    )
    op.create_table(
        "model_version", pk(),
        sa.Column("weights_sha256", sa.String(64), nullable=False, unique=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("version", sa.Text, nullable=False),
        sa.Column("architecture", sa.Text, nullable=False),
        sa.Column("taxonomy_sha256", sa.String(64), nullable=False),
        sa.Column("calibration", sa.JSON, nullable=False),
        moment("added_at", nullable=False),
    )
    op.create_table(
        "prediction", pk(), media(),
        sa.Column("model_id", key, sa.ForeignKey("model_version.id"), nullable=False, index=True),
        sa.Column("target", sa.Float, nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("displayed", sa.Text),
        sa.Column("confidence", sa.Float, nullable=False),
        sa.Column("blank", sa.Float, nullable=False),
        sa.Column("top_k", sa.JSON, nullable=False),
        moment("made_at", nullable=False),
        sa.UniqueConstraint("media_id", "model_id", "target"),
    )
    op.create_table(
        "annotator", pk(),
        sa.Column("name", sa.Text, nullable=False, unique=True),
        moment("added_at", nullable=False),
    )
    op.create_table(
        "label_event", pk("seq"),
        sa.Column("id", sa.String(36), nullable=False, unique=True),
        media(),
        sa.Column("annotator_id", key, sa.ForeignKey("annotator.id"), nullable=False, index=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("taxon", sa.Text),
        sa.Column("reason", sa.String(24), nullable=False),
        sa.Column("shown_prediction_id", key, sa.ForeignKey("prediction.id"), index=True),
        sa.Column("shown_taxon", sa.Text),
        moment("displayed_at"),
        moment("acted_at", nullable=False),
        moment("received_at", nullable=False),
        sa.Column("session", sa.Text, nullable=False),
        sa.Column("comment", sa.Text, nullable=False),
        sa.Column("undoes", sa.String(36), sa.ForeignKey("label_event.id"), index=True),
        sa.CheckConstraint("kind IN ('assert', 'confirm', 'not_animal', 'undo')"),
        sa.CheckConstraint("(kind IN ('assert', 'confirm')) = (taxon IS NOT NULL)"),
        sa.CheckConstraint("(kind = 'undo') = (undoes IS NOT NULL)"),
        sa.CheckConstraint("reason IN ('none', 'cannot_go_finer', 'not_the_suggested')"),
    )
    op.create_table(
        "current_label",
        sa.Column("media_id", key, sa.ForeignKey("media.id"), primary_key=True),
        sa.Column("taxon", sa.Text, index=True),
        sa.Column("event_id", sa.String(36), nullable=False),
        sa.Column("annotator", sa.Text, nullable=False),
        sa.Column("votes", sa.Integer, nullable=False),
        sa.Column("voters", sa.Integer, nullable=False),
        sa.Column("seq", sa.Integer, nullable=False),
    )
    _make_append_only()


def _make_append_only() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for table in _LEDGER:
            for verb in ("UPDATE", "DELETE"):
                op.execute(
                    f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: no {verb} on {table}'); END"
                )
        return
    op.execute(
        "CREATE FUNCTION refuse_change() RETURNS trigger AS $$ BEGIN "
        "RAISE EXCEPTION 'the ledger is append-only: no % on %', TG_OP, TG_TABLE_NAME; "
        "END $$ LANGUAGE plpgsql"
    )
    for table in _LEDGER:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    """Refuse: going back would drop people's work. Restore the copy made before the migration."""
    raise NotImplementedError("restore the copy of the database that was made before the migration")
