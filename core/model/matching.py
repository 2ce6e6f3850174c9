"""Which taxon a label of somebody else's model means."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from core.taxonomy import Taxonomy
from core.taxonomy.lineage import Lineage, extend
from core.taxonomy.names import Names, plain

_SEVEN = 7  # ranks of a lineage


@dataclass(frozen=True, slots=True)
class LabelMatch:
    """What was made of a label.

    Attributes:
        meaning: A taxon's id of any rank, or a flag; `None` if nothing fits.
        how: By which name it was found, for the report.
    """

    label: str
    meaning: str | None
    how: str


def match_labels(labels: Sequence[str], taxonomy: Taxonomy) -> tuple[tuple[LabelMatch, ...], Taxonomy]:
    """Find the taxon of each label, and return the tree with the species that labels bring a lineage for.

    Understood are scientific, English and other names; several of them with commas, as ImageNet has
    them; names with an author or a subspecies; the lineages of iNat21
    (`00042_Animalia_..._Panthera_pardus`) and of SpeciesNet (`id;mammalia;...;pardus;leopard`).
    """
    lineages = [lineage_of(label) for label in labels]
    tree = extend(taxonomy, [one for one in lineages if one is not None])
    names = Names(tree)
    matches = []
    for label, lineage in zip(labels, lineages, strict=True):
        found = None
        for text, how in _readings(label, lineage):
            if (found := names.find(text)) is not None:
                matches.append(LabelMatch(label, found[0], how or found[1]))
                break
        if found is None:
            matches.append(LabelMatch(label, None, "no match"))
    return tuple(matches), tree


def _readings(label: str, lineage: Lineage | None) -> Iterable[tuple[str, str]]:
    """Yield what a label may mean, the most literal first, and how to call that in the report."""
    yield label, ""
    if lineage is not None:
        yield next((name for name in reversed(lineage) if name), ""), "lineage"
        return
    parts = [part for part in re.split(r"[,;/|()]", label) if part.strip()]
    for part in parts if len(parts) > 1 else ():
        yield part, "part of the label"
    words = plain(label).split()
    if len(words) > 2:  # an author or a subspecies follows
        yield " ".join(words[:2]), "first two words"
    if len(words) == 2 and words[1] in ("sp", "sp.", "spp", "spp."):
        yield words[0], "genus"


def lineage_of(label: str) -> Lineage | None:
    """Return kingdom to species of a label that spells them out, else `None`."""
    steps = label.split("_")
    if len(steps) == _SEVEN + 1 and steps[0].isdigit():  # iNat21: number and seven ranks
        return (*steps[1:7], f"{steps[6]} {steps[7]}")
    parts = label.split(";")
    if len(parts) == _SEVEN:  # SpeciesNet: id, class to species epithet, common name
        upper = [part.capitalize() for part in parts[1:5]]
        species = f"{upper[3]} {parts[5]}" if parts[5] else ""
        return ("Animalia", "", *upper, species)
    return None
