"""E12: stopping with a promise. E13: animals that are none of the listed. E14: wrong labels."""

import numpy as np
from scipy.special import logsumexp
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.neighbors import NearestNeighbors

from core.decision import (
    breaking_points,
    climb,
    covers,
    darts,
    fit_caution,
    fit_sets,
    information,
    label_positions,
    least_target,
    minimum_risk,
    prediction_sets,
    softmax,
)  # fmt: skip
from core.decision.truth import NO_TAXON
from core.errors import CalibrationError
from core.evaluation.metrics import curve_of
from core.evaluation.outcomes import compare
from core.evaluation.selective import auroc, false_alarms, risk_coverage
from core.taxonomy import BLANK, Rank
from core.training.calibrate import fit_likelihoods
from core.training.label_noise import doubts, out_of_fold
from core.training.strangers import fit_means, fit_strangers
from tests.benchmarks.experiments.data import Embedded, fit_head, species_only
from tests.benchmarks.experiments.table import Claim, Outcome, gain, rows_of

SEEDS = (0, 1, 2)
ERRORS = (0.02, 0.05, 0.1)


def e12(data: Embedded, seeds: tuple[int, ...] = SEEDS, splits: int = 200) -> Outcome:
    """Halve val 200 times: promise on one half, count wrong answers on the other."""
    from core.decision import log_likelihoods

    risks: dict[str, list[float]] = {}
    told: dict[str, list[float]] = {}
    areas: list[tuple[float, float]] = []
    covered: list[float] = []
    for seed in seeds:
        made = fit_head(data, data.rows("train"), data.rows("val"), seed=seed)
        task = made.task
        rows = np.array([r for r in data.rows("val") if data.photos[r].label in task.classes])
        labels = [str(label) for label in data.labels[rows]]
        logits = made.logits(data.x[rows])
        probabilities = softmax(
            log_likelihoods(logits, fit_likelihoods(logits, labels, task.prior, task.classes))
        )
        outcomes = compare(y_true=labels, y_prob=probabilities, classes=task.classes, taxonomy=task.taxonomy)
        curve, flat = (
            curve_of(outcomes),
            risk_coverage(confidence=outcomes.confidence, correct=outcomes.right),
        )
        assert curve is not None
        areas.append((curve.area, flat.area))
        points = breaking_points(probabilities, labels, task.taxonomy, task.classes)
        targets = np.array([task.classes.index(label) for label in labels])
        nodes = task.taxonomy.sum_up(probabilities[:, task.taxonomy.leaf_columns(task.classes)])
        truth, worth = label_positions(labels, task.taxonomy), information(task.taxonomy)
        rng = np.random.default_rng(seed)
        for number in range(splits):
            order = rng.permutation(len(rows))
            learn, judge = order[: len(rows) // 2], order[len(rows) // 2 :]
            animal = judge[truth[judge] >= 0]

            def note(
                name: str,
                wrong: float,
                named: np.ndarray | None = None,
                animal: np.ndarray = animal,
                worth: np.ndarray = worth,
            ) -> None:
                risks.setdefault(name, []).append(wrong)
                if named is not None:
                    told.setdefault(name, []).append(
                        float(np.where(named >= 0, worth[np.maximum(named, 0)], 0.0).mean())
                    )

            for error in ERRORS:
                target = least_target(points[learn], error, floor=0.0)
                note(
                    f"risk control, {error:.0%}",
                    float((points[judge] >= target).mean()),
                    climb(nodes[animal], task.taxonomy, max(target, 1e-9)),
                )
            for fixed in (0.65, 0.78):
                note(
                    f"fixed target {fixed}",
                    float((points[judge] >= fixed).mean()),
                    climb(nodes[animal], task.taxonomy, fixed),
                )
            if number < 20:  # slower, and no need for more
                tree = task.taxonomy
                named = minimum_risk(nodes[animal], tree)
                note("minimum risk", _wrong(named, truth[animal], tree), named)
                names = [labels[row] for row in learn]
                try:
                    caution = fit_caution(nodes[learn], names, tree, error=0.05)
                    named = darts(nodes[animal], tree, caution)
                    note("DARTS, 5 %", _wrong(named, truth[animal], tree), named)
                except CalibrationError:
                    pass
                rule = fit_sets(probabilities[learn], targets[learn], error=0.05, penalty=0.01, free=2)
                members = prediction_sets(probabilities[judge], rule)
                covered.append(float(members[np.arange(len(judge)), targets[judge]].mean()))
    rows_ = [
        [name, f"{100 * np.mean(values):.2f} %", f"{100 * np.quantile(values, 0.95):.2f} %", f"{100 * np.mean(told[name]):.1f} %" if name in told else ""]
        for name, values in risks.items()
    ]  # fmt: skip
    rows_.append(
        [
            "prediction sets (RAPS), 5 %",
            f"{100 * (1 - np.mean(covered)):.2f} %",
            f"{100 * (1 - np.quantile(covered, 0.05)):.2f} %",
            "",
        ]
    )
    tree_area, flat_area = (float(np.mean([pair[i] for pair in areas])) for i in (0, 1))
    claims = [
        Claim(
            f"risk control keeps {error:.0%} on average (+ 1 point)",
            float(np.mean(risks[f"risk control, {error:.0%}"])) <= error + 0.01,
        )
        for error in ERRORS
    ]
    claims.append(
        Claim(
            f"answers that climb the tree have a smaller area under risk ({tree_area:.4f}) than species or nothing ({flat_area:.4f})",
            tree_area < flat_area,
        )
    )
    return Outcome(
        "E12 Stopping with a promise",
        f"Heads of {len(seeds)} seeds; val halved {splits} times each: the target is fitted on one half, wrong answers are counted on the other. "
        "Information: 1 for a species, 0 for nothing, over animals.",
        ["rule", "wrong answers", "in 95 % of the splits at most", "information"], rows_, claims,
    )  # fmt: skip


def _wrong(named: np.ndarray, truth: np.ndarray, taxonomy) -> float:
    told = (named != NO_TAXON) & (named > 0)
    return float((told & ~covers(taxonomy, named, truth)).mean())


def e13(data: Embedded, seeds: tuple[int, ...] = SEEDS) -> Outcome:
    """Strangers near (other species, every species once per seed) and far (other classes of animals, empty frames)."""
    found: dict[str, dict[str, list[float]]] = {}
    everything = np.arange(len(data.photos))
    shown = species_only(data, everything)
    species = np.unique(data.labels[shown])
    for seed in seeds:
        folds = np.array_split(np.random.default_rng([seed, 2]).permutation(species), 6)
        near: dict[str, list[tuple[np.ndarray, np.ndarray]]] = {}
        for strangers in folds:
            for name, pair in _scores(data, strangers, everything, seed).items():
                near.setdefault(name, []).append(pair)
        far_away = np.array(
            [s for s in species if data.taxonomy.ancestor(str(s), Rank.CLASS).id not in ("mammalia", "aves")]
        )  # type: ignore[union-attr]
        far = _scores(data, far_away, everything, seed, blanks=True)
        for name, pairs in near.items():
            figures = found.setdefault(name, {})
            figures.setdefault("near AUROC", []).append(
                float(np.mean([auroc(known=k, strange=s) for k, s in pairs]))
            )
            figures.setdefault("near FPR95", []).append(
                float(np.mean([false_alarms(known=k, strange=s) for k, s in pairs]))
            )
            figures.setdefault("far AUROC", []).append(auroc(known=far[name][0], strange=far[name][1]))
            figures.setdefault("far FPR95", []).append(false_alarms(known=far[name][0], strange=far[name][1]))
    columns = ("near AUROC", "near FPR95", "far AUROC", "far FPR95")
    ours, msp = found["hesitation and distance (ours)"], found["maximum softmax"]
    return Outcome(
        "E13 None of the listed species",
        "Near: every species is left out of training once per seed (six parts); its photos of all splits but test against val photos of the others. "
        "Far: trained on mammals and birds, asked about reptiles, amphibians, fish, insects and empty frames. The backbone never learnt "
        "any of these labels.",
        ["score", *columns], rows_of(found, columns),
        [
            Claim(f"near AUROC at least 0.75 ({np.mean(ours['near AUROC']):.3f})", float(np.mean(ours["near AUROC"])) >= 0.75),
            Claim(f"far AUROC at least 0.95 ({np.mean(ours['far AUROC']):.3f})", float(np.mean(ours["far AUROC"])) >= 0.95),
            Claim("near FPR95 lower than that of the maximum softmax", gain(ours["near FPR95"], msp["near FPR95"])[0] < 0),
        ],
    )  # fmt: skip


def _scores(
    data: Embedded, strangers: np.ndarray, rows: np.ndarray, seed: int, *, blanks: bool = False
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Return, for each score, its values on known val photos and on strangers."""
    out = np.isin(data.labels, strangers)
    train, val = data.rows("train"), data.rows("val")
    train, val = train[~out[train]], val[~out[val]]
    if blanks:
        train, val = species_only(data, train), species_only(data, val)
    made = fit_head(data, train, val, seed=seed)
    task = made.task
    val = np.array([r for r in species_only(data, val) if data.photos[r].label in task.classes])
    strange = rows[out[rows]]
    if blanks:
        strange = np.concatenate([strange, rows[data.labels[rows] == BLANK]])
    animals = species_only(data, train)
    own = np.array([task.classes.index(str(label)) for label in data.labels[animals]])
    model = fit_means(data.x[animals], own)
    z_val, z_new = made.experts(data.x[val]), made.experts(data.x[strange])
    half = np.random.default_rng(seed).random(len(val)) < 0.5  # fitted on one half, judged on the other
    fitted = fit_strangers(
        model,
        data.x[val][half],
        z_val[half, 0],
        np.array([task.classes.index(str(label)) for label in data.labels[val[half]]]),
    )
    units = data.x[animals] / np.linalg.norm(data.x[animals], axis=1, keepdims=True)
    neighbours = NearestNeighbors(n_neighbors=5, metric="cosine").fit(units)

    def pair(score) -> tuple[np.ndarray, np.ndarray]:
        return score(val[~half], z_val[~half]), score(strange, z_new)

    return {
        "maximum softmax": pair(lambda r, z: 1 - softmax(z[:, 0]).max(axis=1)),
        "maximum softmax, mean of experts": pair(lambda r, z: 1 - softmax(z.mean(axis=1)).max(axis=1)),
        "energy": pair(lambda r, z: -logsumexp(z[:, 0], axis=1)),
        "5 nearest neighbours": pair(lambda r, z: neighbours.kneighbors(data.x[r])[0].mean(axis=1)),
        "nearest class mean (LDA)": pair(lambda r, z: model.signs(data.x[r], z[:, 0])[:, 1]),
        "hesitation and distance (ours)": pair(lambda r, z: fitted.score(data.x[r], z[:, 0])),
    }


def e14(data: Embedded, seeds: tuple[int, ...] = SEEDS) -> Outcome:
    """Flip labels, half to a sister species, half to any, and look for them."""
    rows = species_only(data, data.rows("train"))
    names, own = np.unique(data.labels[rows], return_inverse=True)
    enough = np.bincount(own)[own] >= 5
    rows, own = rows[enough], own[enough]
    names, own = np.unique(data.labels[rows], return_inverse=True)
    sisters = [_sisters(data, names, c) for c in range(len(names))]
    found: dict[str, dict[str, list[float]]] = {}
    for share in (0.05, 0.1, 0.2):
        for seed in seeds:
            rng = np.random.default_rng([seed, int(100 * share)])
            wrong = rng.random(len(rows)) < share
            near = wrong & (rng.random(len(rows)) < 0.5) & np.array([len(sisters[c]) > 0 for c in own])
            labels = own.copy()
            for row in np.flatnonzero(wrong):
                others = sisters[own[row]] if near[row] else [c for c in range(len(names)) if c != own[row]]
                labels[row] = rng.choice(others)

            def fit(learn: np.ndarray, judge: np.ndarray, labels: np.ndarray = labels) -> np.ndarray:
                model = LogisticRegression(C=0.02, max_iter=60).fit(data.x[rows[learn]], labels[learn])
                full = np.zeros((len(judge), len(names)))
                full[:, model.classes_] = model.predict_proba(data.x[rows[judge]])
                return full

            given = out_of_fold(len(rows), len(names), [data.groups[r] for r in rows], fit)
            ways = {
                "normalised margin": doubts(given, labels),
                "margin, by class": doubts(by_class(given, labels), labels),
                "low probability": 1 - given[np.arange(len(rows)), labels],
            }
            for way, scores in ways.items():
                figures = found.setdefault(f"{share:.0%} wrong, {way}", {})
                keep_random, keep_near = ~near, ~(wrong & ~near)
                figures.setdefault("AUROC, any species", []).append(
                    float(roc_auc_score(wrong[keep_random], scores[keep_random]))
                )
                figures.setdefault("AUROC, sister species", []).append(
                    float(roc_auc_score(wrong[keep_near], scores[keep_near]))
                )
                figures.setdefault("right among the first 50", []).append(
                    float(wrong[np.argsort(-scores)[:50]].mean())
                )
    columns = ("AUROC, any species", "AUROC, sister species", "right among the first 50")
    ours = [found[f"{share:.0%} wrong, normalised margin"] for share in (0.05, 0.1, 0.2)]
    return Outcome(
        "E14 Wrong labels are found",
        f"{len(rows):,} train photos; a share of the labels is flipped, half of them to a species of the same genus or family where there is one. "
        "Out-of-fold logistic regression, five folds by burst.",
        ["labels", *columns], rows_of(found, columns),
        [
            Claim("AUROC at least 0.95 for labels flipped to any species", all(np.mean(f[columns[0]]) >= 0.95 for f in ours)),
            Claim("AUROC at least 0.80 for sister species", all(np.mean(f[columns[1]]) >= 0.8 for f in ours)),
            Claim("at least 80 % of the first 50 are wrong", all(np.mean(f[columns[2]]) >= 0.8 for f in ours)),
        ],
    )  # fmt: skip


def by_class(given: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Measure every class by its own mean confidence, as confident learning does."""
    own = given[np.arange(len(labels)), labels]
    usual = np.array(
        [max(own[labels == c].mean(), 1e-3) if (labels == c).any() else 1.0 for c in range(given.shape[1])]
    )
    adjusted = given / usual
    return adjusted / adjusted.sum(axis=1, keepdims=True)


def _sisters(data: Embedded, names: np.ndarray, c: int) -> list[int]:
    for rank in (Rank.GENUS, Rank.FAMILY):
        above = data.taxonomy.ancestor(str(names[c]), rank)
        kin = [
            o for o, name in enumerate(names) if o != c and data.taxonomy.ancestor(str(name), rank) == above
        ]
        if kin:
            return kin
    return []
