"""Browsing: the tree, facets, where one is, own photos, comparison."""

import re
import shutil
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from core.place import Presence, PresenceRecord
from core.settings import ROOT
from core.species import load_cards, load_taxonomy
from core.species.versions import TaxonomyVersions
from core.store import Checklists, EventKind, ExternalRecord, Knowledge, LabelEvent, Lookup, open_database
from core.taxonomy.lineage import extend
from pages._ui import services
from tests import factories

CARDS = load_cards(ROOT / "species_info")
NOW = datetime(2026, 11, 21, tzinfo=UTC)
NAIROBI = factories.gps_entries(((1, 1), (17, 1), (0, 1)), ((36, 1), (49, 1), (0, 1)))


def engine():
    return open_database(services.Settings().database)


def choose(screen, key, *values):
    screen.at.pills(key=key).set_value(list(values))
    return screen.run()


def test_the_tree_filters_by_a_click(visit):
    screen = visit("species", taxon="carnivora")
    tree = screen.html("fm-tree")
    assert re.search(r'href="species\?taxon=felidae"[^>]*>Cats <small>12</small>', tree)
    assert "claws" not in tree
    assert "Carnivorans" in screen.text("fm-lead")
    assert any("canine teeth" in m.value for m in screen.at.markdown)
    inner = visit("species", taxon="felidae")
    assert {CARDS[t].family for t in inner.tiles()} == {"Felidae"}
    assert not inner.at.pills(key="statuses").value


def test_facets_narrow_together_and_live_in_the_address(visit):
    screen = visit("species", here="KEN")
    assert len(screen.tiles()) == 160
    native = choose(screen, "only", "Native where I am").tiles()
    assert {t for t in native} == {t for t, card in CARDS.items() if "KEN" in card.native}
    threatened = choose(screen, "statuses", "Threatened").tiles()
    assert 0 < len(threatened) < len(native)
    assert all(CARDS[t].iucn in ("CR", "EN", "VU") for t in threatened)
    again = visit("species", here="KEN", statuses="Threatened", only="Native where I am").tiles()
    assert again == threatened


def test_parts_of_the_world(visit):
    screen = visit("species")
    screen.at.multiselect(key="regions").set_value(["South America"])
    tiles = screen.run().tiles()
    assert "vultur-gryphus" in tiles
    assert "panthera-leo" not in tiles


@pytest.mark.parametrize(
    ("taxon", "country", "words"),
    [
        ("panthera-leo", "KEN", "Native in Kenya"),
        ("sciurus-carolinensis", "GBR", "Invasive in the United Kingdom"),
        ("puma-concolor", "KEN", "No record for Kenya. That does not mean it is absent"),
        ("bos-taurus", "KEN", "Lives with people"),
    ],
)
def test_a_card_says_what_holds_here(visit, taxon, country, words):
    assert words in visit("species", taxon=taxon, here=country).text("fm-here").replace(" .", ".")


def test_anywhere_says_nothing_about_a_place(visit):
    assert visit("species", taxon="panthera-leo").html("fm-here") == ""
    assert visit("species", taxon="panthera-leo", here="QQQ").html("fm-here") == ""


def test_invasive_animals_come_with_advice_for_the_place(visit):
    panel = visit("species", taxon="sus-scrofa", here="USA").html("fm-here")
    assert "Take a photo" in panel
    assert 'href="https://www.eddmaps.org"' in panel
    assert "nonnativespecies.org" not in panel


def test_a_list_of_ones_own_wins(visit):
    record = PresenceRecord("puma-concolor", "KEN", Presence.INTRODUCED, "county list", "2025")
    Checklists(engine()).add("county list", "ab" * 32, [record], at=NOW)
    panel = visit("species", taxon="puma-concolor", here="KEN").text("fm-here")
    assert "Brought to Kenya by people" in panel
    assert "If you meet it in the wild" in panel
    assert "your list: county list, 2025" in panel


