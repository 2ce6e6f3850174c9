"""E20: what it is worth that the last blocks of the backbone learn from corrections too."""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from core.model import Bundle, read_bundle
from core.model.backbones import cut, depths
from core.model.network import Network
from core.training.embedded import PhotoRow, load_network
from core.training.feature_maps import look_at
from core.training.finetune import FinetuneOptions, finetune
from core.training.held_out import Judged, Shown, macro_f1
from core.training.last_stage import features_of
from core.training.ways import CHANGE
from tests.benchmarks.experiments.corrections import (
    SEEDS,
    Figures,
    Looked,
    answers,
    head_on,
    imagenet,
    look,
    parts,
    right,
    wrong_first,
)
from tests.benchmarks.experiments.data import SPEC, Embedded, Ints
from tests.benchmarks.experiments.table import Claim, Outcome, gain, rows_of

STAGES = FinetuneOptions().stage.stages
HEAD, BLOCKS = "head alone", "last blocks too"
WAYS = {HEAD: FinetuneOptions(depth="head"), BLOCKS: FinetuneOptions(depth="blocks")}


def e20(data: Embedded, seeds: tuple[int, ...] = SEEDS, size: int = 400) -> Outcome:
    """Correct what a model gets wrong that learnt from a third of the photos, all of which are at hand."""
    found: Figures = {}
    with TemporaryDirectory() as place:
        looked = look(data, imagenet(data, Path(place) / "imagenet"))
    for seed in seeds:
        one_seed(looked, found, seed, size)
    return e20_outcome(found, size)


def one_seed(looked: Looked, found: Figures, seed: int, size: int) -> None:
    data = looked.data
    first, asked, others = parts(looked, data.rows("train"), (1 / 3, 1 / 3, 1 / 3), seed)
    judge, golden = parts(looked, data.rows("val"), (0.5, 0.5), seed)
    at_hand = {
        looked.hashes[row][:16]: PhotoRow(looked.hashes[row], data.photos[row].path)
        for row in (*first, *judge)
    }
    places = {sha256: photo.path for sha256, photo in zip(looked.hashes, data.photos, strict=True)}
    with TemporaryDirectory() as place:
        base = Path(place) / "base"
        head_on(looked, first, judge, base)
        old = answers(read_bundle(base))
        given = wrong_first(looked, old, asked, seed)[:size]
        species = {data.photos[row].label for row in given}
        others = np.array([row for row in others if data.photos[row].label in species])
        golden = np.array([row for row in golden if data.photos[row].label in old.classes])
        before = _figures(looked, old, looked.shown, given, others, golden)
        _keep(found, "before", before)
        for way, options in WAYS.items():
            result = finetune(
                base, looked.corrections(given), data.taxonomy, Path(place) / way, options,
                photo_path=places.__getitem__, cache=data.cache, find_photo=at_hand.get,
            )  # fmt: skip
            bundle = result.bundle
            now = _figures(looked, answers(bundle), seen_by(looked, bundle), given, others, golden)
            wanted = any(reason.startswith(f"{CHANGE}:") for reason in result.reasons)
            now |= {"alpha": result.alpha}
            if way == BLOCKS:
                now["taken by itself"] = float(wanted)
            _keep(found, way, now)
            print(f"seed {seed}: {way}: {now}", flush=True)


def seen_by(looked: Looked, bundle: Bundle) -> Callable[[Ints], Shown]:
    """Return what shows photos as the backbone of a model sees them, from the maps of its frozen layers."""
    network = load_network(bundle)
    deepest = max(depths(network.backbone).values())
    halves = cut(network.backbone, deepest + 1 - STAGES, SPEC.size)
    assert halves is not None
    late = Network(halves[1], network.head)

    def shown(rows: Ints) -> Shown:
        photos = [PhotoRow(looked.hashes[row], looked.data.photos[row].path) for row in rows]
        maps = look_at(halves[0], SPEC, list(dict.fromkeys(photos)), looked.data.cache)
        seen = features_of(late, np.stack([maps[photo.sha256] for photo in photos]))
        plain = looked.shown(rows)
        return Shown(seen, plain.labels, plain.groups)

    return shown


def _figures(
    looked: Looked, model: Judged, shown: Callable[[Ints], Shown], given: Ints, others: Ints, golden: Ints
) -> dict[str, float]:
    judged = shown(golden)
    return {
        "corrected right": right(model, shown(given)),
        "others of their species right": right(model, shown(others)),
        "golden macro-F1": macro_f1(model.guesses(judged), judged.labels, model.taxonomy),
    }


def _keep(found: Figures, way: str, figures: dict[str, float]) -> None:
    row = found.setdefault(way, {})
    for name, value in figures.items():
        row.setdefault(name, []).append(value)


def e20_outcome(found: Figures, size: int) -> Outcome:
    columns = (
        "corrected right", "others of their species right", "golden macro-F1", "alpha", "taken by itself",
    )  # fmt: skip

    def gained(column: str) -> tuple[float, float]:
        mean, half = gain(found[BLOCKS][column], found[HEAD][column])
        return 100 * mean, 100 * half

    learnt, others, golden = (gained(name) for name in columns[:3])
    seeds = len(found[HEAD]["alpha"])
    drawn = f"{seeds} seeds." if seeds > 1 else "One seed only, so nothing is said about chance."
    return Outcome(
        "E20 The last blocks learn from corrections too",
        f"A head on the pretrained backbone that learnt from a third of train; {size} photos of the second third are corrected or confirmed at once, wrong ones first. "
        "Half of val is in its memory, half is golden. The photos that it learnt from are at hand, so that the last two stages of the backbone can learn too. Others: "
        "the photos of the last third that show species among the corrected ones. Taken by itself: share of the seeds in which `--depth auto` would have changed the "
        "blocks. The rate was chosen on these photos (seeds 0 and "
        "1, an earlier draw of corrections, before the head learnt as it does now): 1e-4 gained less, and at 1e-3 the loss leapt in the first look. "
        f"{drawn}",
        ["way", *columns], rows_of(found, columns),
        [
            Claim(f"corrected photos: more are right with the last blocks ({learnt[0]:+.1f} ± {learnt[1]:.1f} points)", learnt[0] > 0),
            Claim(f"other photos of their species: more are right ({others[0]:+.1f} ± {others[1]:.1f})", others[0] > 0),
            Claim(f"golden macro-F1 falls by 0.5 points at most against the head alone ({golden[0]:+.1f} ± {golden[1]:.1f})", golden[0] >= -0.5),
        ],
    )  # fmt: skip
