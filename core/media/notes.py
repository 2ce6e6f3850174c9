"""Remarks on a photo that could be read, but not without reservations."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MediaNote:
    """A stable `code` (listed in docs/bad-input.md) and a sentence for people."""

    code: str
    message: str
