"""Perceptual hashes of photos, to find near-duplicates."""

from collections.abc import Mapping

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from core.errors import UnfitEvent
from core.store import schema as t
from core.store.engine import writing


class PhotoHashes:
    """The perceptual hashes of the photos of a database; one that is there stays."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def add(self, sha256: str, perceptual: str) -> None:
        """Remember a photo's hash.

        Raises:
            UnfitEvent: The photo is not in the database.
        """
        dialect = postgresql if self._engine.dialect.name == "postgresql" else sqlite
        with writing(self._engine) as connection:
            found = connection.execute(sa.select(t.media.c.id).where(t.media.c.sha256 == sha256))
            media_id = found.scalar_one_or_none()
            if media_id is None:
                raise UnfitEvent(f"photo {sha256[:12]} is not in the database; identify it first")
            row = dialect.insert(t.media_hash).values(media_id=media_id, perceptual=perceptual)
            connection.execute(row.on_conflict_do_nothing())

    def all(self) -> Mapping[str, str]:
        """Return the perceptual hash of every photo that has one."""
        query = sa.select(t.media.c.sha256, t.media_hash.c.perceptual).join(t.media)
        with self._engine.connect() as connection:
            return {sha256: perceptual for sha256, perceptual in connection.execute(query)}
