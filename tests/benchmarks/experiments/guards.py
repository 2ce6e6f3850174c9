"""E8: mistakes that have been made elsewhere, made here on purpose. E10: bursts and empty frames. E11: learning rates."""

import copy
import json
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import nn

from core.errors import FieldmarkError
from core.evaluation.hierarchical import hierarchical_scores
from core.evaluation.ranks import counts
from core.model import read_bundle
from core.settings import Settings
from core.training.manifest import LabelledPhoto, first_frames, separate_groups
from core.training.rate_finder import find_rate
from tests.benchmarks.experiments.data import Embedded
from tests.benchmarks.experiments.table import Claim, Outcome, cell, interval

SEEDS = (0, 1, 2, 3, 4)


def refused(act: Callable[[], object]) -> bool:
    try:
        act()
    except (FieldmarkError, TypeError, ValueError):
        return True
    return False


def e8(data: Embedded | None, seeds: tuple[int, ...] = SEEDS) -> Outcome:
    """Inject what is known to have gone wrong in other projects, one at a time."""
    taxonomy = read_bundle(Settings().model).taxonomy
    lion, puma = "panthera-leo", "puma-concolor"
    positional: Callable[..., object] = hierarchical_scores
    swapped = refused(lambda: positional([lion], [puma], taxonomy)) and refused(
        lambda: counts(np.array([0]), np.array([1]), 2)
    )  # type: ignore[misc]
    head, tail = np.array([0] * 90 + [1] * 10), np.zeros(100, int)
    found = counts(y_true=head, y_pred=tail, size=2)
    apart = abs(float(found.recall.mean()) - 0.5) < 1e-9 and found.hits.sum() / 100 == 0.9
    burst = [LabelledPhoto(Path(f"{s}.jpg"), lion, s, group="g1") for s in ("train", "test")]  # type: ignore[arg-type]
    kept, out = separate_groups(burst)
    bugs = [
        ("truth and prediction swapped in a metric", "metrics take them by name only: TypeError", swapped),
        ("plain accuracy reported as balanced", "a majority guess on 90:10 gives 0.90 and 0.50, and both are printed", apart),
        ("photos of one burst on both sides of a split", "the copy in train is left out and counted", [p.split for p in kept] == ["test"] and len(out) == 1),
        ("classes in another order than the weights", "the bundle is refused: hash of the taxonomy or of the weights", _tampered("taxonomy")),
        ("a label that the network has no output for", "the bundle is refused", _tampered("classes")),
        ("weights of another model under this description", "the bundle is refused: hash", _tampered("weights")),
        ("rows with empty names dropped in silence", "the manifest is refused, with the line", _manifest(",empty-name")),
        ("a species spelt wrongly becomes a class of its own", "the manifest is refused, with the nearest name", _manifest("Panthera leoo")),
        ("rare species corrected for twice", "the configuration is refused", _twice()),
    ]  # fmt: skip
    return Outcome(
        "E8 Leaks and mix-ups trip a wire",
        "Mistakes found in published wildlife classifiers (swapped arguments, bursts on both sides, class orders that differ, rows dropped at "
        "test time ...), made here on purpose. Those about metadata have no counterpart yet: no model of Fieldmark reads place or weather.",
        ["mistake", "what happens", "noticed"], [[bug, what, "yes" if ok else "**no**"] for bug, what, ok in bugs],
        [Claim("every mistake is noticed", all(ok for _, _, ok in bugs))],
    )  # fmt: skip


def _tampered(what: str) -> bool:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "model"
        shutil.copytree(Settings().model, folder)
        path = folder / "model.json"
        record = json.loads(path.read_text(encoding="utf-8"))
        if what == "taxonomy":
            record["taxonomy"][-1]["parent"], record["taxonomy"][-2]["parent"] = (
                record["taxonomy"][-2]["parent"],
                record["taxonomy"][-1]["parent"],
            )
            record["taxonomy"][-1]["id"] += "x"
        elif what == "classes":
            record["classes"][0] = "panthera-nova"
        else:
            shutil.copyfile(
                Settings().model.with_name("fieldmark-1") / "model.safetensors", folder / "model.safetensors"
            )
        path.write_text(json.dumps(record), encoding="utf-8")
        return refused(lambda: read_bundle(folder))


