"""Find a taxon by any of its names, misspelt or not."""

import unicodedata
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from core.taxonomy.taxon import Taxon
from core.taxonomy.tree import Taxonomy

MINIMUM_SCORE = 65.0  # below this, near misses are noise ("cat" would find half the list)


@dataclass(frozen=True, slots=True)
class SearchHit:
    """A taxon and the name that matched; `score` is 0-100, 100 being an exact name."""

    taxon: Taxon
    matched_name: str
    score: float


def fold(text: str) -> str:
    """Return text for comparing: no accents, no case, no punctuation, single spaces."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    kept = "".join(
        c if c.isalnum() or c.isspace() else " " for c in decomposed if not unicodedata.combining(c)
    )
    return " ".join(kept.split())


class TaxonSearch:
    """An index over scientific names, common names in every language, and synonyms."""

    def __init__(self, taxonomy: Taxonomy) -> None:
        self._entries: list[tuple[Taxon, str]] = []
        for taxon in taxonomy.order:
            names = dict.fromkeys([taxon.scientific_name, *taxon.names.values(), *taxon.other_names])
            self._entries.extend((taxon, name) for name in names)
        self._folded = [fold(name) for _, name in self._entries]

    def find(self, query: str, limit: int = 8) -> list[SearchHit]:
        """Return the best-matching taxa, best first, each taxon once.

        A whole name beats the start of a name, which beats the start of a word, which beats a
        misspelling. Ties go to the finer rank, then to tree order. An empty query finds nothing.
        """
        wanted = fold(query)
        if not wanted:
            return []
        fuzzy = process.cdist([wanted], self._folded, scorer=fuzz.WRatio)[0]
        best: dict[str, SearchHit] = {}
        for (taxon, name), folded, similarity in zip(self._entries, self._folded, fuzzy, strict=True):
            score = _score(wanted, folded, float(similarity))
            if score >= MINIMUM_SCORE and (taxon.id not in best or score > best[taxon.id].score):
                best[taxon.id] = SearchHit(taxon, name, score)
        ranked = sorted(best.values(), key=lambda hit: (-hit.score, -hit.taxon.rank))
        return ranked[:limit]


def _score(wanted: str, name: str, similarity: float) -> float:
    if name == wanted:
        return 100.0
    if name.startswith(wanted):
        return 97.0 + 2.0 * len(wanted) / len(name)
    if f" {wanted}" in name:
        return 94.0 + 2.0 * len(wanted) / len(name)
    # WRatio gives up to 90 for mere parts of words; whole-string similarity keeps it honest.
    return min(93.0, 0.5 * similarity + 0.5 * fuzz.ratio(wanted, name))
