"""The explorer with 10,000 species, against plain loops and an empty page."""

import os
import random
import statistics
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import streamlit as st
from streamlit.testing.v1 import AppTest

from core.settings import ROOT
from core.species import load_cards, load_taxonomy
from core.species.explore import Catalogue, Facets
from core.species.versions import TaxonomyVersions
from core.taxonomy import Taxonomy, TaxonSearch
from core.taxonomy.lineage import extend
from core.taxonomy.search import fold
from tests.benchmarks.result import Result

SPECIES = 10_000
ROUNDS = 15
SYLLABLES = [
    "ba",
    "do",
    "ri",
    "ka",
    "lo",
    "mu",
    "ne",
    "pi",
    "sa",
    "tu",
    "ve",
    "xi",
    "zo",
    "lin",
    "mar",
    "ton",
]
QUERIES = ("leopard", "lepard", "panthera par", "a", "marlinsa tubado", "xyzzy qq")


def measure(folder: Path) -> Iterator[Result]:
    """Yield times of a search keystroke, a choice by facets, and a rerun of the whole page."""
    cards = load_cards(ROOT / "species_info")
    tree = large(load_taxonomy(cards, ROOT / "species_info"))
    search = TaxonSearch(tree)
    names = [fold(name) for taxon in tree.order for name in (taxon.scientific_name, *taxon.names.values())]
    ours = max(_median(lambda query=query: search.find(query, 40)) for query in QUERIES)
    base = max(_median(lambda query=query: [name for name in names if query in name]) for query in QUERIES)
    what = f"one keystroke in {len(tree.leaves):,} species, the slowest of six queries, against a plain substring loop"
    yield Result(what, base, ours, "ms", "≤ 50 ms", ours <= 50)
    catalogue = Catalogue(tree, cards)
    facets = Facets(
        group="mammalia", statuses=frozenset(("CR", "EN", "VU")), countries=frozenset(("KEN", "TZA"))
    )
    base = _median(lambda: [entry for entry in catalogue.entries if entry.class_ == "Mammalia"])
    ours = _median(lambda: catalogue.choose(facets))
    yield Result(
        "the same species by group, status and country, against a loop over one field",
        base,
        ours,
        "ms",
        "≤ 50 ms",
        ours <= 50,
    )
    yield from _pages(folder, tree)


def _pages(folder: Path, tree: Taxonomy) -> Iterator[Result]:
    os.environ["FIELDMARK_DATA"] = str(folder)
    try:
        empty = AppTest.from_string("import streamlit as st\nst.title('Empty')").run()
        TaxonomyVersions(folder / "taxonomies").add(tree, "made.csv", at=datetime.now(UTC))
        st.cache_resource.clear()
        page = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()
        page.switch_page("pages/species.py").run()
        assert not page.exception, page.exception
        base = _median(empty.run)
        ours = _median(page.run)
        yield Result(
            f"rerun of the explorer page with {len(tree.leaves):,} species, against an empty page",
            base, ours, "ms", "≤ 300 ms", ours <= 300,
        )  # fmt: skip
    finally:
        del os.environ["FIELDMARK_DATA"]
        st.cache_resource.clear()


def large(tree: Taxonomy) -> Taxonomy:
    """Return the tree with made-up species in 250 families."""
    rng = random.Random(0)

    def word(syllables: int) -> str:
        return "".join(rng.choice(SYLLABLES) for _ in range(syllables))

    lineages = []
    for _ in range(250):
        family = f"{word(3).capitalize()}idae"
        for _ in range(8):
            genus = word(3).capitalize()
            lineages += [
                ("Animalia", "Chordata", "Mammalia", "Rodentia", family, genus, f"{genus} {word(4)}")
                for _ in range(5)
            ]
    return extend(tree, lineages[:SPECIES])


def _median(do: Callable[[], object]) -> float:
    """Return the median time in ms, after a warm-up."""
    times = []
    for number in range(ROUNDS + 1):
        start = time.perf_counter()
        do()
        if number:
            times.append(1000 * (time.perf_counter() - start))
    return statistics.median(times)