def _manifest(name: str) -> bool:
    from core.training.manifest import read_manifest

    with tempfile.TemporaryDirectory() as place:
        (Path(place) / "a.jpg").write_bytes(b"")
        table = Path(place) / "m.csv"
        table.write_text(
            f"file,scientific_name,split\na.jpg,{'' if name == ',empty-name' else name},train\n",
            encoding="utf-8",
        )
        taxonomy = read_bundle(Settings().model).taxonomy
        return refused(lambda: read_manifest(table, Path(place), taxonomy))


def _twice() -> bool:
    from core.training.sampling import refuse_double_correction

    return refused(lambda: refuse_double_correction("balanced", ("softmax", "balanced")))


def e10(data: Embedded | None, seeds: tuple[int, ...] = SEEDS) -> Outcome:
    """Bursts whose animal leaves before the last frame; and nine empty frames for every animal."""
    per_frame, first_only, pooled, precision = (
        [],
        [],
        [],
        {"all frames": [], "a tenth, undone": [], "a tenth, not undone": []},
    )
    for seed in seeds:
        rng = np.random.default_rng([seed, 10])
        centres = rng.normal(0, 1, (12, 24))
        empty = rng.normal(0, 0.6, 24)

        def bursts(
            n: int, rng: np.random.Generator = rng, centres: np.ndarray = centres, empty: np.ndarray = empty
        ):
            labels = rng.integers(0, 12, n)
            stays = rng.integers(1, 4, n)  # frames with the animal, of three
            frames = np.stack([
                np.where((t < stays)[:, None], centres[labels], empty) + rng.normal(0, 0.9, (n, 24)) for t in range(3)
            ], axis=1)  # fmt: skip
            return frames.astype(np.float32), labels, stays

        frames, labels, _ = bursts(400)
        test, truth, _ = bursts(600)
        photos = [
            LabelledPhoto(Path(f"{b:04}-{t}.jpg"), str(labels[b]), "train", sequence=f"s{b}")
            for b in range(400)
            for t in range(3)
        ]
        kept = {photo.path.name for photo in first_frames(photos)}
        chosen = np.array([photo.path.name in kept for photo in photos])
        x, y = frames.reshape(-1, 24), np.repeat(labels, 3)
        all_frames, firsts = _classifier(x, y, 12, seed), _classifier(x[chosen], y[chosen], 12, seed)
        per_frame.append(
            _macro_f1(all_frames(test.reshape(-1, 24)).reshape(-1, 3, 12).mean(axis=1).argmax(axis=1), truth)
        )
        first_only.append(_macro_f1(firsts(test[:, 0]).argmax(axis=1), truth))
        pooled.append(
            _macro_f1(firsts(test.reshape(-1, 24)).reshape(-1, 3, 12).mean(axis=1).argmax(axis=1), truth)
        )
        # empties: class 12, nine times as common as all animals together
        labels2 = np.where(rng.random(6000) < 0.9, 12, rng.integers(0, 12, 6000))
        x2 = (np.vstack([centres, empty])[labels2] + rng.normal(0, 1.1, (6000, 24))).astype(np.float32)
        judge = np.where(rng.random(4000) < 0.9, 12, rng.integers(0, 12, 4000))
        x3 = (np.vstack([centres, empty])[judge] + rng.normal(0, 1.1, (4000, 24))).astype(np.float32)
        thin = (labels2 != 12) | (rng.random(6000) < 0.1)
        told = np.zeros(13)
        told[12] = np.log(0.1)
        for name, rows, offset in (
            ("all frames", labels2 >= 0, np.zeros(13)),
            ("a tenth, undone", thin, told),
            ("a tenth, not undone", thin, np.zeros(13)),
        ):
            guess = _classifier(x2[rows], labels2[rows], 13, seed, offset)(x3).argmax(axis=1)
            precision[name].append(float((judge[guess == 12] == 12).mean()))
    gap = np.mean(precision["a tenth, undone"]) - np.mean(precision["all frames"])
    better = interval([a - b for a, b in zip(first_only, per_frame, strict=True)])
    return Outcome(
        "E10 Bursts and empty frames",
        "Synthetic: bursts of three frames that all carry the label though the animal may leave after the first; then nine empty frames for every "
        "animal. Macro-F1 over bursts; precision of “empty”.",
        ["what", "figure"],
        [
            ["trained on all frames, mean over the burst", cell(per_frame)], ["trained on first frames, asked about the first", cell(first_only)],
            ["trained on first frames, mean over the burst", cell(pooled)],
            *[[f"empty frames: {name}", cell(values)] for name, values in precision.items()],
        ],
        [
            Claim(f"first frames: macro-F1 over bursts +5 points ({100 * better[0]:+.1f} ± {100 * better[1]:.1f})", better[0] >= 0.05),
            Claim(f"a tenth of the empty frames, prior undone: precision within 2 points ({100 * gap:+.1f})", abs(gap) <= 0.02),
        ],
    )  # fmt: skip


