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
    sa.Column("captured_at", sa.String(32), index=True),  # local time in ISO 8601, with offset only if known
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
    sa.Column("action", sa.String(36)),  # shared by the rows of one bulk act
    sa.Column("lane", sa.String(16)),
    sa.Column("blind", sa.Boolean, nullable=False, default=False),
    sa.Column("subject", sa.String(36)),  # another animal in the photo; the main one has none
    sa.Column("certainty", sa.String(16)),
    sa.Column("count", sa.Integer),
    sa.Column("sex", sa.String(16)),
    sa.Column("life_stage", sa.String(16)),
    sa.Column("behaviour", sa.Text),
    sa.Column("individual", sa.Text),
    sa.Column("boxes", sa.JSON(none_as_null=True)),
    sa.CheckConstraint(
        "kind IN ('assert', 'confirm', 'not_animal', 'undo', 'skip', 'flag', 'person', 'note', 'boxes')"
    ),
    sa.CheckConstraint("(kind IN ('assert', 'confirm')) = (taxon IS NOT NULL)"),
    sa.CheckConstraint("(kind = 'undo') = (undoes IS NOT NULL)"),
    sa.CheckConstraint("(kind = 'boxes') = (boxes IS NOT NULL)"),
    sa.CheckConstraint("reason IN ('none', 'cannot_go_finer', 'not_the_suggested')"),
    sa.CheckConstraint("certainty IN ('sure', 'probable', 'guess')"),
    sa.CheckConstraint("count >= 1"),
    sa.CheckConstraint("sex IN ('female', 'male')"),
    sa.CheckConstraint("life_stage IN ('adult', 'subadult', 'juvenile')"),
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
_contested = current_label.c.votes < current_label.c.voters
sa.Index(
    "ix_current_label_contested",
    current_label.c.media_id,
    sqlite_where=_contested,
    postgresql_where=_contested,
)

# The marks that stand on a photo (a flag, a person in frame): a cache like `current_label`.
current_mark = sa.Table(
    "current_mark",
    metadata,
    sa.Column("media_id", sa.ForeignKey("media.id"), primary_key=True),
    sa.Column("kind", sa.String(16), primary_key=True),
    sa.Column("event_id", sa.String(36), nullable=False),
)

# Which camera at which place took a photo; the newest row counts, as for time and place.
capture_deployment = sa.Table(
    "capture_deployment",
    metadata,
    sa.Column("id", _id, primary_key=True, autoincrement=True),
    sa.Column("media_id", sa.ForeignKey("media.id"), nullable=False, index=True),
    sa.Column("deployment", sa.Text, nullable=False, index=True),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("added_at", UtcDateTime, nullable=False),
)