def test_a_list_is_given_on_the_page_taken_out_of_use_and_put_back(visit):
    screen = visit("species", here="KEN")
    text = b"scientific_name,status\nPuma concolor,introduced\nDraco magicus,native\n"
    screen.at.file_uploader[0].set_value([("county.csv", text, "text/csv")])
    screen.run()
    assert "1 lines of county are in use" in screen.at.success[0].value
    assert "1 names are none of our species" in screen.at.success[0].value
    assert "Brought to Kenya" in visit("species", taxon="puma-concolor", here="KEN").text("fm-here")
    screen.at.toggle(key="own_list_1").set_value(False)
    screen.run()
    assert "No record for Kenya" in visit("species", taxon="puma-concolor", here="KEN").text("fm-here")


def test_a_bad_list_is_explained_and_nothing_changes(visit):
    screen = visit("species")
    screen.at.file_uploader[0].set_value(
        [("mine.csv", b"scientific_name,country\nPanthera leo,Narnia\n", "text/csv")]
    )
    screen.run()
    assert "mine.csv, line 2" in screen.at.error[0].value.replace("\\", "")
    assert Checklists(engine()).all() == []
    assert len(screen.tiles()) == 160


def test_a_region_of_a_country_can_be_chosen(visit):
    record = PresenceRecord("sciurus-carolinensis", "USA", Presence.INVASIVE, "state list", region="US-CA")
    Checklists(engine()).add("state list", "ab" * 32, [record], at=NOW)
    screen = visit("species", taxon="sciurus-carolinensis", here="USA")
    assert "Native in the United States" in screen.text("fm-here")
    screen.at.selectbox(key="part").set_value("US-CA")
    assert "Invasive in California" in screen.run().text("fm-here")


def test_two_species_side_by_side(visit):
    screen = visit("species", compare="panthera-pardus,panthera-onca")
    assert "Leopard or Jaguar?" in [t.value for t in screen.at.title]
    cards = [h.value for h in screen.at.html if 'class="fm-card"' in h.value]
    assert len(cards) == 2
    assert any("Americas only" in m.value for m in screen.at.markdown)


@pytest.mark.parametrize("pair", ["panthera-pardus", "panthera-pardus,panthera-pardus", "a,b", "<script>,x"])
def test_a_comparison_of_nothing_is_a_warning_above_the_list(visit, pair):
    screen = visit("species", compare=pair)
    assert "does not name two species" in screen.at.warning[0].value
    assert len(screen.tiles()) == 160


def test_the_card_says_how_well_the_model_knows_the_species(visit):
    panel = visit("species", taxon="panthera-leo").text("fm-model")
    assert re.search(r"Right on \d+ of \d+ test photos", panel)
    assert "95 % interval" in panel
    assert "Learnt from only 1 photo" in visit("species", taxon="lycaon-pictus").text("fm-model")


def labelled(ledger, screen, photo, taxon):
    sha256 = __import__("hashlib").sha256(photo).hexdigest()
    event = LabelEvent(uuid4(), sha256, EventKind.ASSERT, "me", NOW, taxon=taxon)
    ledger.append(event, received_at=NOW)
    return sha256


def test_own_photos_illustrate_the_card_at_a_safe_place(visit, ledger):
    photo = factories.jpeg(exif=factories.exif_block(gps=NAIROBI))
    screen = visit().upload(("a.jpg", photo))
    labelled(ledger, screen, photo, "panthera-leo")
    card = visit("species", taxon="panthera-leo")
    assert card.at.image
    assert "In one of your photos" in card.text("fm-seen")
    legend = card.html("fm-legend")
    assert "Your photos, to 56 km" in legend
    assert "36.8" not in "".join(h.value for h in card.at.html), "the exact place stays secret"
    mine = choose(visit("species"), "only", "In my photos")
    assert mine.tiles() == ["panthera-leo"]