def _classifier(x: np.ndarray, y: np.ndarray, k: int, seed: int, offset: np.ndarray | None = None):
    torch.manual_seed(seed)
    layer = nn.Linear(x.shape[1], k)
    shift = torch.zeros(k) if offset is None else torch.from_numpy(offset).float()
    optimizer = torch.optim.AdamW(layer.parameters(), 2e-2, weight_decay=1e-3)
    inputs, targets = torch.from_numpy(x), torch.from_numpy(y)
    for _ in range(40):
        for rows in torch.randperm(len(x)).split(256):
            loss = nn.functional.cross_entropy(layer(inputs[rows]) + shift, targets[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()

    def scores(new: np.ndarray) -> np.ndarray:
        with torch.inference_mode():
            return layer(torch.from_numpy(np.ascontiguousarray(new, np.float32))).log_softmax(dim=1).numpy()

    return scores


def _macro_f1(guesses: np.ndarray, truth: np.ndarray) -> float:
    return float(
        counts(y_true=truth, y_pred=guesses, size=int(max(truth.max(), guesses.max())) + 1).f1.mean()
    )


def e11(data: Embedded | None, seeds: tuple[int, ...] = SEEDS) -> Outcome:
    """The range test against a grid of rates, on a small network, and on a parabola that is known to diverge."""
    rows, near, same = [], [], True
    for name, optimizer_of in (
        ("AdamW", torch.optim.AdamW),
        ("SGD with momentum", lambda p, lr: torch.optim.SGD(p, lr, momentum=0.9)),
    ):
        for seed in seeds:
            torch.manual_seed(seed)
            x = torch.randn(1024, 20)
            y = ((x[:, :5] ** 2).sum(dim=1) > 4.35).long()
            network = nn.Sequential(nn.Linear(20, 64), nn.ReLU(), nn.Linear(64, 2))
            before = copy.deepcopy(network.state_dict())
            optimizer = optimizer_of(network.parameters(), 0.1)
            found = find_rate(network, optimizer, _stepper(network, optimizer, x, y))
            same &= all(torch.equal(network.state_dict()[key], before[key]) for key in before)
            losses = {}
            for rate in 10.0 ** np.arange(-4, 0.6, 0.25):
                trained = copy.deepcopy(network)
                step = _stepper(trained, optimizer_of(trained.parameters(), float(rate)), x, y)
                losses[float(rate)] = float(np.mean([step() for _ in range(150)][-30:]))
            best = min(losses, key=losses.__getitem__)
            near.append(1 / 5 <= found.valley / best <= 5)
            rows.append(
                [
                    f"{name}, seed {seed}",
                    f"{found.valley:.2g}",
                    f"{found.steep:.2g}",
                    f"{found.tenth:.2g}",
                    f"{best:.2g}",
                ]
            )
    weight = nn.ParameterList([nn.Parameter(torch.tensor([3.0]))])
    optimizer = torch.optim.SGD(weight.parameters(), 0.1)

    def parabola() -> float:
        loss = 2.0 * (weight[0] ** 2).sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss.item()

    found = find_rate(weight, optimizer, parabola)
    rows.append(
        [
            "parabola, diverges at 0.5",
            f"{found.valley:.2g}",
            f"{found.steep:.2g}",
            f"{found.tenth:.2g}",
            "0.25",
        ]
    )
    return Outcome(
        "E11 The learning-rate range test",
        "Suggestions against the best rate of a grid (mean loss of the last 30 of 150 steps), on a network of two layers.",
        ["problem", "valley", "steepest", "a tenth of the lowest", "best of the grid"], rows,
        [
            Claim(f"the valley is within a factor of 5 of the best ({sum(near)} of {len(near)})", all(near)),
            Claim("no suggestion but the steepest diverges on the parabola", max(found.valley, found.tenth) < 0.5),
            Claim("weights are the same bits afterwards", same and weight[0].item() == 3.0),
        ],
    )  # fmt: skip


def _stepper(
    network: nn.Module, optimizer: torch.optim.Optimizer, x: torch.Tensor, y: torch.Tensor
) -> Callable[[], float]:
    rng = np.random.default_rng(0)

    def step() -> float:
        rows = torch.from_numpy(rng.integers(0, len(x), 64))
        loss = nn.functional.cross_entropy(network(x[rows]), y[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss.item()

    return step
