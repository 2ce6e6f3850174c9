"""Perceptual hashes by photo."""

from pathlib import Path

import pytest

from core.errors import UnfitEvent
from core.store import Ledger, PhotoHashes, open_database
from tests.unit.store.test_ledger import NOW, photo


def test_a_hash_is_kept_once(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path / 'x.db'}")
    Ledger(engine).add_photo(photo(), size=1, door="cli", at=NOW)
    hashes = PhotoHashes(engine)
    assert hashes.all() == {}
    hashes.add("a" * 64, "0" * 16)
    hashes.add("a" * 64, "1" * 16)
    assert hashes.all() == {"a" * 64: "0" * 16}
    with pytest.raises(UnfitEvent, match="identify it first"):
        hashes.add("b" * 64, "0" * 16)