def test_an_unexpected_species_is_flagged_and_stays_as_probable(visit, bundle, ledger):
    from tests.pages.test_identify import Scripted

    photo = factories.jpeg(exif=factories.exif_block(gps=NAIROBI))
    strange = visit(model=Scripted(bundle, puma_concolor=9.0)).upload(("a.jpg", photo))
    assert "No record for Kenya of Puma" in strange.text("fm-notes")
    plain = factories.jpeg()
    same = visit(model=Scripted(bundle, puma_concolor=9.0)).upload(("b.jpg", plain))
    assert "No record" not in same.text("fm-notes")
    assert strange.rungs() == same.rungs()
    native = visit(model=Scripted(bundle, panthera_pardus=9.0)).upload(("a.jpg", photo))
    assert "No record" not in native.text("fm-notes")
    assert "Native in Kenya" in native.text("fm-here")


def test_an_answer_that_stops_at_a_group_teaches_the_group(visit, bundle):
    from tests.pages.test_identify import Scripted

    cats = Scripted(bundle, panthera_pardus=1.0, panthera_onca=1.0)
    screen = visit(model=cats).upload(("x.jpg", factories.jpeg()))
    assert "Big cats" in screen.text("fm-lead fm-group")
    assert any("Coat pattern tells all of them apart" in m.value for m in screen.at.markdown)


def test_what_other_databases_said_and_where_they_differ(visit):
    knowledge = Knowledge(engine())
    link = "https://www.iucnredlist.org/species/1/2"
    payload = {"iucn": "CR", "year": 2026, "name": "Panthera leo", "link": link}
    knowledge.add(ExternalRecord("panthera-leo", "iucn", Lookup.FOUND, payload, NOW))
    knowledge.add(ExternalRecord("panthera-leo", "gbif", Lookup.DOUBTFUL, {"name": "Panthera leonis"}, NOW))
    details = " ".join(m.value for m in visit("species", taxon="panthera-leo").at.markdown)
    assert "but this card says VU" in details
    assert "knows only a similar name, Panthera leonis" in details
    assert "Where sources disagree" in details


def test_one_broken_card_leaves_the_rest_in_place(visit, tmp_path, monkeypatch):
    folder = shutil.copytree(ROOT / "species_info", tmp_path / "species_info")
    (folder / "Panthera_leo.md").write_text("---\ntaxon: [\n---\n")
    (folder / "Panthera_onca.md").write_text(
        (folder / "Panthera_onca.md").read_text() + "<script>alert(1)</script>"
    )
    (folder / "groups" / "Felidae.md").unlink()
    monkeypatch.setenv("FIELDMARK_SPECIES_INFO", str(folder))
    screen = visit("species")
    (warning,) = screen.at.warning
    assert "Panthera\\_leo.md" in warning.value
    assert "Panthera\\_onca.md" in warning.value
    assert len(screen.tiles()) == 158
    assert "Family" in visit("species", taxon="felidae").text("fm-lead")
    assert "no card called" in visit("species", taxon="panthera-leo").at.warning[1].value


def test_an_imported_taxonomy_is_browsed_without_cards(visit, tmp_path):
    tree = load_taxonomy(CARDS, ROOT / "species_info")
    path = ("Animalia", "Chordata", "Mammalia", "Carnivora", "Felidae", "Neofelis")
    more = extend(tree, [(*path, "Neofelis nebulosa"), (*path, "Neofelis diardi")])
    TaxonomyVersions(tmp_path / "taxonomies").add(more, "cats.csv", at=NOW)
    screen = visit("species", taxon="felidae")
    assert "neofelis-nebulosa" in screen.tiles()
    page = visit("species", taxon="neofelis-nebulosa")
    assert "no card about this species yet" in page.at.info[0].value
    assert "does not know this species" in page.text("fm-model")
    assert "neofelis-diardi" in visit("species").type("species_query", "Neofelis diardii").tiles()
