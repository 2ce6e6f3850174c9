"""Remember who tried to sign in, so that nobody can guess for ever.

Shipped migrations are never edited; what they create is written out here, not imported.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Create a table; nothing that exists is touched."""
    key = sa.Integer().with_variant(sa.BigInteger(), "postgresql")
    op.create_table(
        "sign_in_try",
        sa.Column("id", key, primary_key=True, autoincrement=True),
        sa.Column("name_sha256", sa.String(64), nullable=False, index=True),
        sa.Column("tried_at", sa.String(32), nullable=False, index=True),
    )


def downgrade() -> None:
    """Refuse: the step before refuses too."""
    raise NotImplementedError("restore the copy of the database that was made before the migration")
