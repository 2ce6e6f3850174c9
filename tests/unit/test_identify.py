"""Photos in, identifications out: in order, whatever is among them."""

import hashlib
import io
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

import core.identify as service
from core.decision import Outcome
from core.formats.identifications import to_record
from core.identify import (
    BATCH,
    Identification,
    Request,
    Upload,
    identify,
    identify_one,
    model_identity,
    save_to,
)
from core.media import MediaLibrary, find_photos
from core.media.embeddings import EmbeddingStore
from core.media.previews import SIDES, Previews
from core.store import Ledger, PhotoHashes, open_database
from tests.factories import CASES, encode, jpeg, scene, write_zoo


@pytest.fixture(scope="module")
def other_photo(cat_pixels) -> bytes:
    """A good photo that scores differently: Chelsea's nose, mirrored, in a colder light."""
    nose = ImageOps.mirror(Image.fromarray(cat_pixels).crop((120, 60, 330, 220)))
    cold = Image.fromarray((np.asarray(nose) * [0.6, 0.9, 1.2]).clip(0, 255).astype(np.uint8))
    buffer = io.BytesIO()
    cold.resize((640, 480)).save(buffer, "JPEG", quality=92)
    return buffer.getvalue()


@pytest.fixture(scope="module")
def alone(classifier, cat_photo, other_photo) -> tuple[Identification, Identification]:
    """What becomes of the good photos when nothing else is about."""
    cat, other = Upload("cat.jpg", cat_photo), Upload("other.jpg", other_photo)
    return identify_one(cat, classifier), identify_one(other, classifier)


def names(item: Identification) -> dict[str, str]:
    """Return the likeliest ladder as rank to name."""
    return {c.taxon.rank.label: c.taxon.scientific_name for c in item.answer.ladder}


def scores(item: Identification) -> list[float]:
    """Return the probability of every taxon, and of there being no animal."""
    distribution = item.distribution
    return [
        distribution.blank,
        *(distribution.probability(taxon.id) for taxon in distribution.taxonomy.order),
    ]


def assert_same(item: Identification, alone: Identification) -> None:
    assert (item.file, item.sha256, item.error, item.notes) == (
        alone.file,
        alone.sha256,
        alone.error,
        alone.notes,
    )
    if alone.distribution is None:
        assert item.distribution is None
        return
    np.testing.assert_allclose(scores(item), scores(alone), atol=1e-4)
    assert names(item) == names(alone)
    assert item.answer.outcome is alone.answer.outcome


def test_a_known_cat(classifier, cat_photo):
    item = identify_one(Upload("chelsea.jpg", cat_photo), classifier)
    assert item.answer.outcome is Outcome.IDENTIFIED
    assert names(item)["family"] == "Felidae"
    assert item.sha256 == hashlib.sha256(cat_photo).hexdigest()
    assert item.notes == ()
    assert item.error is None


