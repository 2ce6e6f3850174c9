"""Addresses that only this installation can make: what a page shows, nobody can guess."""

import hmac
import os
import secrets
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

BYTES = 32
LENGTH = 32  # characters of a signature


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs short texts with a key (HMAC-SHA-256: RFC 2104)."""

    key: bytes = field(repr=False)

    def sign(self, text: str) -> str:
        """Return the signature of a text; the same text has the same one, so that browsers may keep what it names."""
        return hmac.new(self.key, text.encode(), sha256).hexdigest()[:LENGTH]

    def holds(self, text: str, signature: str) -> bool:
        """Whether a signature is that of a text; takes the same time whatever is wrong."""
        return hmac.compare_digest(self.sign(text), signature)


def load_signer(path: Path) -> Signer:
    """Read the key, or make one that only its owner may read."""
    try:
        return Signer(path.read_bytes())
    except FileNotFoundError:
        pass
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(secrets.token_bytes(BYTES))
    try:
        os.link(part, path)  # whoever comes second takes the key of the first
    except FileExistsError:
        pass
    finally:
        part.unlink()
    return Signer(path.read_bytes())
