"""Read and append. Nothing here changes or deletes what a person or a model once said."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from core.decision import Answer
from core.errors import StoreError, UnfitEvent
from core.media import Photo
from core.store import schema as t
from core.store.current import refresh
from core.store.engine import MOST_VALUES, annotator_id, insert_all_once, insert_once, media_ids, writing
from core.store.fold import Act, fold
from core.store.records import (
    Box,
    CaptureFacts,
    Certainty,
    CurrentLabel,
    Details,
    EventKind,
    HigherRankReason,
    LabelEvent,
    LabelRow,
    LifeStage,
    ModelIdentity,
    Sex,
    StoredPrediction,
)
from core.taxonomy import BLANK


class Ledger:
    """The store's one door. Every method is one transaction and safe from any thread."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    # --- photos and predictions -------------------------------------------------------------

    def add_photo(self, photo: Photo, *, size: int, door: str, at: datetime, deployment: str = "") -> None:
        """Remember a photo by its hash, the name it came with, and its EXIF time and place.

        Args:
            size: Length of the file in bytes.
            door: `"app"` or `"cli"`.
            deployment: Which camera at which place took it, such as the name of its folder; `""` if unknown.
        """
        with writing(self._engine) as connection:
            is_new = insert_once(
                connection, t.media,
                sha256=photo.sha256, bytes=size, width=photo.width, height=photo.height,
                format=photo.format, added_at=at,
            )  # fmt: skip
            media_id = self._media_id(connection, photo.sha256)
            insert_once(
                connection, t.media_source,
                media_id=media_id, original_name=photo.name, door=door, added_at=at,
            )  # fmt: skip
            capture = photo.capture
            if is_new and capture.at is not None:
                self._insert_time(connection, media_id, capture.at.isoformat(), "exif", at)
            if is_new and capture.position is not None:
                place = (capture.position.latitude, capture.position.longitude)
                self._insert_place(connection, media_id, place, "exif", at)
            if is_new and deployment:
                connection.execute(
                    t.capture_deployment.insert().values(
                        media_id=media_id, deployment=deployment, source=door, added_at=at
                    )
                )

    def add_capture(
        self,
        sha256: str,
        *,
        source: str,
        at: datetime,
        captured_at: str | None = None,
        place: tuple[float, float] | None = None,
    ) -> None:
        """Append what a person says about when (local time, ISO 8601) and where a photo was taken.

        Raises:
            StoreError: Unknown photo, or a place outside the Earth.
        """
        try:
            with writing(self._engine) as connection:
                media_id = self._media_id(connection, sha256)
                self._insert_time(connection, media_id, captured_at, source, at)
                self._insert_place(connection, media_id, place, source, at)
        except sa.exc.IntegrityError as error:
            raise StoreError(f"latitude is -90 to 90 and longitude -180 to 180, not {place}") from error

    def add_prediction(self, sha256: str, model: ModelIdentity, answer: Answer, *, at: datetime) -> int:
        """Remember what a model said and what was displayed; the same again returns the first's id.

        Raises:
            StoreError: Unknown photo.
        """
        with writing(self._engine) as connection:
            media_id = self._media_id(connection, sha256)
            insert_once(
                connection, t.model_version,
                weights_sha256=model.weights_sha256, name=model.name, version=model.version,
                architecture=model.architecture, taxonomy_sha256=model.taxonomy_sha256,
                calibration={"temperature": model.temperature}, added_at=at,
            )  # fmt: skip
            models = t.model_version.c
            model_id = connection.execute(
                sa.select(models.id).where(models.weights_sha256 == model.weights_sha256)
            ).scalar_one()
            insert_once(
                connection, t.prediction,
                media_id=media_id, model_id=model_id, target=answer.target,
                outcome=answer.outcome.value, displayed=displayed_taxon(answer),
                confidence=answer.confidence, blank=answer.blank,
                top_k=[[c.taxon.id, c.probability] for c in answer.candidates], made_at=at,
            )  # fmt: skip
            p = t.prediction.c
            return int(
                connection.execute(
                    sa.select(p.id).where(
                        p.media_id == media_id, p.model_id == model_id, p.target == answer.target
                    )
                ).scalar_one()
            )

    def predictions(self, sha256: str) -> list[StoredPrediction]:
        """Return all predictions for a photo, oldest first."""
        p, m = t.prediction.c, t.model_version.c
        query = (
            sa.select(t.prediction, m.weights_sha256)
            .join(t.media).join(t.model_version)
            .where(t.media.c.sha256 == sha256).order_by(p.id)
        )  # fmt: skip
        with self._engine.connect() as connection:
            return [
                StoredPrediction(
                    id=row.id, sha256=sha256, model_sha256=row.weights_sha256, outcome=row.outcome,
                    displayed=row.displayed, confidence=row.confidence, target=row.target,
                    blank=row.blank, top_k=tuple((name, p) for name, p in row.top_k),
                    made_at=row.made_at,
                )
                for row in connection.execute(query)
            ]  # fmt: skip

    def capture(self, sha256: str) -> CaptureFacts:
        """Return the newest time and exact place of a photo."""
        with self._engine.connect() as connection:
            media_id = self._media_id(connection, sha256)
            time = self._newest(connection, t.capture_time, media_id)
            place = self._newest(connection, t.capture_place, media_id)
        return CaptureFacts(
            captured_at=time.captured_at if time else None,
            latitude=place.latitude if place else None,
            longitude=place.longitude if place else None,
            source=(time or place).source if time or place else "exif",
        )

    # --- what people say --------------------------------------------------------------------

    def append(self, event: LabelEvent, *, received_at: datetime) -> bool:
        """Append one act and bring the photo's current label up to date.

        Returns:
            Whether it was new; an act with a known id changes nothing.

        Raises:
            StoreError: Unknown photo, an undo of another photo's or an unknown event, or an act
                that contradicts itself (such as a correction without a taxon, or without a time zone).
        """
        try:
            with writing(self._engine) as connection:
                return bool(self._append(connection, [event], received_at))
        except sa.exc.IntegrityError as error:
            raise UnfitEvent(f"this label contradicts itself: {error.orig}") from error
        except sa.exc.StatementError as error:
            if isinstance(error.orig, ValueError):  # a time without a zone
                raise UnfitEvent(f"this label cannot be stored: {error.orig}") from error
            raise

    def append_all(self, events: Sequence[LabelEvent], *, received_at: datetime) -> dict[UUID, str]:
        """Append acts in their order, all in one transaction if none is at fault, else one by one.

        Returns:
            Why an act was refused, by id; all others are kept.

        Raises:
            StoreError: The database refuses to store anything; see `core.store.engine.writing`.
        """
        try:
            with writing(self._engine) as connection:
                self._append(connection, events, received_at)
            return {}
        except (sa.exc.IntegrityError, sa.exc.StatementError, UnfitEvent):
            refused = {}
        for event in events:
            try:
                self.append(event, received_at=received_at)
            except UnfitEvent as error:
                refused[event.id] = str(error)
        return refused

    def _append(self, connection: sa.Connection, events: Sequence[LabelEvent], received_at: datetime) -> int:
        """Append what is new of the acts, in their order, and return how many those are."""
        media = media_ids(connection, list(dict.fromkeys(event.sha256 for event in events)))
        named = {str(one) for event in events for one in (event.id, event.undoes) if one is not None}
        about = _media_of(connection, sorted(named))
        who: dict[str, int] = {}
        rows: list[dict[str, Any]] = []
        for event in events:
            media_id = _known(media, event.sha256)
            if event.undoes is not None and about.get(str(event.undoes)) != media_id:
                raise UnfitEvent(f"event {event.undoes} is not about this photo and cannot be undone here")
            if event.annotator not in who:
                who[event.annotator] = annotator_id(connection, event.annotator, at=received_at)
            if str(event.id) not in about:
                about[str(event.id)] = media_id
                rows.append(_row(event, media_id, who[event.annotator], received_at))
        if rows:
            insert_all_once(connection, t.label_event, rows, conflict="id")
            refresh(connection, [row["media_id"] for row in rows])
        return len(rows)

    def history(self, sha256: str) -> list[LabelEvent]:
        """Return every act about a photo, oldest first, those taken back included."""
        return self._histories([sha256])[sha256]

    def standing(self, sha256: str) -> list[LabelEvent]:
        """Return the acts about a photo that nobody took back, oldest first, without undos."""
        return self.standing_of([sha256])[sha256]

    def standing_of(self, hashes: Sequence[str]) -> dict[str, list[LabelEvent]]:
        """Return the same for many photos, by hash."""
        found = {}
        for sha256, events in self._histories(hashes).items():
            kept = fold([act_of(seq, event) for seq, event in enumerate(events)]).standing
            found[sha256] = [event for event in events if str(event.id) in kept]
        return found

    def _histories(self, hashes: Sequence[str]) -> dict[str, list[LabelEvent]]:
        m, e = t.media.c, t.label_event.c
        query = (
            sa.select(t.label_event, t.annotator.c.name, m.sha256)
            .join(t.annotator).join(t.media, m.id == e.media_id).order_by(e.seq)
        )  # fmt: skip
        found: dict[str, list[LabelEvent]] = {sha256: [] for sha256 in hashes}
        with self._engine.connect() as connection:
            for start in range(0, len(hashes), MOST_VALUES):
                some = query.where(m.sha256.in_(hashes[start : start + MOST_VALUES]))
                for row in connection.execute(some):
                    found[row.sha256].append(event_of(row, row.sha256))
        return found

    def undoable(self, sha256: str, annotator: str) -> LabelEvent | None:
        """Return the annotator's newest standing act on a photo, the one that undo would take back."""
        mine = [event for event in self.standing(sha256) if event.annotator == annotator]
        return mine[-1] if mine else None

    def current(self, sha256: str) -> CurrentLabel | None:
        """Return what a photo is taken to be now; `None` if nobody has said anything that stands."""
        with self._engine.connect() as connection:
            row = connection.execute(
                sa.select(t.current_label, t.media.c.sha256)
                .join(t.media).where(t.media.c.sha256 == sha256)
            ).one_or_none()  # fmt: skip
        return _label(row) if row else None

    def label_rows(self) -> Iterator[LabelRow]:
        """Yield every labelled photo, by hash, as a training run would read it."""
        e = t.label_event.c
        source, time, place = t.media_source, t.capture_time, t.capture_place
        query = (
            sa.select(
                t.current_label, t.media.c.sha256, source.c.original_name, e.reason, e.acted_at,
                e.shown_taxon, t.model_version.c.weights_sha256,
                time.c.captured_at, place.c.latitude, place.c.longitude,
            )
            .select_from(t.current_label)
            .join(t.media)
            .join(t.label_event, e.id == t.current_label.c.event_id)
            .outerjoin(source, source.c.id == newest_of(source))
            .outerjoin(time, time.c.id == newest_of(time))
            .outerjoin(place, place.c.id == newest_of(place))
            .outerjoin(t.prediction, t.prediction.c.id == e.shown_prediction_id)
            .outerjoin(t.model_version, t.model_version.c.id == t.prediction.c.model_id)
            .order_by(t.media.c.sha256)
        )  # fmt: skip
        with self._engine.connect() as connection:
            rows = connection.execute(query).all()
        for row in rows:
            yield LabelRow(
                sha256=row.sha256, original_name=row.original_name or "", label=_label(row),
                reason=HigherRankReason(row.reason), captured_at=row.captured_at,
                latitude=row.latitude, longitude=row.longitude, labelled_at=row.acted_at,
                shown_taxon=row.shown_taxon, model_sha256=row.weights_sha256,
            )  # fmt: skip

    def rebuild_labels(self) -> int:
        """Drop the label cache and replay the ledger; returns the number of labelled photos."""
        with writing(self._engine) as connection:
            connection.execute(t.current_label.delete())
            connection.execute(t.current_mark.delete())
            ids = connection.execute(
                sa.select(t.label_event.c.media_id).distinct().order_by(t.label_event.c.media_id)
            ).scalars().all()  # fmt: skip
            refresh(connection, ids)
            count = connection.execute(sa.select(sa.func.count()).select_from(t.current_label))
            return int(count.scalar_one())

    # --- inside -----------------------------------------------------------------------------

    def _media_id(self, connection: sa.Connection, sha256: str) -> int:
        return _known(media_ids(connection, [sha256]), sha256)

    def _insert_time(
        self, connection: sa.Connection, media_id: int, when: str | None, source: str, at: datetime
    ) -> None:
        connection.execute(
            t.capture_time.insert().values(media_id=media_id, captured_at=when, source=source, added_at=at)
        )

    def _insert_place(
        self,
        connection: sa.Connection,
        media_id: int,
        place: tuple[float, float] | None,
        source: str,
        at: datetime,
    ) -> None:
        latitude, longitude = place or (None, None)
        connection.execute(
            t.capture_place.insert().values(
                media_id=media_id, latitude=latitude, longitude=longitude, source=source, added_at=at
            )
        )

    def _newest(self, connection: sa.Connection, table: sa.Table, media_id: int) -> Any:
        query = sa.select(table).where(table.c.media_id == media_id).order_by(table.c.id.desc()).limit(1)
        return connection.execute(query).one_or_none()


