"""Judge a finished model on labelled photos, through the same code that serves it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path

import numpy as np

from core.decision import log_likelihoods
from core.errors import ManifestError
from core.evaluation.card import write_card
from core.evaluation.confusion import confused_pairs, rank_confusion, species_rows
from core.evaluation.gate import Verdict, compare_models
from core.evaluation.metrics import Evaluation, curve_of, score
from core.evaluation.novelty import score_novelty
from core.evaluation.outcomes import LEAST, UNKNOWN, Outcomes, compare
from core.evaluation.page import write_page
from core.evaluation.predictions import Predictions, predict_photos
from core.evaluation.report import (
    NoveltyScores,
    Report,
    TaxonName,
    Unreadable,
    WorstPhoto,
    file_name,
    to_json,
)
from core.evaluation.selective import risk_coverage
from core.evaluation.shifts import shifted_tests
from core.model import Bundle, write_bundle
from core.model.loading import load_classifier
from core.taxonomy import FLAGS
from core.training.calibrate import calibrate
from core.training.manifest import LabelledPhoto

ALL = "all"
WORST = 48


def known_photos(bundle: Bundle, photos: Sequence[LabelledPhoto]) -> list[LabelledPhoto]:
    """Return the photos whose label is a class of the model, or a taxon above one.

    Raises:
        ManifestError: None shows a species that the model knows.
    """
    if not any(photo.label in bundle.classes for photo in photos):
        raise ManifestError(
            f"no photo of this split shows a species that {bundle.name} knows ({len(photos)} photos listed)"
        )
    return [photo for photo in photos if photo.label in bundle.classes or photo.label in bundle.taxonomy]


def make_report(
    predictions: Predictions,
    bundle: Bundle,
    *,
    split: str,
    root: Path,
    made: date,
    unknown: int = 0,
    strangers: Predictions | None = None,
    seed: int = 0,
) -> Report:
    """Find out everything about a split.

    Args:
        root: Folder that file names are relative to.
        unknown: Number of photos of the split that show a species the model never met.
        strangers: Photos of unlisted species.

    Raises:
        ManifestError: No photo could be read.
    """
    outcomes = _outcomes(predictions, bundle)
    scores = _score_kinds(outcomes, predictions, bundle)
    exact = outcomes.truth != UNKNOWN
    known = outcomes.take(exact)
    trained = bundle.training.get("photos_per_class")
    groups = [photo.group for photo in predictions.photos]
    return Report(
        model=bundle.name,
        version=bundle.version,
        weights_sha256=bundle.weights_sha256,
        split=split,
        made=made.isoformat(),
        target=bundle.calibration.target,
        photos=len(outcomes),
        unknown=unknown,
        unreadable=tuple(
            Unreadable(_relative(photo.path, root), code) for photo, code in predictions.unreadable
        ),
        all=scores[ALL],
        by_kind={kind: one for kind, one in scores.items() if kind != ALL},
        risk=risk_coverage(confidence=known.confidence, correct=known.right),
        tree_risk=curve_of(known),
        species=species_rows(outcomes, trained=trained, clusters=groups),
        confusions=tuple(rank_confusion(rank) for rank in outcomes.ranks),
        confused=confused_pairs(outcomes),
        worst=_worst(outcomes, predictions, root),
        shifted=shifted_tests(
            y_true=known.truth,
            log_likelihoods=log_likelihoods(predictions.logits[exact], bundle.calibration),
            classes=bundle.classes, prior=np.array(bundle.calibration.prior), seed=seed,
        ),
        novelty=_novelty(outcomes, predictions, strangers, bundle),
        epochs=tuple(dict(epoch) for epoch in bundle.training.get("epochs", ())),
        names=_names(bundle),
    )  # fmt: skip


def write_report(report: Report, folder: Path) -> Path:
    """Write the report for machines and for people; return the page for people."""
    folder.mkdir(parents=True, exist_ok=True)
    _write_json(report, folder)
    return write_page(report, folder)


def _write_json(report: Report, folder: Path) -> None:
    (folder / file_name(report.split)).write_text(to_json(report) + "\n", encoding="utf-8")


def record_report(bundle: Bundle, report: Report) -> None:
    """Write the figures into the model's description and card, and the report beside its weights."""
    record_scores(bundle, report.split, {ALL: report.all, **report.by_kind})
    if bundle.folder is not None:
        _write_json(report, bundle.folder)


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


