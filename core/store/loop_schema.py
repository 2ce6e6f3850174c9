"""Tables of the way from corrections to a better model: splits, datasets, jobs, models, who answers.

All but `job` only ever grow; they are in `GROWING`, as those of `core.store.schema` are in `LEDGER`.
"""

import sqlalchemy as sa

from core.store.schema import UtcDateTime, metadata

_id = sa.Integer().with_variant(sa.BigInteger(), "postgresql")

# A group of photos that belong together is in one split for ever; "none" keeps it out of all of them.
split_group = sa.Table(
    "split_group",
    metadata,
    sa.Column("id", _id, primary_key=True, autoincrement=True),
    sa.Column("group_key", sa.String(64), nullable=False, unique=True),
    sa.Column("split", sa.String(8), nullable=False),
    sa.Column("policy", sa.Integer, nullable=False),
    sa.Column("added_at", UtcDateTime, nullable=False),
    sa.CheckConstraint("split IN ('train', 'val', 'test', 'none')"),
)

# Which group a photo is in; the newest row counts, a later one only ever leads to a group in quarantine.
split_member = sa.Table(
    "split_member",
    metadata,
    sa.Column("id", _id, primary_key=True, autoincrement=True),
    sa.Column("media_id", sa.ForeignKey("media.id"), nullable=False, index=True),
    sa.Column("group_id", sa.ForeignKey("split_group.id"), nullable=False, index=True),
    sa.Column("added_at", UtcDateTime, nullable=False),
)

# What a model was to learn from, frozen: `last_seq` is how far the ledger was read.
dataset_manifest = sa.Table(
    "dataset_manifest",
    metadata,
    sa.Column("id", _id, primary_key=True, autoincrement=True),
    sa.Column("sha256", sa.String(64), nullable=False, unique=True),
    sa.Column("last_seq", sa.Integer, nullable=False),
    sa.Column("taxonomy_sha256", sa.String(64), nullable=False),
    sa.Column("added_at", UtcDateTime, nullable=False),
)

manifest_row = sa.Table(
    "manifest_row",
    metadata,
    sa.Column("id", _id, primary_key=True, autoincrement=True),
    sa.Column("manifest_id", sa.ForeignKey("dataset_manifest.id"), nullable=False, index=True),
    sa.Column("media_id", sa.ForeignKey("media.id"), nullable=False, index=True),
    sa.Column("event_id", sa.ForeignKey("label_event.id"), nullable=False, index=True),
    sa.Column("taxon", sa.Text),  # NULL for no animal
    sa.Column("split", sa.String(8), nullable=False),
    sa.Column("weight", sa.Float, nullable=False),
    sa.Column("left_out", sa.String(24)),  # why; NULL where the row was used
)

# A model that came out of a dataset, and whether it may take the old one's place.
trained_model = sa.Table(
    "trained_model",
    metadata,
    sa.Column("id", _id, primary_key=True, autoincrement=True),
    sa.Column("manifest_id", sa.ForeignKey("dataset_manifest.id"), nullable=False, index=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("weights_sha256", sa.String(64), nullable=False),
    sa.Column("parent_sha256", sa.String(64), nullable=False),
    sa.Column("passes", sa.Boolean, nullable=False),
    sa.Column("report", sa.JSON, nullable=False),
    sa.Column("added_at", UtcDateTime, nullable=False),
)

# Which model answers: the newest row. A rollback is one more row.
promotion = sa.Table(
    "promotion",
    metadata,
    sa.Column("id", _id, primary_key=True, autoincrement=True),
    sa.Column("from_name", sa.Text, nullable=False),
    sa.Column("to_name", sa.Text, nullable=False),
    sa.Column("promoted_by", sa.Text, nullable=False),
    sa.Column("promoted_at", UtcDateTime, nullable=False),
    sa.Column("trained_model_id", sa.ForeignKey("trained_model.id"), index=True),  # holds the gate's report
)

# Which model somebody decided not to let answer: the newest row of a name, unless it was promoted since.
declined_model = sa.Table(
    "declined_model",
    metadata,
    sa.Column("id", _id, primary_key=True, autoincrement=True),
    sa.Column("name", sa.Text, nullable=False, index=True),
    sa.Column("declined_by", sa.Text, nullable=False),
    sa.Column("declined_at", UtcDateTime, nullable=False),
    sa.Column("why", sa.Text, nullable=False),
    sa.Column("withdrawn", sa.Boolean, nullable=False),
)

# Photos of which a new model says something else than the old one: worth a look.
flip = sa.Table(
    "flip",
    metadata,
    sa.Column("id", _id, primary_key=True, autoincrement=True),
    sa.Column("media_id", sa.ForeignKey("media.id"), nullable=False, index=True),
    sa.Column("old_model", sa.String(64), nullable=False),
    sa.Column("new_model", sa.String(64), nullable=False),
    sa.Column("old_taxon", sa.Text),
    sa.Column("new_taxon", sa.Text),
    sa.Column("added_at", UtcDateTime, nullable=False),
    sa.UniqueConstraint("media_id", "old_model", "new_model"),
)

# Work that takes minutes, done by a process of its own; the row is how both sides know of each other.
job = sa.Table(
    "job",
    metadata,
    sa.Column("id", _id, primary_key=True, autoincrement=True),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("payload", sa.JSON, nullable=False),
    sa.Column("requested_by", sa.Text, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("started_at", UtcDateTime),
    sa.Column("ended_at", UtcDateTime),
    sa.Column("heartbeat_at", UtcDateTime),
    sa.Column("host", sa.Text, nullable=False),
    sa.Column("pid", sa.Integer),
    sa.Column("cancel", sa.Boolean, nullable=False),
    sa.Column("stage", sa.Text, nullable=False),
    sa.Column("progress", sa.Float, nullable=False),
    sa.Column("remaining_s", sa.Float),
    sa.Column("curve", sa.JSON, nullable=False),
    sa.Column("log", sa.Text, nullable=False),
    sa.Column("result", sa.JSON(none_as_null=True)),
    sa.Column("problem", sa.Text, nullable=False),
    sa.CheckConstraint("kind IN ('train', 'evaluate', 'identify')"),
    sa.CheckConstraint("state IN ('queued', 'running', 'done', 'failed', 'cancelled', 'stopped')"),
    sa.CheckConstraint("progress BETWEEN 0 AND 1"),
)

GROWING = (
    split_group, split_member, dataset_manifest, manifest_row, trained_model, promotion, declined_model, flip
)  # fmt: skip
