"""Reading the list of labelled photos."""

from pathlib import Path

import pytest

from core.errors import ManifestError
from core.taxonomy import BLANK, Rank, Taxon, Taxonomy
from core.training.manifest import LabelledPhoto, Manifest, first_frames, read_manifest, separate_groups

TREE = Taxonomy(
    [
        Taxon("panthera", Rank.GENUS, "Panthera", None),
        Taxon("panthera-leo", Rank.SPECIES, "Panthera leo", "panthera"),
        Taxon("panthera-onca", Rank.SPECIES, "Panthera onca", "panthera"),
    ]
)


def write(folder: Path, text: str) -> Path:
    for name in "abcd":
        (folder / f"{name}.jpg").write_bytes(b"")
    path = folder / "manifest.csv"
    path.write_text(text, encoding="utf-8")
    return path


def read(folder: Path, text: str, **options: str) -> Manifest:
    return read_manifest(write(folder, text), folder, TREE, **options)  # type: ignore[arg-type]


def test_rows_become_labelled_photos(tmp_path: Path) -> None:
    manifest = read(
        tmp_path,
        "file,scientific_name,split,group_id,kind,source_repo,licence_class\n"
        "a.jpg,Panthera leo,train,g1,camera_trap,somewhere,cc0\n"
        "b.jpg,Empty,val,,,,\n",
    )
    lion, blank = manifest.photos
    assert lion == LabelledPhoto(
        tmp_path / "a.jpg", "panthera-leo", "train", "g1", "camera_trap", "somewhere", "cc0"
    )
    assert (blank.label, blank.split, blank.group) == (BLANK, "val", "")
    assert manifest.split("val") == (blank,)


def test_a_spreadsheets_byte_order_mark_is_no_part_of_the_first_column(tmp_path: Path) -> None:
    assert len(read(tmp_path, "\ufefffile,scientific_name,split\na.jpg,Panthera leo,train\n").photos) == 1


def test_a_quoted_name_may_hold_a_comma_or_a_line_break(tmp_path: Path) -> None:
    (tmp_path / "a, b.jpg").write_bytes(b"")
    text = 'file,scientific_name,split,kind\n"a, b.jpg",Panthera leo,train,"two\nlines"\n'
    (photo,) = read(tmp_path, text).photos
    assert (photo.path.name, photo.kind) == ("a, b.jpg", "two\nlines")


