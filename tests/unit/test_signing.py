"""Addresses that cannot be guessed."""

import stat
from pathlib import Path

from core.signing import LENGTH, Signer, load_signer


def test_a_key_is_made_once_and_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "data" / "secret.key"
    first = load_signer(path)
    assert load_signer(path) == first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [one.name for one in path.parent.iterdir()] == ["secret.key"]
    assert load_signer(tmp_path / "other.key") != first


def test_a_signature_holds_for_its_text_only() -> None:
    signer = Signer(b"k" * 32)
    signature = signer.sign("full/abc")
    assert len(signature) == LENGTH
    assert signer.holds("full/abc", signature)
    assert not signer.holds("full/abd", signature)
    assert not signer.holds("full/abc", "")
    assert not Signer(b"l" * 32).holds("full/abc", signature)
    assert "k" * 8 not in repr(signer)
