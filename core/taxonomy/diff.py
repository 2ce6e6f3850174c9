"""What changed between two versions of a taxonomy."""

from dataclasses import dataclass

from core.taxonomy.tree import Taxonomy


@dataclass(frozen=True, slots=True)
class TaxonomyDiff:
    """Differences by id; a rename pairs a name that went with the one that now lists it as a synonym.

    Attributes:
        moved: Id, parent before, parent after.
        renamed: Id before, id after.
    """

    added: tuple[str, ...]
    removed: tuple[str, ...]
    moved: tuple[tuple[str, str | None, str | None], ...]
    renamed: tuple[tuple[str, str], ...]

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.moved or self.renamed)


def compare(before: Taxonomy, after: Taxonomy) -> TaxonomyDiff:
    """Return what one has to know before `after` takes the place of `before`."""
    old, new = {t.id: t for t in before.order}, {t.id: t for t in after.order}
    gone = {t.scientific_name: t.id for t in before.order if t.id not in new}
    renamed = tuple(
        (gone[name], taxon.id)
        for taxon in after.order
        if taxon.id not in old
        for name in taxon.other_names
        if name in gone
    )
    pairs = {name for pair in renamed for name in pair}
    return TaxonomyDiff(
        added=tuple(i for i in new if i not in old and i not in pairs),
        removed=tuple(i for i in old if i not in new and i not in pairs),
        moved=tuple(
            (i, old[i].parent, new[i].parent) for i in new if i in old and old[i].parent != new[i].parent
        ),
        renamed=renamed,
    )
