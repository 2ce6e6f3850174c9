"""The seven ranks of the ladder."""

from enum import IntEnum


class Rank(IntEnum):
    """A Linnaean rank; a larger value is a finer rank."""

    KINGDOM = 0
    PHYLUM = 1
    CLASS = 2
    ORDER = 3
    FAMILY = 4
    GENUS = 5
    SPECIES = 6

    @property
    def label(self) -> str:
        """The lower-case name used in files and on screen, such as `"family"`."""
        return self.name.lower()

    @classmethod
    def parse(cls, label: str) -> "Rank":
        """Read a rank from its name in any letter case.

        Raises:
            ValueError: The name is none of the seven ranks.
        """
        try:
            return cls[label.strip().upper()]
        except KeyError:
            known = ", ".join(rank.label for rank in cls)
            raise ValueError(f"{label!r} is not a rank; use one of {known}") from None
