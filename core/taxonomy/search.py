"""Find a taxon by any of its names, misspelt or not."""

import unicodedata
from dataclasses import dataclass

import numpy as np
from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from core.taxonomy.taxon import Taxon
from core.taxonomy.tree import Taxonomy

LONGEST = 100  # characters of a query that count; no name is longer
MINIMUM_SCORE = 65.0  # below this, near misses of several words are noise
MOST_SLIPS = 3  # in the longest words


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
        self._words = [frozenset(name.split()) for name in self._folded]
        self._holders: dict[str, set[int]] = {}
        for index, words in enumerate(self._words):
            for word in words:
                self._holders.setdefault(word, set()).add(index)
        self._vocabulary = list(self._holders)
        self._most_words = max(len(words) for words in self._words)

    def find(self, query: str, limit: int = 8) -> list[SearchHit]:
        """Return the best-matching taxa, best first, each taxon once.

        A whole name beats a whole word of a name, which beats the start of a name, which beats the
        start of a word, which beats a misspelling. Ties go to the finer rank, then to tree order. An
        empty query finds nothing.
        """
        wanted = fold(query[:LONGEST])
        if not wanted:
            return []
        spellings = self._spellings(wanted)
        scores = {index: _score(wanted, name) for index, name in enumerate(self._folded) if wanted in name}
        for index in self._holding(spellings):
            if not scores.get(index):
                scores[index] = _misspelt(wanted, self._folded[index], self._words[index], spellings)
        if len(spellings) > 1:
            for index, score in self._alike(wanted):
                if not scores.get(index):
                    scores[index] = score
        best: dict[str, SearchHit] = {}
        for index in sorted(index for index, score in scores.items() if score):
            taxon, name = self._entries[index]
            if taxon.id not in best or scores[index] > best[taxon.id].score:
                best[taxon.id] = SearchHit(taxon, name, scores[index])
        ranked = sorted(best.values(), key=lambda hit: (-hit.score, -hit.taxon.rank))
        return ranked[:limit]

    def _spellings(self, wanted: str) -> list[dict[str, float]]:
        """Return, for each word of a query, the known words it may stand for and how near they are."""
        words = wanted.split()
        if len(words) > self._most_words:  # no name could hold them all
            return [{} for _ in words]
        distances = process.cdist(words, self._vocabulary, scorer=OSA.distance, score_cutoff=MOST_SLIPS)
        return [
            {
                self._vocabulary[index]: near
                for index in np.flatnonzero(row <= MOST_SLIPS)
                if (near := _near(word, self._vocabulary[index], int(row[index])))
            }
            for word, row in zip(words, distances, strict=True)
        ]

    def _holding(self, spellings: list[dict[str, float]]) -> set[int]:
        """Return the names that hold, for every word of a query, one that it may stand for."""
        sets = [set[int]().union(*(self._holders[known] for known in meant)) for meant in spellings]
        return set.intersection(*sets)

    def _alike(self, wanted: str) -> list[tuple[int, float]]:
        """Return names that are like the query as a whole, and their scores.

        WRatio gives up to 90 for mere parts of words; whole-string similarity keeps it honest.
        """
        parts = process.cdist([wanted], self._folded, scorer=fuzz.WRatio)[0]
        whole = process.cdist([wanted], self._folded, scorer=fuzz.ratio)[0]
        scores = 0.5 * parts + 0.5 * whole
        return [(int(i), min(80.0, float(scores[i]))) for i in np.flatnonzero(scores >= MINIMUM_SCORE)]


def _score(wanted: str, name: str) -> float:
    """Score a name that holds the query as it was typed, 0 if it does not."""
    share = len(wanted) / max(len(wanted), len(name))
    if name == wanted:
        return 100.0
    if name == f"{wanted}s":  # groups are named in the plural: "cat" means Cats
        return 99.0
    if f" {wanted} " in f" {name} " or f" {wanted}s " in f" {name} ":
        return 96.0 + 2.0 * share
    if name.startswith(wanted):
        return 93.0 + 2.0 * share
    if f" {wanted}" in name:
        return 90.0 + 2.0 * share
    return 0.0


def _misspelt(wanted: str, name: str, words: frozenset[str], spellings: list[dict[str, float]]) -> float:
    """Score a name that holds every word of the query, each perhaps misspelt, 0 if it does not."""
    near = [max((meant[word] for word in words & meant.keys()), default=0.0) for meant in spellings]
    if not all(near):
        return 0.0
    return 60.0 + 27.0 * sum(near) / len(near) + 2.0 * min(1.0, len(wanted) / len(name))


def _near(word: str, known: str, distance: int) -> float:
    """Return the similarity in (0, 1] of a word to one it may be a misspelling of, else 0.

    Swapped neighbours count as one slip ("leoprad"). Short words allow none: every three letters are
    a slip away from some animal.
    """
    slips = 0 if len(word) < 4 else 1 if len(word) < 7 else 2 if len(word) < 10 else MOST_SLIPS
    return 1.0 - distance / max(len(word), len(known)) if distance <= slips else 0.0
