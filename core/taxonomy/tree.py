"""The tree of taxa in nested-set order, so that every rank is a sum over a slice of leaves."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from core.errors import TaxonomyError
from core.taxonomy.rank import Rank
from core.taxonomy.taxon import Taxon


class Taxonomy:
    """An immutable tree of taxa with one root.

    Taxa are kept in depth-first order, children by scientific name, so the leaves (species) under
    any taxon are consecutive and its probability is the sum of a slice (a nested set).

    Attributes:
        order: All taxa, parents before children.
        leaves: The species in the same order.
        spans: Shape `(len(order), 2)`: first and one past the last leaf under each taxon of `order`.
        parents: Shape `(len(order),)`: position of each taxon's parent in `order`, -1 for the root.
        ranks: Shape `(len(order),)`: the rank of each taxon as a number.
    """

    def __init__(self, taxa: Iterable[Taxon]) -> None:
        """Build the tree.

        Raises:
            TaxonomyError: Two taxa share an id, a parent is missing or not of a coarser rank, or
                there is not exactly one root.
        """
        self._taxa: dict[str, Taxon] = {}
        for taxon in taxa:
            if taxon.id in self._taxa:
                raise TaxonomyError(f"two taxa share the id {taxon.id!r}; names must be unique")
            self._taxa[taxon.id] = taxon
        children: dict[str | None, list[Taxon]] = {}
        for taxon in self._taxa.values():
            self._check_parent(taxon)
            children.setdefault(taxon.parent, []).append(taxon)
        roots = children.get(None, [])
        if len(roots) != 1:
            raise TaxonomyError(f"a taxonomy has one root, this one has {len(roots)}")
        self._children = {
            parent: tuple(sorted(group, key=lambda taxon: taxon.scientific_name))
            for parent, group in children.items()
        }
        self.root = roots[0]
        self.order: tuple[Taxon, ...] = tuple(self._walk(self.root))
        self.leaves: tuple[Taxon, ...] = tuple(t for t in self.order if t.rank is Rank.SPECIES)
        self._index = {taxon.id: index for index, taxon in enumerate(self.order)}
        spans = self._leaf_spans()
        self.spans = np.array([spans[taxon.id] for taxon in self.order], dtype=np.intp)
        self.parents = np.array([self._index.get(t.parent or "", -1) for t in self.order], dtype=np.intp)
        self.ranks = np.array([taxon.rank for taxon in self.order], dtype=np.intp)
        for array in (self.spans, self.parents, self.ranks):
            array.flags.writeable = False

    def _check_parent(self, taxon: Taxon) -> None:
        if taxon.parent is None:
            return
        parent = self._taxa.get(taxon.parent)
        if parent is None:
            raise TaxonomyError(f"{taxon.scientific_name}: its parent {taxon.parent!r} is missing")
        if parent.rank >= taxon.rank:
            raise TaxonomyError(
                f"{taxon.scientific_name} ({taxon.rank.label}) cannot sit under "
                f"{parent.scientific_name} ({parent.rank.label})"
            )

    def _walk(self, taxon: Taxon) -> Iterator[Taxon]:
        yield taxon
        for child in self.children(taxon.id):
            yield from self._walk(child)

    def _leaf_spans(self) -> dict[str, tuple[int, int]]:
        position = {leaf.id: index for index, leaf in enumerate(self.leaves)}
        spans: dict[str, tuple[int, int]] = {}
        for taxon in reversed(self.order):  # children come before their parent
            if taxon.id in position:
                spans[taxon.id] = (position[taxon.id], position[taxon.id] + 1)
                continue
            inner = [span for child in self.children(taxon.id) if (span := spans[child.id]) != (0, 0)]
            spans[taxon.id] = (inner[0][0], inner[-1][1]) if inner else (0, 0)
        return spans

    def __contains__(self, taxon_id: object) -> bool:
        return taxon_id in self._taxa

    def __len__(self) -> int:
        return len(self._taxa)

    def get(self, taxon_id: str) -> Taxon:
        """Return the taxon with this id.

        Raises:
            TaxonomyError: There is none.
        """
        try:
            return self._taxa[taxon_id]
        except KeyError:
            raise TaxonomyError(f"unknown taxon {taxon_id!r}") from None

    def index(self, taxon_id: str) -> int:
        """Return the position of a taxon in `order`.

        Raises:
            TaxonomyError: There is none with this id.
        """
        return self._index[self.get(taxon_id).id]

    def children(self, taxon_id: str) -> tuple[Taxon, ...]:
        """Return the taxa directly below, by scientific name."""
        return self._children.get(taxon_id, ())

    def lineage(self, taxon_id: str) -> tuple[Taxon, ...]:
        """Return the path from the kingdom down to the taxon itself.

        Raises:
            TaxonomyError: Unknown taxon.
        """
        path = [self.get(taxon_id)]
        while (parent := path[-1].parent) is not None:
            path.append(self._taxa[parent])
        return tuple(reversed(path))

    def ancestor(self, taxon_id: str, rank: Rank) -> Taxon | None:
        """Return the taxon's ancestor (or itself) at a rank, `None` if it has none there."""
        return next((taxon for taxon in self.lineage(taxon_id) if taxon.rank is rank), None)

    def at(self, rank: Rank) -> tuple[Taxon, ...]:
        """Return all taxa of a rank in tree order."""
        return tuple(taxon for taxon in self.order if taxon.rank is rank)

    def leaves_under(self, taxon_id: str) -> tuple[Taxon, ...]:
        """Return the species under a taxon; a species is its own only leaf."""
        start, stop = self.spans[self.index(taxon_id)]
        return self.leaves[start:stop]

    def leaf_columns(self, classes: Sequence[str]) -> NDArray[np.intp]:
        """Return, for each leaf in tree order, its column among `classes`.

        Raises:
            TaxonomyError: A leaf of the tree is missing from `classes`.
        """
        column = {name: index for index, name in enumerate(classes)}
        missing = [leaf.scientific_name for leaf in self.leaves if leaf.id not in column]
        if missing:
            raise TaxonomyError(f"no class for {', '.join(missing[:5])}")
        return np.array([column[leaf.id] for leaf in self.leaves], dtype=np.intp)

    def sum_up(self, leaf_probabilities: NDArray[np.floating]) -> NDArray[np.float64]:
        """Sum leaf probabilities into every taxon.

        Args:
            leaf_probabilities: Shape `(..., len(leaves))`, in the order of `leaves`.

        Returns:
            Shape `(..., len(order))`, in the order of `order`; a parent is the sum of its children.
        """
        leaves = np.asarray(leaf_probabilities, np.float64)
        running = np.zeros((*leaves.shape[:-1], leaves.shape[-1] + 1))
        np.cumsum(leaves, axis=-1, out=running[..., 1:])
        return running[..., self.spans[:, 1]] - running[..., self.spans[:, 0]]

    def subtree(self, leaf_ids: Iterable[str]) -> "Taxonomy":
        """Return the smallest tree that holds these species and all their ancestors.

        Raises:
            TaxonomyError: Unknown taxon, or no species at all.
        """
        kept = {taxon.id: taxon for leaf in leaf_ids for taxon in self.lineage(leaf)}
        return Taxonomy(kept.values())

    def to_records(self) -> list[dict[str, object]]:
        """Return plain records for JSON, in tree order, without search-only names."""
        return [
            {
                "id": taxon.id,
                "rank": taxon.rank.label,
                "scientific_name": taxon.scientific_name,
                "parent": taxon.parent,
                "name": taxon.common_name,
                "noun": taxon.noun,
            }
            for taxon in self.order
        ]

    @classmethod
    def from_records(cls, records: Iterable[Mapping[str, str | None]]) -> "Taxonomy":
        """Rebuild a tree from `to_records`.

        Raises:
            TaxonomyError: A record lacks a key, or the tree does not hold together.
        """
        try:
            return cls(
                Taxon(
                    id=str(record["id"]),
                    rank=Rank.parse(str(record["rank"])),
                    scientific_name=str(record["scientific_name"]),
                    parent=record["parent"],
                    names={"en": name} if (name := record.get("name")) else {},
                    noun=record.get("noun"),
                )
                for record in records
            )
        except (KeyError, ValueError) as error:
            raise TaxonomyError(f"bad taxonomy record: {error}") from error

    def sha256(self) -> str:
        """Return the hash of ids, ranks and parents: equal trees have equal hashes."""
        rows = [(t.id, t.rank.label, t.scientific_name, t.parent) for t in self.order]
        return hashlib.sha256(json.dumps(rows, separators=(",", ":")).encode()).hexdigest()