class TestAmongBadFiles:
    @pytest.mark.parametrize("bad_case", [c for c in CASES if c.error], ids=lambda case: case.name)
    def test_one_bad_file_leaves_the_good_rows_right(
        self, bad_case, classifier, cat_photo, other_photo, alone
    ):
        sources = [
            Upload("cat.jpg", cat_photo), Upload(bad_case.name, bad_case.make()), Upload("other.jpg", other_photo),
        ]  # fmt: skip
        cat, bad, other = identify(sources, classifier)
        assert (bad.file, bad.error.code, bad.answer) == (bad_case.name, bad_case.error, None)
        assert_same(cat, alone[0])
        assert_same(other, alone[1])

    def test_the_good_photos_differ(self, classifier, cat_photo, other_photo):
        cat, other = identify([Upload("a.jpg", cat_photo), Upload("b.jpg", other_photo)], classifier)
        assert np.abs(np.subtract(scores(cat), scores(other))).max() > 0.01, "or a mix-up would go unnoticed"

    @pytest.mark.parametrize("count", [0, 1, BATCH - 1, BATCH, BATCH + 1, 3 * BATCH + 2])
    def test_order_over_several_batches(self, classifier, cat_photo, other_photo, count):
        kinds = [cat_photo, b"not a photo", other_photo]
        sources = [Upload(f"{i}.jpg", kinds[i % 3]) for i in range(count)]
        alone = [identify_one(source, classifier) for source in sources[:3]]
        items = list(identify(sources, classifier))
        assert [item.file for item in items] == [source.name for source in sources]
        for i, item in enumerate(items):
            assert_same(item, replace(alone[i % 3], file=item.file, error=item.error))
            assert (item.error.code if item.error else None) == ("not_an_image" if i % 3 == 1 else None)

    def test_a_batch_of_nothing_but_bad_files(self, classifier):
        items = list(identify([Upload(f"{i}.jpg", b"") for i in range(BATCH + 3)], classifier))
        assert [item.error.code for item in items] == ["empty_file"] * (BATCH + 3)

    @pytest.mark.timeout(60)
    def test_a_folder_that_has_seen_everything(self, classifier, tmp_path):
        expected = write_zoo(tmp_path)
        items = {
            str(Path(i.file).relative_to(tmp_path)): i for i in identify(find_photos(tmp_path), classifier)
        }
        assert {name: i.error.code if i.error else None for name, i in items.items()} == expected
        assert all((item.answer is None) == (item.error is not None) for item in items.values())

    def test_a_defect_of_ours_costs_one_row(self, classifier, cat_photo, other_photo, monkeypatch, caplog):
        decode = service.decode_photo

        def stumble(data, name, **options):
            if name == "b.jpg":
                raise RuntimeError("never thought of that")
            return decode(data, name, **options)

        monkeypatch.setattr(service, "decode_photo", stumble)
        sources = [Upload("a.jpg", cat_photo), Upload("b.jpg", cat_photo), Upload("c.jpg", other_photo)]
        first, second, third = identify(sources, classifier)
        assert second.error.code == "unexpected"
        assert "never thought of that" in caplog.text
        assert_same(first, identify_one(sources[0], classifier))
        assert_same(third, identify_one(sources[2], classifier))


class TestUploads:
    @pytest.mark.parametrize(
        "name",
        [
            "",
            ".",
            "..",
            "/",
            "../../etc/passwd",
            "a\0b.jpg",
            "half \ud83d.jpg",
            "latin \udce9.jpg",
            "x" * 5000,
            "a\nb",
        ],
    )
    def test_names_are_only_shown(self, classifier, cat_photo, name):
        item = identify_one(Upload(name, cat_photo), classifier)
        assert item.error is None
        assert item.file == name
        assert item.photo.name.isprintable()
        assert item.photo.name.encode()
        assert "/" not in item.photo.name.strip("/")

    def test_a_half_photo_is_identified_with_a_remark(self, classifier, cat_photo):
        item = identify_one(Upload("cat.jpg", cat_photo[: int(len(cat_photo) * 0.8)]), classifier)
        assert [note.code for note in item.notes] == ["damaged"]
        assert names(item)["family"] == "Felidae"

    @pytest.mark.parametrize("orientation", range(1, 9))
    def test_orientation_does_not_matter(self, classifier, cat_pixels, orientation):
        from tests.factories import exif_block, short, turned

        upright = identify_one(Upload("a.jpg", jpeg(Image.fromarray(cat_pixels))), classifier)
        block = exif_block({274: short(orientation)})
        stored = jpeg(turned(Image.fromarray(cat_pixels), orientation), exif=block)
        item = identify_one(Upload("b.jpg", stored), classifier)
        assert names(item) == names(upright)
        np.testing.assert_allclose(scores(item), scores(upright), atol=0.05)

    @pytest.mark.parametrize("name", ["pixel.png", "wide.png", "tall.jpg", "zeros"])
    def test_no_name_where_nothing_can_be_seen(self, classifier, name):
        made = {case.name: case.make for case in CASES}
        data = made[name]() if name in made else jpeg(Image.new("RGB", (400, 300)))
        item = identify_one(Upload("a", data), classifier)
        assert item.answer.outcome is Outcome.UNSURE
        assert item.answer.taxon is None

    def test_limits_of_the_request(self, classifier, cat_photo):
        from core.media import DecodeLimits

        small = identify_one(
            Upload("a.jpg", cat_photo), classifier, Request(limits=DecodeLimits(max_pixels=1000))
        )
        assert small.error.code == "too_many_pixels"


