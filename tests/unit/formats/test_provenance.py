"""What became of a photo, in words."""

from datetime import UTC, datetime

from core.formats.provenance import told
from core.store import ManifestRow, TrainedModel, Use

NOW = datetime(2026, 11, 21, tzinfo=UTC)
MODEL = TrainedModel(1, "d" * 64, "taught-1", "w" * 64, "p" * 64, True, {}, NOW)


def use(
    split: str, left_out: str | None = None, *models: TrainedModel, taxon: str | None = "panthera-leo"
) -> Use:
    return Use("d" * 64, ManifestRow("a" * 64, "e", taxon, split, 1.0, left_out), NOW, models)


def test_every_use_is_told() -> None:
    assert told([use("train", None, MODEL)]) == [
        "taught-1: learnt from it (as panthera-leo, 2026-11-21, dataset dddddddddddd)"
    ]
    assert "was judged on it, and did not learn from it" in told([use("test", None, MODEL)])[0]
    assert "chosen with its help" in told([use("val", None, MODEL)])[0]
    assert "left it out: a person is in the frame" in told([use("train", "person", MODEL)])[0]
    assert told([use("train", taxon=None)])[0].startswith("no model yet: learnt from it (as no animal")


def test_no_use_is_told_too() -> None:
    assert told([]) == ["no model of this Fieldmark has learnt from this photo or was judged on it"]
