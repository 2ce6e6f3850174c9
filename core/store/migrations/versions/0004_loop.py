"""From corrections to a better model: splits, datasets, jobs, trained models, promotions, flips.

Shipped migrations are never edited; what they create is written out here, not imported.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Create the tables; nothing that exists is touched."""
    key = sa.Integer().with_variant(sa.BigInteger(), "postgresql")
    pk = lambda: sa.Column("id", key, primary_key=True, autoincrement=True)
    moment = lambda name, nullable=False: sa.Column(name, sa.String(32), nullable=nullable)
    link = lambda name, to, nullable=False: sa.Column(name, key, sa.ForeignKey(to), nullable=nullable, index=True)

    op.create_table(
        "split_group", pk(),
        sa.Column("group_key", sa.String(64), nullable=False, unique=True),
        sa.Column("split", sa.String(8), nullable=False),
        sa.Column("policy", sa.Integer, nullable=False),
        moment("added_at"),
        sa.CheckConstraint("split IN ('train', 'val', 'test', 'none')"),
    )
    op.create_table(
        "split_member", pk(), link("media_id", "media.id"), link("group_id", "split_group.id"), moment("added_at")
    )
    op.create_table(
        "dataset_manifest", pk(),
        sa.Column("sha256", sa.String(64), nullable=False, unique=True),
        sa.Column("last_seq", sa.Integer, nullable=False),
        sa.Column("taxonomy_sha256", sa.String(64), nullable=False),
        moment("added_at"),
    )
    op.create_table(
        "manifest_row", pk(), link("manifest_id", "dataset_manifest.id"), link("media_id", "media.id"),
        sa.Column("event_id", sa.String(36), sa.ForeignKey("label_event.id"), nullable=False, index=True),
        sa.Column("taxon", sa.Text),
        sa.Column("split", sa.String(8), nullable=False),
        sa.Column("weight", sa.Float, nullable=False),
        sa.Column("left_out", sa.String(24)),
    )
    op.create_table(
        "trained_model", pk(), link("manifest_id", "dataset_manifest.id"),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("weights_sha256", sa.String(64), nullable=False),
        sa.Column("parent_sha256", sa.String(64), nullable=False),
        sa.Column("passes", sa.Boolean, nullable=False),
        sa.Column("report", sa.JSON, nullable=False),
        moment("added_at"),
    )
    op.create_table(
        "promotion", pk(),
        sa.Column("from_name", sa.Text, nullable=False),
        sa.Column("to_name", sa.Text, nullable=False),
        sa.Column("promoted_by", sa.Text, nullable=False),
        moment("promoted_at"),
        link("trained_model_id", "trained_model.id", nullable=True),
    )
    op.create_table(
        "flip", pk(), link("media_id", "media.id"),
        sa.Column("old_model", sa.String(64), nullable=False),
        sa.Column("new_model", sa.String(64), nullable=False),
        sa.Column("old_taxon", sa.Text),
        sa.Column("new_taxon", sa.Text),
        moment("added_at"),
        sa.UniqueConstraint("media_id", "old_model", "new_model"),
    )
    op.create_table(
        "job", pk(),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("payload", sa.JSON, nullable=False),
        sa.Column("requested_by", sa.Text, nullable=False),
        moment("created_at"),
        moment("started_at", nullable=True),
        moment("ended_at", nullable=True),
        moment("heartbeat_at", nullable=True),
        sa.Column("host", sa.Text, nullable=False),
        sa.Column("pid", sa.Integer),
        sa.Column("cancel", sa.Boolean, nullable=False),
        sa.Column("stage", sa.Text, nullable=False),
        sa.Column("progress", sa.Float, nullable=False),
        sa.Column("remaining_s", sa.Float),
        sa.Column("curve", sa.JSON, nullable=False),
        sa.Column("log", sa.Text, nullable=False),
        sa.Column("result", sa.JSON),
        sa.Column("problem", sa.Text, nullable=False),
        sa.CheckConstraint("kind IN ('train', 'evaluate', 'identify')"),
        sa.CheckConstraint("state IN ('queued', 'running', 'done', 'failed', 'cancelled', 'stopped')"),
        sa.CheckConstraint("progress BETWEEN 0 AND 1"),
    )
    for table in (
        "split_group", "split_member", "dataset_manifest", "manifest_row", "trained_model", "promotion", "flip"
    ):  # fmt: skip
        _make_append_only(table)


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
