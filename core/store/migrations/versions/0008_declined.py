"""Models that somebody decided not to let answer.

Shipped migrations are never edited; what they create is written out here, not imported.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Create the table; nothing that exists is touched."""
    op.create_table(
        "declined_model",
        sa.Column(
            "id", sa.Integer().with_variant(sa.BigInteger(), "postgresql"), primary_key=True, autoincrement=True
        ),
        sa.Column("name", sa.Text, nullable=False, index=True),
        sa.Column("declined_by", sa.Text, nullable=False),
        sa.Column("declined_at", sa.String(32), nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("withdrawn", sa.Boolean, nullable=False),
    )
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER declined_model_no_{verb.lower()} BEFORE {verb} ON declined_model "
                f"BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: no {verb} on declined_model'); END"
            )
        return
    op.execute(
        "CREATE TRIGGER declined_model_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON declined_model "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    """Refuse: going back would drop people's decisions. Restore the copy made before the migration."""
    raise NotImplementedError("restore the copy of the database that was made before the migration")
