"""Browsing the tree of life: search, facets, the tree itself, and a grid of cards."""

from html import escape

import streamlit as st

from core.species.explore import THREATENED, Entry, Facets
from core.taxonomy import Rank, Taxon, Taxonomy
from pages._ui import here, markup, navigator, own_lists, services

CLASSES = {
    "Mammals": "Mammalia",
    "Birds": "Aves",
    "Reptiles": "Reptilia",
    "Amphibians": "Amphibia",
    "Fishes": "Elasmobranchii",
    "Insects": "Insecta",
}
STATUSES = {
    "Threatened": THREATENED,
    "Near threatened": ("NT",),
    "Least concern": ("LC",),
    "Not assessed": ("DD", "NE"),
}
NATIVE, MINE = "Native where I am", "In my photos"
PAGE = 240  # tiles; thousands make the page slow on phones
WIDEST = 14  # blocks in a row of the tree; smaller ones are counted together


def draw(group: str = "") -> None:
    """Draw the explorer; `group` is the id of the taxon to look into, "" for all animals."""
    taxonomy, catalogue = services.taxonomy(), services.catalogue()
    facets, query = _draw_facets(group)
    order = _matching(query, taxonomy) if query else None
    found = catalogue.choose(facets, order)
    if not group:
        own_lists.draw()
    # Whoever looks into a group came by the tree and goes on with it.
    with st.container(key="tree") if group else st.expander("The tree", key="tree"):
        st.html(tree(taxonomy, group or taxonomy.root.id, {entry.taxon for entry in found}))
    total = len(taxonomy.leaves_under(group)) if group else len(catalogue.entries)
    st.caption(f"{len(found):,} of {total:,} species")
    if not found:
        st.info("No species matches. Try a shorter name, or fewer filters.")
        return
    pages = (len(found) - 1) // PAGE + 1
    page = min(int(st.session_state.get("page", 1)), pages)
    st.html(grid(found[(page - 1) * PAGE : page * PAGE], taxonomy))
    if pages > 1:
        st.pagination(pages, key="page", bind="query-params")


def _draw_facets(group: str) -> tuple[Facets, str]:
    search, place = st.columns([3, 2], vertical_alignment="bottom")
    with search:
        st.text_input(
            "Search by any name",
            key="species_query",
            placeholder="leopard, Panthera, chui, Jirafe …",
            live=True,
            bind="query-params",
        )
    with place:
        country = here.draw_picker()
    with st.container(horizontal=True, key="facets"):
        kinds = [] if group else st.pills(
            "Kind", list(CLASSES), selection_mode="multi", key="kinds", bind="query-params"
        )  # fmt: skip
        statuses = st.pills(
            "How it is doing", list(STATUSES), selection_mode="multi", key="statuses", bind="query-params"
        )
        regions = st.multiselect(
            "Native to",
            list(services.regions()),
            key="regions",
            bind="query-params",
            placeholder="Any part of the world",
        )
        only = st.pills(
            "Only those",
            [NATIVE, MINE] if country else [MINE],
            selection_mode="multi",
            key="only",
            bind="query-params",
        )
    chosen: list[frozenset[str]] = []
    if NATIVE in only:
        chosen.append(here.native_here(country))
    if MINE in only:
        chosen.append(frozenset(services.sightings()))
    facets = Facets(
        group=group,
        classes=frozenset(CLASSES[kind] for kind in kinds),
        statuses=frozenset(code for status in statuses for code in STATUSES[status]),
        countries=frozenset(code for region in regions for code in services.regions()[region]),
        only=tuple(chosen),
    )
    return facets, str(st.session_state.get("species_query", ""))


def _matching(query: str, taxonomy: Taxonomy) -> list[str]:
    found: dict[str, None] = {}
    for hit in services.search().find(query, limit=40):
        found.update(dict.fromkeys(leaf.id for leaf in taxonomy.leaves_under(hit.taxon.id)))
    return list(found)


def tree(taxonomy: Taxonomy, root: str, kept: set[str]) -> str:
    """Return an icicle of a taxon, its children and theirs as links; widths are numbers of species that fit."""
    path = taxonomy.lineage(root)
    way = " › ".join(
        navigator.link(escape(taxon.display_name), taxon="" if taxon.parent is None else taxon.id)
        for taxon in path[:-1]
    )
    counts = {
        taxon.id: sum(leaf.id in kept for leaf in taxonomy.leaves_under(taxon.id))
        for taxon in _two_below(taxonomy, root)
    }
    blocks = []
    children = [taxon for taxon in taxonomy.children(root) if counts[taxon.id]]
    for child in sorted(children, key=lambda taxon: -counts[taxon.id])[:WIDEST]:
        inner = sorted(
            (taxon for taxon in taxonomy.children(child.id) if counts[taxon.id]),
            key=lambda taxon: -counts[taxon.id],
        )
        blocks.append(
            f'<li style="--n:{counts[child.id]}">{_block(child, counts[child.id])}'
            f"<ul>{''.join(_leaf(taxon, counts[taxon.id]) for taxon in inner[:WIDEST])}{_rest(inner)}</ul></li>"
        )
    rest = _rest(sorted(children, key=lambda taxon: -counts[taxon.id]))
    top = f"<p>{way}{' › ' if way else ''}<b>{escape(path[-1].display_name)}</b></p>"
    return f'<nav class="fm-tree" aria-label="The tree">{top}<ul>{"".join(blocks)}{rest}</ul></nav>'


def _two_below(taxonomy: Taxonomy, root: str) -> list[Taxon]:
    children = taxonomy.children(root)
    return [*children, *(inner for child in children for inner in taxonomy.children(child.id))]


def _block(taxon: Taxon, count: int) -> str:
    number = "" if taxon.rank is Rank.SPECIES else f" <small>{count}</small>"
    return navigator.link(f"{escape(taxon.display_name)}{number}", taxon=taxon.id)


def _leaf(taxon: Taxon, count: int) -> str:
    return f'<li style="--n:{count}">{_block(taxon, count)}</li>'


def _rest(ordered: list[Taxon]) -> str:
    return f'<li class="rest">and {len(ordered) - WIDEST} more</li>' if len(ordered) > WIDEST else ""


def grid(entries: list[Entry], taxonomy: Taxonomy) -> str:
    """Return tiles that link to the cards."""
    tiles = []
    for entry in entries:
        scientific = escape(taxonomy.get(entry.taxon).scientific_name)
        badge = ""
        if entry.iucn:
            meaning, colour, ink = markup.IUCN[entry.iucn]
            badge = (
                f'<b class="code" style="background:{colour};color:{ink}" title="{meaning}">{entry.iucn}</b>'
            )
        inner = (
            f"{markup.silhouette(taxonomy, entry.taxon)}"
            f"<span>{escape(entry.name)}<small>{scientific}</small></span>{badge}"
        )
        tiles.append(f"<li>{navigator.link(inner, taxon=entry.taxon)}</li>")
    return f'<ul class="fm-grid">{"".join(tiles)}</ul>'