class TestRun:
    def test_images_are_kept_only_on_request(self, classifier, cat_photo):
        source = Upload("a.jpg", cat_photo)
        assert identify_one(source, classifier).photo.image.size == (1, 1)
        kept = identify_one(source, classifier, Request(keep_images=True))
        assert kept.photo.image.size == (451, 300)
        assert kept.without_image().photo.image.size == (1, 1)

    def test_only_answers_are_saved_with_their_own_bytes(self, classifier, cat_photo, other_photo):
        saved = []
        sources = [Upload("a.jpg", cat_photo), Upload("b.jpg", b"bad"), Upload("c.jpg", other_photo)]
        list(identify(sources, classifier, save=lambda item, data: saved.append((item.file, data))))
        assert saved == [("a.jpg", cat_photo), ("c.jpg", other_photo)]

    def test_cancelling_keeps_what_is_done(self, classifier):
        done: list[str] = []
        sources = [Upload(f"{i}.jpg", jpeg(scene(40, 40, seed=i))) for i in range(3 * BATCH)]
        for item in identify(sources, classifier, is_cancelled=lambda: len(done) >= BATCH):
            done.append(item.file)
        assert done == [source.name for source in sources[:BATCH]]

    def test_leaving_early_is_fine(self, classifier, cat_photo):
        run = identify((Upload(f"{i}.jpg", cat_photo) for i in range(100)), classifier)
        assert next(run).file == "0.jpg"
        run.close()

    def test_sources_are_drawn_as_needed(self, classifier):
        drawn = 0

        def endless():
            nonlocal drawn
            while True:
                drawn += 1
                yield Upload(f"{drawn}.jpg", b"bad")

        run = identify(endless(), classifier)
        next(run)
        run.close()
        assert drawn <= 4 * BATCH

    def test_records_name_files_as_given(self, classifier, tmp_path):
        path = tmp_path / "missing.jpg"
        record = to_record(identify_one(path, classifier))
        assert record["file"] == str(path)
        assert record["sha256"] is None
        assert record["error"]["code"] == "not_found"


def test_what_the_network_saw_is_kept_when_a_photo_is_saved(classifier, cat_photo, tmp_path) -> None:
    engine = open_database(f"sqlite:///{tmp_path / 'x.db'}")
    embeddings, hashes = EmbeddingStore(tmp_path, classifier.bundle.weights_sha256), PhotoHashes(engine)
    keep = save_to(
        Ledger(engine), MediaLibrary(tmp_path / "media"), model_identity(classifier.bundle), door="cli",
        now=lambda: datetime(2026, 5, 1, tzinfo=UTC), embeddings=embeddings, hashes=hashes,
    )  # fmt: skip
    (item,) = identify([Upload("cat.jpg", cat_photo)], classifier, save=keep)
    assert item.embedding is None  # not held for a whole run
    assert len(embeddings) == len(hashes.all()) == 1
    alone = identify_one(Upload("cat.jpg", cat_photo), classifier)
    assert embeddings.nearest(alone.embedding, 1)[0][0].similarity == pytest.approx(1, abs=1e-3)
    blind = replace(
        item, embedding=np.empty(0, np.float32)
    )  # a network that shows nothing, such as an ONNX file
    assert keep(blind, cat_photo) is not None
    assert len(embeddings) == 1


def test_small_copies_are_made_when_a_photo_is_saved_and_no_pixels_are_held(classifier, tmp_path) -> None:
    library = MediaLibrary(tmp_path / "media")
    previews = Previews(tmp_path / "previews", library)
    keep = save_to(
        Ledger(open_database(f"sqlite:///{tmp_path / 'x.db'}")), library, model_identity(classifier.bundle),
        door="cli", now=lambda: datetime(2026, 5, 1, tzinfo=UTC), previews=previews,
    )  # fmt: skip
    photo = encode(scene(2600, 1400), "PNG")  # cannot be decoded smaller than it is
    (item,) = identify([Upload("a.png", photo)], classifier, save=keep)
    assert item.photo.image.size == (1, 1)
    assert (item.photo.width, item.photo.height) == (2600, 1400)
    library.path(item.sha256).unlink()  # nothing is left to make them of
    for size, side in SIDES.items():
        assert max(Image.open(io.BytesIO(previews.read(item.sha256, size))).size) == side
