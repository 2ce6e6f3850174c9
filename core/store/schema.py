"""Tables of the store. `LEDGER` tables only ever grow; triggers refuse anything else.

Migrations create these tables; this module is how the code speaks to them. A test holds the two
together.
"""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

metadata = sa.MetaData()


class UtcDateTime(sa.types.TypeDecorator[datetime]):
    """Aware datetimes, kept as UTC text in ISO 8601 so that every database sorts them alike."""

    impl = sa.String(32)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> str | None:
        """Refuse naive datetimes: a time without a zone is a guess."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("times in the ledger need a time zone")
        return value.astimezone(UTC).isoformat(timespec="microseconds")

    def process_result_value(self, value: str | None, dialect: Any) -> datetime | None:
        """Return an aware datetime in UTC."""
        return None if value is None else datetime.fromisoformat(value)


_id = sa.Integer().with_variant(sa.BigInteger(), "postgresql")

media = sa.Table(
    "media",
    metadata,
    sa.Column("id", _id, primary_key=True, autoincrement=True),
    sa.Column("sha256", sa.String(64), nullable=False, unique=True),
    sa.Column("bytes", sa.Integer, nullable=False),
    sa.Column("width", sa.Integer, nullable=False),
    sa.Column("height", sa.Integer, nullable=False),
    sa.Column("format", sa.String(16), nullable=False),
    sa.Column("added_at", UtcDateTime, nullable=False),
)

media_source = sa.Table(
    "media_source",
    metadata,
    sa.Column("id", _id, primary_key=True, autoincrement=True),
    sa.Column("media_id", sa.ForeignKey("media.id"), nullable=False, index=True),
    sa.Column("original_name", sa.Text, nullable=False),
    sa.Column("door", sa.String(16), nullable=False),
    sa.Column("added_at", UtcDateTime, nullable=False),
    sa.UniqueConstraint("media_id", "original_name", "door"),
)

capture_time = sa.Table(
    "capture_time",
    metadata,
    sa.Column("id", _id, primary_key=True, autoincrement=True),
    sa.Column("media_id", sa.ForeignKey("media.id"), nullable=False, index=True),
    sa.Column("captured_at", sa.String(32)),  # local time in ISO 8601, with offset only if known
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("added_at", UtcDateTime, nullable=False),
)

# Exact positions live apart, so that whatever lists photos cannot leak them by accident.
capture_place = sa.Table(
    "capture_place",
    metadata,
    sa.Column("id", _id, primary_key=True, autoincrement=True),
    sa.Column("media_id", sa.ForeignKey("media.id"), nullable=False, index=True),
    sa.Column("latitude", sa.Float, sa.CheckConstraint("latitude BETWEEN -90 AND 90")),
    sa.Column("longitude", sa.Float, sa.CheckConstraint("longitude BETWEEN -180 AND 180")),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("added_at", UtcDateTime, nullable=False),
    sa.CheckConstraint("(latitude IS NULL) = (longitude IS NULL)"),
)

model_version = sa.Table(
    "model_version",
    metadata,
    sa.Column("id", _id, primary_key=True, autoincrement=True),
    sa.Column("weights_sha256", sa.String(64), nullable=False, unique=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("version", sa.Text, nullable=False),
    sa.Column("architecture", sa.Text, nullable=False),
    sa.Column("taxonomy_sha256", sa.String(64), nullable=False),
    sa.Column("calibration", sa.JSON, nullable=False),
    sa.Column("added_at", UtcDateTime, nullable=False),
)

prediction = sa.Table(
    "prediction",
    metadata,
    sa.Column("id", _id, primary_key=True, autoincrement=True),
    sa.Column("media_id", sa.ForeignKey("media.id"), nullable=False, index=True),
    sa.Column("model_id", sa.ForeignKey("model_version.id"), nullable=False, index=True),
    sa.Column("target", sa.Float, nullable=False),
    sa.Column("outcome", sa.String(16), nullable=False),
    sa.Column("displayed", sa.Text),
    sa.Column("confidence", sa.Float, nullable=False),
    sa.Column("blank", sa.Float, nullable=False),
    sa.Column("top_k", sa.JSON, nullable=False),
    sa.Column("made_at", UtcDateTime, nullable=False),
    sa.UniqueConstraint("media_id", "model_id", "target"),
)

annotator = sa.Table(
    "annotator",
    metadata,
    sa.Column("id", _id, primary_key=True, autoincrement=True),
    sa.Column("name", sa.Text, nullable=False, unique=True),
    sa.Column("added_at", UtcDateTime, nullable=False),
)

label_event = sa.Table(
    "label_event",
    metadata,
    sa.Column("seq", _id, primary_key=True, autoincrement=True),
    sa.Column("id", sa.String(36), nullable=False, unique=True),
    sa.Column("media_id", sa.ForeignKey("media.id"), nullable=False, index=True),
    sa.Column("annotator_id", sa.ForeignKey("annotator.id"), nullable=False, index=True),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("taxon", sa.Text),
    sa.Column("reason", sa.String(24), nullable=False),
    sa.Column("shown_prediction_id", sa.ForeignKey("prediction.id"), index=True),
    sa.Column("shown_taxon", sa.Text),
    sa.Column("displayed_at", UtcDateTime),
    sa.Column("acted_at", UtcDateTime, nullable=False),
    sa.Column("received_at", UtcDateTime, nullable=False),
    sa.Column("session", sa.Text, nullable=False),
    sa.Column("comment", sa.Text, nullable=False),
    sa.Column("undoes", sa.ForeignKey("label_event.id"), index=True),
    sa.CheckConstraint("kind IN ('assert', 'confirm', 'not_animal', 'undo')"),
    sa.CheckConstraint("(kind IN ('assert', 'confirm')) = (taxon IS NOT NULL)"),
    sa.CheckConstraint("(kind = 'undo') = (undoes IS NOT NULL)"),
    sa.CheckConstraint("reason IN ('none', 'cannot_go_finer', 'not_the_suggested')"),
)

# A cache: drop it, replay the ledger, and the same rows come back (see Ledger.rebuild_labels).
current_label = sa.Table(
    "current_label",
    metadata,
    sa.Column("media_id", sa.ForeignKey("media.id"), primary_key=True),
    sa.Column("taxon", sa.Text, index=True),
    sa.Column("event_id", sa.String(36), nullable=False),
    sa.Column("annotator", sa.Text, nullable=False),
    sa.Column("votes", sa.Integer, nullable=False),
    sa.Column("voters", sa.Integer, nullable=False),
    sa.Column("seq", sa.Integer, nullable=False),
)

# Lists of what lives where, given by people; nothing is deleted, a list is only taken out of use.
checklist = sa.Table(
    "checklist",
    metadata,
    sa.Column("id", _id, primary_key=True, autoincrement=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("sha256", sa.String(64), nullable=False),
    sa.Column("added_at", UtcDateTime, nullable=False),
    sa.Column("in_use", sa.Boolean, nullable=False),
)

checklist_entry = sa.Table(
    "checklist_entry",
    metadata,
    sa.Column("id", _id, primary_key=True, autoincrement=True),
    sa.Column("checklist_id", sa.ForeignKey("checklist.id"), nullable=False, index=True),
    sa.Column("taxon", sa.Text, nullable=False, index=True),
    sa.Column("country", sa.String(3), nullable=False),
    sa.Column("region", sa.String(8), nullable=False),
    sa.Column("presence", sa.String(16), nullable=False),
    sa.Column("date", sa.String(10), nullable=False),
)

# What other databases said when they were asked; the newest row counts.
external_record = sa.Table(
    "external_record",
    metadata,
    sa.Column("id", _id, primary_key=True, autoincrement=True),
    sa.Column("taxon", sa.Text, nullable=False, index=True),
    sa.Column("source", sa.String(16), nullable=False),
    sa.Column("outcome", sa.String(16), nullable=False),
    sa.Column("payload", sa.JSON, nullable=False),
    sa.Column("fetched_at", UtcDateTime, nullable=False),
    sa.CheckConstraint("outcome IN ('found', 'doubtful', 'unknown')"),
)

LEDGER = (
    media,
    media_source,
    capture_time,
    capture_place,
    model_version,
    prediction,
    annotator,
    label_event,
)