def test_the_hash_is_of_the_file_as_it_is(tmp_path: Path) -> None:
    text = "file,scientific_name,split\na.jpg,Panthera leo,train\n"
    one, same, other = read(tmp_path, text), read(tmp_path, text), read(tmp_path, text + "\n")
    assert one.sha256 == same.sha256 != other.sha256


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "no rows or missing columns file, scientific_name, split"),
        ("file,scientific_name,split\n", "no rows"),
        ("file,name,split\na.jpg,Panthera leo,train\n", "missing columns scientific_name"),
        ("file,scientific_name,split\nz.jpg,Panthera leo,train\n", r"line 2: .*z\.jpg does not exist"),
        (
            "file,scientific_name,split\na.jpg,Panthera rex,train\n",
            "line 2: no species card for 'Panthera rex'",
        ),
        ("file,scientific_name,split\na.jpg,Panthera leo,exam\n", "line 2: split 'exam' is none of train"),
        ("file,scientific_name,split\na.jpg\n", "line 2: .*columns"),
        ("file,scientific_name,split\na.jpg,Panthera leo,train,x,y\n", "line 2: .*columns"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(ManifestError, match=complaint) as caught:
        read(tmp_path, text)
    assert "manifest.csv" in str(caught.value)


def test_a_label_at_a_coarser_rank_is_a_label(tmp_path: Path) -> None:
    text = "file,scientific_name,split\na.jpg,Panthera,train\n"
    assert [photo.label for photo in read(tmp_path, text).photos] == ["panthera"]


def test_only_the_first_problems_are_listed(tmp_path: Path) -> None:
    rows = "".join(f"{number}.jpg,Panthera leo,train\n" for number in range(9))
    with pytest.raises(ManifestError, match="and 4 more") as caught:
        read(tmp_path, f"file,scientific_name,split\n{rows}")
    assert str(caught.value).count("does not exist") == 5


def test_problems_keep_their_line_when_other_species_are_skipped(tmp_path: Path) -> None:
    text = "file,scientific_name,split\na.jpg,Homo sapiens,train\nz.jpg,Panthera leo,train\n"
    with pytest.raises(ManifestError, match=r"line 3: .*does not exist"):
        read(tmp_path, text, unknown_species="skip")


def test_other_species_can_be_skipped(tmp_path: Path) -> None:
    text = "file,scientific_name,split\na.jpg,Pongo pygmaeus,train\nb.jpg,Panthera leo,train\n"
    assert [p.label for p in read(tmp_path, text, unknown_species="skip").photos] == ["panthera-leo"]


@pytest.mark.parametrize("data", [None, b"\xff\xfe\x00broken"], ids=["missing", "not UTF-8"])
def test_an_unreadable_manifest_is_explained(tmp_path: Path, data: bytes | None) -> None:
    path = tmp_path / "list.csv"
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(ManifestError, match=r"cannot read.*list\.csv"):
        read_manifest(path, tmp_path, TREE)


def test_a_group_that_reaches_into_a_more_protected_split_leaves_the_others(tmp_path: Path) -> None:
    def photo(name: str, split: str, group: str) -> LabelledPhoto:
        return LabelledPhoto(tmp_path / name, "panthera-leo", split, group)  # type: ignore[arg-type]

    photos = [
        photo("a", "train", "one"), photo("b", "val", "one"),
        photo("c", "val", "two"), photo("d", "test", "two"), photo("e", "train", "two"),
        photo("f", "train", ""), photo("g", "test", ""),
        photo("h", "train", "three"), photo("i", "train", "three"),
    ]  # fmt: skip
    kept, quarantined = separate_groups(photos)
    assert [p.path.name for p in kept] == ["b", "d", "f", "g", "h", "i"]
    assert [p.path.name for p in quarantined] == ["a", "c", "e"]


def test_reading_quarantines(tmp_path: Path) -> None:
    text = "file,scientific_name,split,group_id\na.jpg,Panthera leo,train,g\nb.jpg,Panthera leo,test,g\n"
    manifest = read(tmp_path, text)
    assert [p.path.name for p in manifest.photos] == ["b.jpg"]
    assert [p.path.name for p in manifest.quarantined] == ["a.jpg"]


def table(folder: Path, *rows: str) -> Path:
    for row in rows:
        name = row.split(",")[0]
        if name and ".." not in name and not name.startswith("/"):
            (folder / name).touch()
    path = folder / "manifest.csv"
    path.write_text("\n".join(["file,scientific_name,split", *rows]), encoding="utf-8")
    return path


def labels_of(folder: Path, taxonomy: Taxonomy, *rows: str) -> list[str]:
    return [photo.label for photo in read_manifest(table(folder, *rows), folder, taxonomy).photos]


def test_labels_of_any_rank_and_flags(tmp_path: Path, taxonomy: Taxonomy) -> None:
    names = [
        "Panthera leo",
        "Panthera",
        "Panthera sp.",
        "Felidae",
        "Mammalia spp.",
        "blank",
        "Empty",
        "human",
        "car",
    ]
    rows = [f"{i}.jpg,{name},train" for i, name in enumerate(names)]
    assert labels_of(tmp_path, taxonomy, *rows) == [
        "panthera-leo", "panthera", "panthera", "felidae", "mammalia", "blank", "blank", "human", "vehicle",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("rows", "complaint"),
    [
        (
            ["a.jpg,Pantera leo,train"],
            "line 2: no species card for 'Pantera leo'; did you mean 'Panthera leo'",
        ),
        (["a.jpg,,train"], "line 2: no name"),
        (["a.jpg,NaN,train"], "line 2: no name"),
        (
            ["a.jpg,Panthera leo,train", "a.jpg,Panthera leo,val"],
            r"line 3: a\.jpg was listed on line 2 already",
        ),
        (["a.jpg,Panthera leo,train", "a.jpg,Equus quagga,train"], "line 2 as 'Panthera leo' already"),
        (["../a.jpg,Panthera leo,train"], "must be a path inside"),
        (["/etc/passwd,Panthera leo,train"], "must be a path inside"),
        ([",Panthera leo,train"], "must be a path inside"),
        (["a.jpg,Panthera leo,training"], "split 'training' is none of train, val, test"),
    ],
)
def test_bad_rows_are_named_before_anything_is_trained(
    tmp_path: Path, taxonomy: Taxonomy, rows: list[str], complaint: str
) -> None:
    with pytest.raises(ManifestError, match=complaint):
        read_manifest(table(tmp_path, *rows), tmp_path, taxonomy)


def test_what_cannot_be_judged_is_said(tmp_path: Path, taxonomy: Taxonomy) -> None:
    rows = [
        "a.jpg,Panthera leo,train",
        "b.jpg,Equus quagga,train",
        "c.jpg,Equus quagga,val",
        "d.jpg,Felidae,val",
    ]
    found = read_manifest(table(tmp_path, *rows), tmp_path, taxonomy)
    assert found.warnings == (
        "1 labels have no photo in val and cannot be judged: panthera-leo",
        "1 labels of val are not trained and left out: felidae",
    )


def test_only_the_first_frame_of_a_burst_may_be_kept() -> None:
    burst = [LabelledPhoto(Path(f"{name}.jpg"), "panthera-leo", "train", sequence="s") for name in "bac"]
    alone = [LabelledPhoto(Path(f"{name}.jpg"), "panthera-leo", "train") for name in "xy"]
    assert first_frames([*burst, *alone]) == (burst[1], *alone)
    assert first_frames([]) == ()


def test_bursts_are_read(tmp_path: Path) -> None:
    (photo,) = read(tmp_path, "file,scientific_name,split,sequence_id\na.jpg,Panthera leo,train,s7\n").photos
    assert photo.sequence == "s7"