def _known(media: Mapping[str, int], sha256: str) -> int:
    if sha256 not in media:
        raise UnfitEvent(f"photo {sha256[:12]} is not in the database; identify it first")
    return media[sha256]


def _media_of(connection: sa.Connection, events: Sequence[str]) -> dict[str, int]:
    """Return the photos that acts are about; unknown acts are left out."""
    e = t.label_event.c
    found: dict[str, int] = {}
    for start in range(0, len(events), MOST_VALUES):
        some = sa.select(e.id, e.media_id).where(e.id.in_(events[start : start + MOST_VALUES]))
        found |= {act: number for act, number in connection.execute(some)}
    return found


def newest_of(table: sa.Table) -> sa.ScalarSelect[Any]:
    """Return the id of the newest row about the photo of the outer query."""
    newest = table.alias()
    return sa.select(sa.func.max(newest.c.id)).where(newest.c.media_id == t.media.c.id).scalar_subquery()


def displayed_taxon(answer: Answer) -> str | None:
    """Return what the ledger calls the displayed answer: a taxon id, `"blank"`, or `None`."""
    if answer.outcome.value == "blank":
        return BLANK
    return answer.taxon.id if answer.taxon else None


def event_of(row: Any, sha256: str) -> LabelEvent:
    """Return the act of a row of `label_event` with the annotator's `name`."""
    return LabelEvent(
        id=UUID(row.id), sha256=sha256, kind=EventKind(row.kind), annotator=row.name,
        acted_at=row.acted_at, taxon=row.taxon, reason=HigherRankReason(row.reason),
        shown_prediction=row.shown_prediction_id, shown_taxon=row.shown_taxon,
        displayed_at=row.displayed_at, session=row.session, comment=row.comment,
        undoes=UUID(row.undoes) if row.undoes else None,
        action=UUID(row.action) if row.action else None, lane=row.lane, blind=bool(row.blind),
        subject=UUID(row.subject) if row.subject else None,
        details=Details(
            certainty=Certainty(row.certainty) if row.certainty else None, count=row.count,
            sex=Sex(row.sex) if row.sex else None,
            life_stage=LifeStage(row.life_stage) if row.life_stage else None,
            behaviour=row.behaviour or "", individual=row.individual or "",
        ),
        boxes=None if row.boxes is None else tuple(Box(**box) for box in row.boxes),
    )  # fmt: skip


