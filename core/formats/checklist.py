"""A list of what may occur at a place, as people keep it: one name a line."""

import csv
from pathlib import Path

from rapidfuzz import process

from core.decision.prior import PriorEstimate, checklist_prior
from core.errors import TaxonomyError
from core.model import Bundle
from core.taxonomy import FLAGS, Taxonomy

HEADERS = frozenset({"species", "taxon", "name", "scientific_name", "scientific name", "scientificname"})


def read_checklist(path: Path, bundle: Bundle) -> PriorEstimate:
    """Read a checklist: the first column of a CSV, names in Latin or English and of any rank.

    Flags such as blank are always possible.

    Raises:
        TaxonomyError: The file cannot be read, a name is unknown, or nothing is listed; the message has the line.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise TaxonomyError(f"cannot read the checklist {path}: {error}") from error
    names = [(number, row[0].strip()) for number, row in enumerate(csv.reader(text.splitlines()), 1) if row]
    if names and names[0][1].lower() in HEADERS:
        names = names[1:]
    return checklist_of(
        [name for _, name in names if name], bundle, [f"{path}, line {n}" for n, name in names if name]
    )


def checklist_of(names: list[str], bundle: Bundle, places: list[str]) -> PriorEstimate:
    """Return the prior of a list of names; `places` says where each was written, for messages.

    Raises:
        TaxonomyError: A name is unknown or nothing is listed.
    """
    tree, listed = bundle.taxonomy, set(FLAGS) & set(bundle.classes)
    by_name = names_of(tree)
    problems = []
    for name, place in zip(names, places, strict=True):
        found = by_name.get(name.lower())
        if found is None:
            near = process.extractOne(name.lower(), by_name.keys(), score_cutoff=70)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            problems.append(f"{place}: the model knows no {name!r}{hint}")
        else:
            listed |= {leaf.id for leaf in tree.leaves_under(found)}
    if problems:
        more = f" and {len(problems) - 5} more" if len(problems) > 5 else ""
        raise TaxonomyError("; ".join(problems[:5]) + more)
    if not names:
        raise TaxonomyError("the checklist is empty; write one name a line")
    return checklist_prior(sorted(listed), bundle.classes)


def names_of(taxonomy: Taxonomy) -> dict[str, str]:
    """Return taxon ids by lower-case scientific and English name."""
    found = {}
    for taxon in taxonomy.order:
        for name in (taxon.common_name, taxon.scientific_name):
            if name:
                found[name.lower()] = taxon.id
    return found
