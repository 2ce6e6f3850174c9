"""Darwin Core archives, honest and hostile."""

from pathlib import Path

import pytest

from core.errors import FormatError
from core.formats.darwin_core import read_archive
from tests.unit.formats.archives import GRIIS, META, archive


def test_tables_are_joined_by_id(tmp_path: Path) -> None:
    found = read_archive(archive(tmp_path / "griis.zip", GRIIS))
    assert [table.kind for table in found.tables] == ["Taxon", "Distribution", "SpeciesProfile"]
    assert next(iter(found.core.rows())) == {
        "id": "k1",
        "taxonid": "k1",
        "scientificname": "Sciurus carolinensis Gmelin, 1788",
        "acceptednameusage": "Sciurus carolinensis Gmelin, 1788",
        "taxonrank": "SPECIES",
    }
    assert [row["countrycode"] for row in found.rows("Distribution")] == ["KE"] * 4
    assert list(found.rows("Multimedia")) == []


def test_files_may_lie_in_a_folder_and_values_may_be_constant(tmp_path: Path) -> None:
    meta = META.replace(
        '<field index="2" term="http://rs.tdwg.org/dwc/terms/countryCode"/>',
        '<field default="TZ" term="http://rs.tdwg.org/dwc/terms/countryCode"/>',
    )
    files = {f"griis-kenya/{name}": text for name, text in {**GRIIS, "meta.xml": meta}.items()}
    found = read_archive(archive(tmp_path / "griis.zip", files))
    assert {row["countrycode"] for row in found.rows("Distribution")} == {"TZ"}


@pytest.mark.parametrize("name", ["../../evil.txt", "/etc/passwd", "..\\evil.txt", "C:evil.txt"])
def test_names_that_lead_out_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(FormatError, match="leads out of it"):
        read_archive(archive(tmp_path / "x.zip", {**GRIIS, name: "x"}))
    assert [p.name for p in tmp_path.iterdir()] == ["x.zip"]


def test_a_bomb_is_refused_before_it_grows(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="would grow"):
        read_archive(archive(tmp_path / "x.zip", {**GRIIS, "taxon.txt": b"\0" * 50_000_000}))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"meta.xml": "<archive"}, "broken"),
        ({"meta.xml": '<!DOCTYPE a [<!ENTITY b "c">]><archive>&b;</archive>'}, "entities"),
        ({"meta.xml": "<archive/>"}, "names no table"),
        ({"meta.xml": META.replace("taxon.txt", "../taxon.txt")}, "not there"),
        ({"meta.xml": META.replace('encoding="UTF-8"', 'encoding="klingon"', 1)}, "klingon"),
        (
            {"meta.xml": META.replace('fieldsTerminatedBy="\\t"', 'fieldsTerminatedBy="ab"', 1)},
            "separated by",
        ),
    ],
)
def test_a_broken_description_is_explained(tmp_path: Path, change: dict[str, str], message: str) -> None:
    with pytest.raises(FormatError, match=message):
        read_archive(archive(tmp_path / "x.zip", {**GRIIS, **change}))


def test_other_files_are_no_archives(tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(b"PK\x03\x04 not really")
    with pytest.raises(FormatError, match="ZIP"):
        read_archive(tmp_path / "x.zip")
    with pytest.raises(FormatError, match=r"no meta\.xml"):
        read_archive(archive(tmp_path / "y.zip", {"a.txt": "x"}))


def test_a_table_in_another_encoding_than_it_says(tmp_path: Path) -> None:
    found = read_archive(
        archive(tmp_path / "x.zip", {**GRIIS, "taxon.txt": "id\nGuépard\n".encode("latin-1")})
    )
    with pytest.raises(FormatError, match=r"taxon\.txt is not UTF-8"):
        list(found.core.rows())