def _row(event: LabelEvent, media_id: int, who: int, received_at: datetime) -> dict[str, Any]:
    return {
        "id": str(event.id), "media_id": media_id, "annotator_id": who, "kind": event.kind.value,
        "taxon": event.taxon, "reason": event.reason.value, "shown_prediction_id": event.shown_prediction,
        "shown_taxon": event.shown_taxon, "displayed_at": event.displayed_at, "acted_at": event.acted_at,
        "received_at": received_at, "session": event.session, "comment": event.comment,
        "undoes": str(event.undoes) if event.undoes else None,
        "action": str(event.action) if event.action else None, "lane": event.lane, "blind": event.blind,
        "subject": str(event.subject) if event.subject else None, **_details(event.details),
        "boxes": None if event.boxes is None else [asdict(box) for box in event.boxes],
    }  # fmt: skip


def _details(details: Details) -> dict[str, Any]:
    return {name: None if value == "" else value for name, value in asdict(details).items()}


def act_of(seq: int, event: LabelEvent) -> Act:
    """Return what folding needs of an act."""
    undoes = str(event.undoes) if event.undoes else None
    counts = not event.blind and event.subject is None
    return Act(seq, str(event.id), event.kind, event.taxon, undoes, event.annotator, counts)


def _label(row: Any) -> CurrentLabel:
    return CurrentLabel(
        sha256=row.sha256, taxon=row.taxon, event=UUID(row.event_id), annotator=row.annotator,
        votes=row.votes, voters=row.voters, seq=row.seq,
    )  # fmt: skip
