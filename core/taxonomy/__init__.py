"""What can be named: ranks, taxa, and the tree they form."""

from core.taxonomy.labels import BLANK
from core.taxonomy.rank import Rank
from core.taxonomy.search import SearchHit, TaxonSearch
from core.taxonomy.taxon import Taxon, slug
from core.taxonomy.tree import Taxonomy

__all__ = ["BLANK", "Rank", "SearchHit", "Taxon", "TaxonSearch", "Taxonomy", "slug"]
