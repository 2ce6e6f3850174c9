"""What can be named: ranks, taxa, and the tree they form."""

from core.taxonomy.labels import BLANK, FLAG_NAMES, FLAGS, HUMAN, OTHER, VEHICLE
from core.taxonomy.rank import Rank
from core.taxonomy.search import SearchHit, TaxonSearch
from core.taxonomy.taxon import Taxon, slug
from core.taxonomy.tree import Taxonomy

__all__ = [
    "BLANK",
    "FLAGS",
    "FLAG_NAMES",
    "HUMAN",
    "OTHER",
    "VEHICLE",
    "Rank",
    "SearchHit",
    "Taxon",
    "TaxonSearch",
    "Taxonomy",
    "slug",
]