def judge_against(predictions: Predictions, bundle: Bundle, older: Bundle) -> Verdict:
    """Compare a model with an older one on the photos of classes that both know.

    Raises:
        ManifestError: There are none.
    """
    both = [photo.label in bundle.classes and photo.label in older.classes for photo in predictions.photos]
    photos = [photo for photo, keep in zip(predictions.photos, both, strict=True) if keep]
    before = predict_photos(load_classifier(older), known_photos(older, photos))
    outcomes = _outcomes(predictions, bundle).take(np.array(both))
    return compare_models(_outcomes(before, older), outcomes, [photo.group for photo in photos])


def recalibrate(bundle: Bundle, photos: Sequence[LabelledPhoto]) -> Bundle:
    """Fit temperature, ranks and targets of a model to labelled photos, and write them into its folder.

    Raises:
        ManifestError: None shows a class of the model.
    """
    exact = [photo for photo in known_photos(bundle, photos) if photo.label in bundle.classes]
    found = predict_photos(load_classifier(bundle), exact)
    labels = [photo.label for photo in found.photos]
    equal = np.full(
        len(bundle.classes), 1 / len(bundle.classes)
    )  # nobody knows how common each was in training
    fitted = calibrate(found.logits, labels, equal, bundle.classes, bundle.taxonomy)
    updated = replace(bundle, calibration=replace(fitted, slope=0.0, prior=()))
    write_bundle(updated, bundle.weights_path.parent)
    write_card(updated, bundle.weights_path.parent)
    return updated


def _outcomes(predictions: Predictions, bundle: Bundle) -> Outcomes:
    labels = [photo.label for photo in predictions.photos]
    if not any(label in bundle.classes for label in labels):
        codes = Counter(code for _, code in predictions.unreadable)
        found = ", ".join(f"{n} {code}" for code, n in codes.items())
        raise ManifestError(f"no photo of a known species could be read: {found or 'there are none'}")
    return compare(
        y_true=labels, y_prob=predictions.probabilities(bundle), classes=bundle.classes,
        taxonomy=bundle.taxonomy, novelty=predictions.novelty,
    )  # fmt: skip


def _score_kinds(outcomes: Outcomes, predictions: Predictions, bundle: Bundle) -> dict[str, Evaluation]:
    kinds = np.array([photo.kind for photo in predictions.photos])
    groups = np.array([photo.group for photo in predictions.photos])
    threshold = predictions.novel_above

    def score_rows(rows: np.ndarray) -> Evaluation:
        return score(
            outcomes.take(rows), target=bundle.calibration.target, novel_above=threshold,
            trained=bundle.training.get("photos_per_class"), clusters=list(groups[rows]),
        )  # fmt: skip

    scores = {ALL: score_rows(np.ones(len(outcomes), bool))}
    for kind in sorted(set(kinds.tolist()) - {"", ALL}):
        rows = kinds == kind
        if (outcomes.truth[rows] != UNKNOWN).any():
            scores[kind] = score_rows(rows)
    return scores


def _worst(outcomes: Outcomes, predictions: Predictions, root: Path) -> tuple[WorstPhoto, ...]:
    """Return the photos that cost the most, all of them wrong."""
    wrong = np.flatnonzero((outcomes.truth != UNKNOWN) & ~outcomes.right)
    loss = -np.log(np.maximum(outcomes.truth_probability, LEAST))
    order = wrong[np.argsort(-loss[wrong], kind="stable")][:WORST]
    return tuple(
        WorstPhoto(
            file=_relative(predictions.photos[row].path, root),
            sha256=predictions.sha256[row],
            truth=outcomes.classes[outcomes.truth[row]],
            guess=outcomes.classes[outcomes.guess[row]],
            probability=float(outcomes.confidence[row]),
            truth_probability=float(outcomes.truth_probability[row]),
            loss=float(loss[row]),
        )
        for row in order
    )


def _novelty(
    outcomes: Outcomes, predictions: Predictions, strangers: Predictions | None, bundle: Bundle
) -> NoveltyScores | None:
    if strangers is None or predictions.novelty is None or strangers.novelty is None:
        return None
    flags = np.array([name in FLAGS for name in outcomes.classes])
    animals = (outcomes.truth != UNKNOWN) & ~flags[outcomes.truth]
    return score_novelty(
        known=predictions.novelty[animals],
        strange=strangers.novelty,
        known_confidence=outcomes.confidence[animals],
        strange_confidence=strangers.probabilities(bundle).max(axis=1),
        threshold=predictions.novel_above or 0.0,
    )


def _names(bundle: Bundle) -> dict[str, TaxonName]:
    names = {t.id: TaxonName(t.scientific_name, t.common_name) for t in bundle.taxonomy.order}
    return names | {flag: TaxonName(flag, None) for flag in bundle.classes if flag in FLAGS}


def _relative(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name
