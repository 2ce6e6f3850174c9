"""Judge a finished model on labelled photos, through the same code that serves it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace

import numpy as np

from core.decision import log_likelihoods, sharpen, softmax
from core.errors import ManifestError
from core.evaluation.card import write_card
from core.evaluation.metrics import Evaluation, evaluate
from core.media import load_photo
from core.model import Bundle, write_bundle
from core.model.preprocess import fit, to_array
from core.model.torch_classifier import TorchClassifier
from core.training.manifest import LabelledPhoto

ALL = "all"


def judge(bundle: Bundle, photos: Sequence[LabelledPhoto]) -> dict[str, Evaluation]:
    """Score photos whose species the model knows.

    Returns:
        An evaluation for `"all"`, and one for each kind of photo (`"photo"`, `"camera_trap"`).

    Raises:
        ManifestError: There is nothing to judge on.
    """
    known = [photo for photo in photos if photo.label in bundle.classes]
    if not known:
        raise ManifestError("no photo of this split shows a species that the model knows")
    classifier, spec = TorchClassifier(bundle), bundle.preprocessing
    arrays = (to_array(fit(load_photo(p.path, min_side=spec.size).image, spec), spec) for p in known)
    logits = np.concatenate([classifier.predict([array]).logits for array in arrays])
    probabilities = sharpen(
        softmax(log_likelihoods(logits, bundle.calibration)),
        bundle.taxonomy, bundle.classes, bundle.calibration.rank_temperatures,
    )  # fmt: skip
    targets = np.array([bundle.classes.index(photo.label) for photo in known])
    kinds = np.array([photo.kind for photo in known])

    def score(rows: np.ndarray) -> Evaluation:
        return evaluate(
            probabilities[rows], targets[rows], bundle.classes, bundle.taxonomy,
            target=bundle.calibration.target, trained=bundle.training.get("photos_per_class"),
            clusters=[known[row].group for row in np.flatnonzero(rows)],
        )  # fmt: skip

    scores = {ALL: score(np.ones(len(known), bool))}
    for kind in sorted(set(kinds) - {""}):
        scores[kind] = score(kinds == kind)
    return scores


def record_scores(bundle: Bundle, split: str, scores: Mapping[str, Evaluation]) -> None:
    """Write the figures into the model's description and card."""
    if bundle.folder is None:
        return
    metrics = dict(bundle.metrics)
    metrics[split] = asdict(scores[ALL])
    metrics[f"{split}_by_kind"] = {kind: asdict(s) for kind, s in scores.items() if kind != ALL}
    updated = replace(bundle, metrics=metrics)
    write_bundle(updated, bundle.folder)
    write_card(updated, bundle.folder)


def _blanks(s: Evaluation) -> str:
    return "none here" if s.blank_recall is None else f"{round(s.blank_recall * s.blanks)} of {s.blanks}"


def _judged(s: Evaluation) -> str:
    if s.macro_f1 is None:
        return ""
    return f"{s.macro_f1:.4f} over {s.species_judged} species with at least 5 photos, "


def _tree_lines(s: Evaluation) -> list[str]:
    lines = [f"  95 % intervals: {', '.join(f'{k} {a:.3f}-{b:.3f}' for k, (a, b) in s.intervals.items())}"]
    if s.by_frequency:
        shares = ", ".join(f"{name} {value:.3f}" for name, value in s.by_frequency.items())
        lines.append(f"  accuracy by number of training photos: {shares}")
    if s.hierarchical:
        h = s.hierarchical
        severity = "no mistakes" if h.severity is None else f"mistakes {h.severity:.2f} ranks up"
        lines.append(f"  hierarchical F1 {h.f1:.4f}; common ancestor {h.distance:.3f} ranks up, {severity}")
    return [*lines, f"  area under the risk-coverage curve {s.area_under_risk:.4f}"]


def report(scores: Mapping[str, Evaluation]) -> str:
    """Return the figures as a text table, a block per kind of photo."""
    blocks = []
    for kind, s in scores.items():
        lines = [
            f"{kind}: {s.n} photos",
            f"  macro-F1 {_judged(s)}{s.macro_f1_all:.4f} over all classes",
            f"  blanks recognised: {_blanks(s)}",
            f"  accuracy {s.accuracy:.4f}, macro accuracy {s.macro_accuracy:.4f}, ECE {s.ece:.4f}, NLL {s.nll:.4f}",
            f"  answers: {', '.join(f'{name} {share:.1%}' for name, share in s.answered.items())}; "
            f"wrong statements {s.answer_error:.1%}, their ECE {s.answer_ece:.4f}, information kept {s.information:.1%}",
            *_tree_lines(s),
            f"  {'rank':<8} {'top-1':>7} {'top-3':>7} {'top-5':>7} {'macro-F1':>9} {'balanced':>9}",
        ]
        lines += [
            f"  {r.rank:<8} {r.top_1:7.4f} {r.top_3:7.4f} {r.top_5:7.4f} {r.macro_f1:9.4f} {r.balanced_accuracy:9.4f}"
            for r in s.ranks
        ]
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks)
