"""Find the next photo of a lane or a species, and what is new, without going through all.

Shipped migrations are never edited; what they create is written out here, not imported.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Create three indexes; no row is touched."""
    op.create_index(
        "ix_queue_entry_lane", "queue_entry", ["lane", "is_open", "audit", sa.text("priority DESC"), "media_id"]
    )
    op.create_index("ix_queue_entry_prediction_id", "queue_entry", ["prediction_id"])
    op.create_index("ix_prediction_displayed", "prediction", ["displayed"])


def downgrade() -> None:
    """Refuse: an index is nothing to go back for, and the step before refuses too."""
    raise NotImplementedError("restore the copy of the database that was made before the migration")