# How photos were grouped into events: another gap is another rule, and old groupings stay readable.
event_rule = sa.Table(
    "event_rule",
    metadata,
    sa.Column("id", _id, primary_key=True, autoincrement=True),
    sa.Column("gap_seconds", sa.Integer, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("added_at", UtcDateTime, nullable=False),
    sa.CheckConstraint("gap_seconds >= 0"),
)

event = sa.Table(
    "event",
    metadata,
    sa.Column("id", _id, primary_key=True, autoincrement=True),
    sa.Column("rule_id", sa.ForeignKey("event_rule.id"), nullable=False, index=True),
    sa.Column("deployment", sa.Text, nullable=False),
    sa.Column("starts", sa.String(32), nullable=False),  # local time, ISO 8601, as in `capture_time`
    sa.Column("ends", sa.String(32), nullable=False),
)

sa.Index("ix_event_deployment", event.c.rule_id, event.c.deployment)

event_media = sa.Table(
    "event_media",
    metadata,
    sa.Column("rule_id", sa.ForeignKey("event_rule.id"), primary_key=True),
    sa.Column("media_id", sa.ForeignKey("media.id"), primary_key=True),
    sa.Column("event_id", sa.ForeignKey("event.id"), nullable=False, index=True),
    sa.Column("position", sa.Integer, nullable=False),
)

# Where a photo stands in the queue: derived, and built again whenever needed. What its prediction says stands here too, so that
# an index alone answers filters; `labelled_by` has the ids of those whose label stands, as in "|3|17|", "" for nobody.
queue_entry = sa.Table(
    "queue_entry",
    metadata,
    sa.Column("media_id", sa.ForeignKey("media.id"), primary_key=True),
    sa.Column("prediction_id", sa.ForeignKey("prediction.id"), nullable=False),
    sa.Column("lane", sa.String(16), nullable=False),
    sa.Column("priority", sa.Float, nullable=False),
    sa.Column("is_open", sa.Boolean, nullable=False),
    sa.Column("audit", sa.Boolean, nullable=False),
    sa.Column("displayed", sa.Text),
    sa.Column("confidence", sa.Float, nullable=False),
    sa.Column("model_id", sa.ForeignKey("model_version.id"), nullable=False),
    sa.Column("labelled_by", sa.Text, nullable=False),
)
_order = (
    queue_entry.c.is_open,
    queue_entry.c.audit,
    queue_entry.c.priority.desc(),
    queue_entry.c.media_id,
)
_asked = [queue_entry.c[name] for name in ("displayed", "confidence", "lane", "model_id", "labelled_by")]
sa.Index("ix_queue_entry_next", *_order, *_asked)
for _first in (queue_entry.c.lane, queue_entry.c.displayed):
    sa.Index(f"ix_queue_entry_{_first.name}", _first, *_order, *(one for one in _asked if one is not _first))
sa.Index("ix_queue_entry_prediction_id", queue_entry.c.prediction_id)

account = sa.Table(
    "account",
    metadata,
    sa.Column("annotator_id", sa.ForeignKey("annotator.id"), primary_key=True),
    sa.Column("role", sa.String(16), nullable=False),
    sa.Column("password_hash", sa.Text, nullable=False),
    sa.Column("active", sa.Boolean, nullable=False),
    sa.Column("changed_at", UtcDateTime, nullable=False),
    sa.CheckConstraint("role IN ('annotator', 'expert', 'manager')"),
)

# Tries to sign in that have not led in; they are forgotten when they are old, and when one does. Only the hash of the name is
# kept, since people type passwords there by mistake.
sign_in_try = sa.Table(
    "sign_in_try",
    metadata,
    sa.Column("id", _id, primary_key=True, autoincrement=True),
    sa.Column("name_sha256", sa.String(64), nullable=False, index=True),
    sa.Column("tried_at", UtcDateTime, nullable=False, index=True),
)

# Who is looking at a photo just now, so that two people are not given the same one; it runs out by itself.
lease = sa.Table(
    "lease",
    metadata,
    sa.Column("media_id", sa.ForeignKey("media.id"), primary_key=True),
    sa.Column("annotator_id", sa.ForeignKey("annotator.id"), nullable=False, index=True),
    sa.Column("expires_at", UtcDateTime, nullable=False),
)

# Photos with a known answer, shown blind to see how well people do; `taxon` is NULL for no animal.
gold = sa.Table(
    "gold",
    metadata,
    sa.Column("id", _id, primary_key=True, autoincrement=True),
    sa.Column("media_id", sa.ForeignKey("media.id"), nullable=False, index=True),
    sa.Column("taxon", sa.Text),
    sa.Column("annotator_id", sa.ForeignKey("annotator.id"), nullable=False),
    sa.Column("added_at", UtcDateTime, nullable=False),
    sa.Column("in_use", sa.Boolean, nullable=False),
)

# How many people must look at a photo; the newest row counts.
review_policy = sa.Table(
    "review_policy",
    metadata,
    sa.Column("id", _id, primary_key=True, autoincrement=True),
    sa.Column("name", sa.String(32), nullable=False),
    sa.Column("annotator_id", sa.ForeignKey("annotator.id")),
    sa.Column("added_at", UtcDateTime, nullable=False),
)

saved_filter = sa.Table(
    "saved_filter",
    metadata,
    sa.Column("id", _id, primary_key=True, autoincrement=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("query", sa.Text, nullable=False),
    sa.Column("annotator_id", sa.ForeignKey("annotator.id"), nullable=False),
    sa.Column("assignee_id", sa.ForeignKey("annotator.id"), index=True),
    sa.Column("added_at", UtcDateTime, nullable=False),
    sa.Column("in_use", sa.Boolean, nullable=False),
)

# Perceptual hash of a photo, 64 bits as hexadecimal text, to find near-duplicates.
media_hash = sa.Table(
    "media_hash",
    metadata,
    sa.Column("media_id", sa.ForeignKey("media.id"), primary_key=True),
    sa.Column("perceptual", sa.String(16), nullable=False),
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
    capture_deployment,
    model_version,
    prediction,
    annotator,
    label_event,
)
