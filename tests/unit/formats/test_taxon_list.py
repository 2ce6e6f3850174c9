"""Taxonomies of others: our CSV, Darwin Core, Catalogue of Life."""

from pathlib import Path

import pytest

from core.errors import FormatError
from core.formats import taxon_list
from core.formats.taxon_list import read_taxon_list
from core.settings import ROOT
from core.species import load_cards, load_taxonomy
from core.taxonomy import Rank, Taxonomy, TaxonSearch
from core.taxonomy.names import Names
from tests.unit.formats.archives import DWC, archive

BASE = load_taxonomy(load_cards(ROOT / "species_info"), ROOT / "species_info")

OURS = """scientific_name,rank,parent,common_name_en,common_name_es,synonyms
Neofelis,genus,Felidae,Clouded leopards,,
Neofelis nebulosa,species,Neofelis,Clouded Leopard,Pantera nebulosa,Felis nebulosa; Felis macrocelis
"""

DARWIN = """taxonID\tparentNameUsageID\tacceptedNameUsageID\tscientificName\ttaxonRank\ttaxonomicStatus\tvernacularName
1\t\t\tFelidae Fischer, 1817\tfamily\taccepted\t
2\t1\t\tPantherinae Pocock, 1917\tsubfamily\taccepted\t
3\t2\t\tNeofelis Gray, 1867\tgenus\taccepted\t
4\t3\t\tNeofelis diardi (Cuvier, 1823)\tspecies\taccepted\tSunda Clouded Leopard
5\t3\t4\tFelis diardi Cuvier, 1823\tspecies\tsynonym\t
"""

COLDP = """col:ID\tcol:parentID\tcol:status\tcol:rank\tcol:scientificName\tcol:authorship
F\t\taccepted\tfamily\tFelidae\tFischer, 1817
6N\tF\taccepted\tgenus\tPardofelis\tSevertzov, 1858
7\t6N\taccepted\tspecies\tPardofelis marmorata\t(Martin, 1837)
8\t7\tsynonym\tspecies\tFelis marmorata\tMartin, 1837
"""

FLAT = """kingdom,phylum,class,order,family,genus,species
Animalia,Chordata,Mammalia,Carnivora,Felidae,Otocolobus,Otocolobus manul
Animalia,Chordata,Mammalia,Carnivora,Prionodontidae,Prionodon,Prionodon linsang
"""


def written(tmp_path: Path, text: str, name: str = "list.csv") -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "taxon", "synonym"),
    [
        (OURS, "neofelis-nebulosa", "Felis macrocelis"),
        (DARWIN, "neofelis-diardi", "Felis diardi"),
        (COLDP, "pardofelis-marmorata", "Felis marmorata"),
        (FLAT, "otocolobus-manul", None),
    ],
)
def test_all_forms_hang_their_species_into_our_tree(
    tmp_path: Path, text: str, taxon: str, synonym: str | None
) -> None:
    found = read_taxon_list(written(tmp_path, text), BASE)
    assert found.problems == ()
    assert [t.rank for t in found.taxonomy.lineage(taxon)] == list(Rank)
    assert found.taxonomy.ancestor(taxon, Rank.FAMILY).id == "felidae"
    assert {t.id for t in BASE.order} < {t.id for t in found.taxonomy.order}
    if synonym:
        assert Names(found.taxonomy).taxon(synonym) == taxon


def test_names_in_several_languages_are_searched(tmp_path: Path) -> None:
    search = TaxonSearch(read_taxon_list(written(tmp_path, OURS), BASE).taxonomy)
    assert search.find("pantera nebulosa")[0].taxon.id == "neofelis-nebulosa"
    assert search.find("cloudid leopard")[0].taxon.id == "neofelis-nebulosa"


def test_archives_are_read_without_unpacking(tmp_path: Path) -> None:
    fields = [
        "parentNameUsageID",
        "acceptedNameUsageID",
        "scientificName",
        "taxonRank",
        "taxonomicStatus",
        "vernacularName",
    ]
    meta = (
        f'<archive xmlns="http://rs.tdwg.org/dwc/text/"><core encoding="UTF-8" fieldsTerminatedBy="\\t" '
        f'ignoreHeaderLines="1" rowType="{DWC}Taxon"><files><location>taxon.tsv</location></files><id index="0"/>'
        + "".join(f'<field index="{i}" term="{DWC}{name}"/>' for i, name in enumerate(fields, 1))
        + "</core></archive>"
    )
    found = read_taxon_list(archive(tmp_path / "a.zip", {"meta.xml": meta, "taxon.tsv": DARWIN}), BASE)
    assert "neofelis-diardi" in found.taxonomy
    found = read_taxon_list(
        archive(tmp_path / "col.zip", {"NameUsage.tsv": COLDP, "metadata.yaml": ""}), BASE
    )
    assert "pardofelis-marmorata" in found.taxonomy


def test_our_ids_stay_where_a_file_thinks_otherwise(tmp_path: Path) -> None:
    text = (
        "taxonID,parentNameUsageID,acceptedNameUsageID,scientificName,taxonRank,taxonomicStatus\n"
        "1,,,Felidae,family,accepted\n2,1,,Uncia,genus,accepted\n3,2,,Uncia uncia,species,accepted\n"
        "4,2,3,Panthera uncia,species,synonym\n"
    )
    found = read_taxon_list(written(tmp_path, text), BASE)
    assert Names(found.taxonomy).taxon("Panthera uncia") == "panthera-uncia"
    assert any("our id stays panthera-uncia" in note for note in found.notes)


def test_another_placement_is_a_note_and_changes_nothing(tmp_path: Path) -> None:
    text = "scientific_name,rank,parent\nPanthera leo,species,Felis\n"
    found = read_taxon_list(written(tmp_path, text), BASE)
    assert found.taxonomy.get("panthera-leo").parent == "panthera"
    assert "we keep it in panthera" in found.notes[0]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "taxonID,parentNameUsageID,scientificName,taxonRank\n1,2,Aa,genus\n2,1,Bb,family\n",
            "its own ancestor",
        ),
        ("scientific_name,rank,parent\nQuercus robur,species,Quercus\n", "no ancestor of Quercus robur"),
        ("taxonID,scientificName,taxonRank\n1,Felidae,family\n1,Canidae,family\n", "the id 1 is there twice"),
        ("scientific_name,rank,parent\nFelidae,order,Mammalia\n", "is a order here and a family in our tree"),
        ("scientific_name,rank,parent\nFelis bella,species,Felis\n,species,Felis\n", "no scientific name"),
        ("scientific_name,rank,parent\nBadgenus,family,Felis\n", "cannot sit under"),
        (
            "taxonID,acceptedNameUsageID,scientificName,taxonRank\n1,,Felidae,family\n2,9,Felis bella,species\n",
            "which is not in the file",
        ),
    ],
)
def test_what_is_wrong_is_named_and_left_out(tmp_path: Path, text: str, message: str) -> None:
    found = read_taxon_list(written(tmp_path, text), BASE)
    assert any(message in problem for problem in found.problems), found.problems
    assert isinstance(found.taxonomy, Taxonomy)


def test_empty_and_endless_lists_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(FormatError, match="has no taxon"):
        read_taxon_list(written(tmp_path, "scientific_name,rank\n"), BASE)
    monkeypatch.setattr(taxon_list, "MOST_TAXA", 1)
    with pytest.raises(FormatError, match="more than 1 rows"):
        read_taxon_list(written(tmp_path, OURS), BASE)
