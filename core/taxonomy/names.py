"""Which taxon a name means: exactly, or not at all."""

import re
from collections.abc import Iterable

from core.taxonomy.labels import FLAG_NAMES
from core.taxonomy.taxon import slug
from core.taxonomy.tree import Taxonomy

_AUTHORSHIP = re.compile(r"^([A-Z][a-zë-]+(?: \([A-Z][a-z]+\))?(?: [a-zë-]{2,}){0,2})\b")
_SUBGENUS = re.compile(r" \([A-Z][a-z]+\)")
_MARKERS = re.compile(r" (?:subsp|ssp|var|f|cf|aff)\.(?= )")


class Names:
    """All names of a tree; a name that several taxa share finds none of them."""

    def __init__(self, taxonomy: Taxonomy) -> None:
        self._scientific = {taxon.id: taxon.id for taxon in taxonomy.order}
        self._others = _unique((name, t.id) for t in taxonomy.order for name in t.other_names)
        self._common = _unique((name, t.id) for t in taxonomy.order if (name := t.common_name))

    def find(self, text: str) -> tuple[str, str] | None:
        """Return what a name means (a taxon id or a flag), and which kind of name it is."""
        name = plain(text)
        if flag := FLAG_NAMES.get(name):
            return flag, "flag"
        if found := self._scientific.get(slug(name)):
            return found, "scientific name"
        if found := self._others.get(name):
            return found, "other name"
        if found := self._common.get(name):
            return found, "common name"
        return None

    def taxon(self, scientific_name: str) -> str | None:
        """Return the taxon of a scientific name or synonym, with or without author or subspecies."""
        name = canonical(scientific_name)
        for text in (name, " ".join(name.split()[:2])):
            found = self._scientific.get(slug(text)) or self._others.get(plain(text))
            if found:
                return found
        return None


def canonical(name: str) -> str:
    """Return a scientific name without author, year and subgenus: `"Sus scrofa Linnaeus, 1758"` is `"Sus scrofa"`.

    What does not look like a scientific name comes back as it is, in single spaces.
    """
    text = _MARKERS.sub("", " ".join(name.split()))
    found = _AUTHORSHIP.match(text)
    return _SUBGENUS.sub("", found[1]) if found else text


def plain(text: str) -> str:
    """Return a name for comparing: lower case, single spaces, no underscores."""
    return " ".join(re.sub(r"[_\s]+", " ", text).strip().lower().split())


def _unique(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    owners: dict[str, set[str]] = {}
    for name, taxon in pairs:
        owners.setdefault(plain(name), set()).add(taxon)
    return {name: next(iter(taxa)) for name, taxa in owners.items() if len(taxa) == 1}
