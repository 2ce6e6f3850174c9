"""A correction moves every field of an identity together."""

import csv
import io
from datetime import UTC, datetime
from uuid import uuid4

from hypothesis import given, settings
from hypothesis import strategies as st

from core.formats.labels import to_table
from core.settings import ROOT
from core.species import load_cards, load_taxonomy
from core.store import CurrentLabel, HigherRankReason, LabelRow
from core.taxonomy import Rank
from core.taxonomy.lineage import extend
from core.taxonomy.names import Names

CARDS = load_cards(ROOT / "species_info")
TREE = load_taxonomy(CARDS, ROOT / "species_info")
LARGER = extend(
    TREE, [("Animalia", "Chordata", "Mammalia", "Carnivora", "Felidae", "Neofelis", "Neofelis nebulosa")]
)
NOW = datetime(2026, 11, 21, tzinfo=UTC)


def exported(taxon: str, tree) -> dict[str, str]:
    label = CurrentLabel("a" * 64, taxon, uuid4(), "ada", 1, 1, 1)
    row = LabelRow("a" * 64, "x.jpg", label, HigherRankReason.NONE, None, None, None, NOW, None, None)
    return next(csv.DictReader(io.StringIO(to_table([row], tree))))


@settings(deadline=None)
@given(st.lists(st.sampled_from(LARGER.order), min_size=1, max_size=5))
def test_after_any_corrections_all_fields_are_of_one_taxon(taxa) -> None:
    for taxon in taxa:
        row = exported(taxon.id, LARGER)
        assert (row["label"], row["scientific_name"], row["rank"]) == (
            taxon.id,
            taxon.scientific_name,
            taxon.rank.label,
        )
        lineage = {step.rank: step.scientific_name for step in LARGER.lineage(taxon.id)}
        for rank in Rank:
            assert row[rank.label] == lineage.get(rank, ""), f"{taxon.id}: {rank.label}"


@given(st.sampled_from([(card, name) for card in CARDS.values() for name in card.synonyms]))
def test_every_synonym_finds_the_one_accepted_id(pair) -> None:
    card, name = pair
    assert Names(TREE).taxon(name) == card.taxon
    assert Names(TREE).taxon(f"{name} Linnaeus, 1758") == card.taxon


@given(st.sampled_from(LARGER.order))
def test_an_id_is_the_name_and_the_name_finds_the_id(taxon) -> None:
    assert Names(LARGER).taxon(taxon.scientific_name) == taxon.id
