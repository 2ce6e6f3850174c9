"""Small words that several screens need."""

from core.taxonomy import BLANK, Taxonomy


def photos(count: int) -> str:
    """Return `"1 photo"`, `"1,200 photos"`."""
    return "1 photo" if count == 1 else f"{count:,} photos"


def duration(seconds: float) -> str:
    """Return a time left in words, rounded as a person would."""
    if seconds < 5:
        return "a few seconds"
    if seconds < 90:
        return f"{5 * round(seconds / 5):.0f} seconds"
    minutes = round(seconds / 60)
    return f"{minutes} minutes" if minutes < 90 else f"{minutes / 60:.0f} hours"


def taxon_name(taxon: str, *trees: Taxonomy) -> str:
    """Return what the first tree that has a taxon calls it; the id where none has it."""
    return next((tree.get(taxon).display_name for tree in trees if taxon in tree), taxon)


def answer_name(taxon: str | None, taxonomy: Taxonomy) -> str:
    """Return what an answer is called: a taxon's name, "no animal", or "unsure"."""
    if taxon is None:
        return "unsure"
    if taxon == BLANK:
        return "no animal"
    return taxon_name(taxon, taxonomy)
