"""One named group of organisms."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from core.taxonomy.rank import Rank


def slug(scientific_name: str) -> str:
    """Return the id of a scientific name: `"Panthera pardus"` becomes `"panthera-pardus"`."""
    return "-".join(scientific_name.lower().split())


@dataclass(frozen=True, slots=True)
class Taxon:
    """A taxon and the names it goes by.

    Attributes:
        id: Stable slug of the scientific name, used in links and in the database.
        names: Common names by ISO 639-1 language code; `names["en"]` is the display name.
        other_names: Further English names and scientific synonyms; only for searching.
        parent: Id of the taxon one step up, `None` for the kingdom.
        noun: English singular for one member of a higher taxon, such as `"cat"` for Felidae.
    """

    id: str
    rank: Rank
    scientific_name: str
    parent: str | None
    names: Mapping[str, str] = field(default_factory=dict)
    other_names: tuple[str, ...] = ()
    noun: str | None = None

    @property
    def common_name(self) -> str | None:
        """The English name, or `None` where we know none."""
        return self.names.get("en")

    @property
    def display_name(self) -> str:
        """The English name if there is one, else the scientific name."""
        return self.common_name or self.scientific_name
