"""Checklists that people give, and what other databases answered.

Shipped migrations are never edited; what they create is written out here, not imported.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Create three tables; nothing that is there is touched."""
    key = sa.Integer().with_variant(sa.BigInteger(), "postgresql")
    pk = lambda: sa.Column("id", key, primary_key=True, autoincrement=True)

    op.create_table(
        "checklist", pk(),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("added_at", sa.String(32), nullable=False),
        sa.Column("in_use", sa.Boolean, nullable=False),
    )
    op.create_table(
        "checklist_entry", pk(),
        sa.Column("checklist_id", key, sa.ForeignKey("checklist.id"), nullable=False, index=True),
        sa.Column("taxon", sa.Text, nullable=False, index=True),
        sa.Column("country", sa.String(3), nullable=False),
        sa.Column("region", sa.String(8), nullable=False),
        sa.Column("presence", sa.String(16), nullable=False),
        sa.Column("date", sa.String(10), nullable=False),
    )
    op.create_table(
        "external_record", pk(),
        sa.Column("taxon", sa.Text, nullable=False, index=True),
        sa.Column("source", sa.String(16), nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("payload", sa.JSON, nullable=False),
        sa.Column("fetched_at", sa.String(32), nullable=False),
        sa.CheckConstraint("outcome IN ('found', 'doubtful', 'unknown')"),
    )


def downgrade() -> None:
    """Refuse: going back would drop people's lists. Restore the copy made before the migration."""
    raise NotImplementedError("restore the copy of the database that was made before the migration")
