"""E21: camera-trap frames of cameras that were not seen, and what more of them would bring where they are mixed as in the test."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import AgglomerativeClustering
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import LeaveOneGroupOut, StratifiedGroupKFold

from core.evaluation.bootstrap import cluster_intervals
from core.evaluation.report import Report, read_report
from core.taxonomy import BLANK
from tests.benchmarks.experiments.data import Embedded, Ints
from tests.benchmarks.experiments.table import Claim, Outcome

SEEDS = (0, 1, 2)
FOLDS = 5  # four of five parts of train and val are about as many frames as train has
SHARES = (0.125, 0.25, 0.5, 1.0)
BAR = 0.72
STRENGTH = 0.1  # of the logistic regressions
ALIKE = 0.4  # cosine distance of bursts (mean linkage) up to which they may be of one camera
SCARCE = 2  # frames of a species
MOST, LEAST = 1e6, 1e-3  # frames; share of mistakes below which no curve is fitted
EMPTY, WEB = "empty", "known from the web"
BUNDLE = Path(__file__).parents[3] / "assets" / "models" / "fieldmark-2"

Names = NDArray[np.str_]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Frames:
    """The camera-trap frames of train and val.

    Attributes:
        rows: Positions in the data, `(n,)`.
        bursts, cameras, projects: Where each comes from, `(n,)`.
        parts: What they are weighed by, `(n,)`: no animal, a species that web photos show too, or else the project.
    """

    rows: Ints
    bursts: Names
    cameras: Names
    projects: Names
    parts: Names


def frames_of(data: Embedded) -> Frames:
    """Return the frames; where the camera has no name, bursts of a project that look alike count as one camera."""
    traps = np.array([photo.kind == "camera_trap" for photo in data.photos])
    rows = np.flatnonzero(traps)
    bursts = np.array([data.groups[row] or f"row {row}" for row in rows])
    projects = np.array([data.photos[row].source.split("/")[-1] for row in rows])
    cameras = np.array([data.sites[row] for row in rows], dtype=object)
    for project in np.unique(projects):
        unnamed = (projects == project) & (cameras == "")
        if len(names := np.unique(bursts[unnamed])) > 1:
            looks = np.stack([data.x[rows[unnamed & (bursts == name)]].mean(axis=0) for name in names])
            alike = AgglomerativeClustering(
                None, distance_threshold=ALIKE, metric="cosine", linkage="average"
            )
            of = dict(zip(names, alike.fit_predict(looks), strict=True))
            cameras[unnamed] = [f"{project} {of[burst]}" for burst in bursts[unnamed]]
    web = set(data.labels[~traps])
    labels = data.labels[rows]
    parts = np.where(labels == BLANK, EMPTY, np.where(np.isin(labels, list(web)), WEB, projects))
    return Frames(rows, bursts, cameras.astype(str), projects, parts)


def tested(data: Embedded, frames: Frames, report: Report) -> tuple[dict[str, int], dict[str, int]]:
    """Return frames of the test, and those right, by part, from what the report says of each species.

    A species that no web photo of train or val shows is known from camera traps only, and counts for the project that
    shows it most; what is left of the camera-trap frames are the species that web photos show too.
    """
    labels = data.labels[frames.rows]
    part = {label: Counter(frames.parts[labels == label]).most_common(1)[0][0] for label in np.unique(labels)}
    shown: Counter[str] = Counter()
    right: Counter[str] = Counter()
    for species in report.species:
        if part.get(species.id, WEB) != WEB:
            shown[part[species.id]] += species.n
            right[part[species.id]] += round(species.n * (species.recall or 0.0))
    judged = report.by_kind["camera_trap"]
    shown[WEB] = judged.n - shown.total()
    right[WEB] = round(judged.n * judged.accuracy) - right.total()
    return dict(shown), dict(right)


def scarce_parts(data: Embedded, frames: Frames) -> set[str]:
    """Return the parts whose species have so few frames that leaving some out leaves next to nothing to learn from."""
    counts = Counter(data.labels[frames.rows])
    shown = {
        name: {str(label) for label in data.labels[frames.rows[frames.parts == name]]}
        for name in np.unique(frames.parts)
    }
    return {
        name
        for name, labels in shown.items()
        if name != WEB and np.median([counts[one] for one in labels]) <= SCARCE
    }


def learn(
    data: Embedded, frames: Frames, units: Names, shares: tuple[float, ...], seed: int
) -> tuple[Floats, Floats]:
    """Leave out a fifth of the units in turn, or each where they are few, and learn from nested shares of the others, with all web photos of train.

    Returns:
        Whether each frame is named right when its unit is left out, `(shares, n)`, NaN where no other unit shows its
        species; and the number of frames learnt from, `(shares,)`.
    """
    web = np.setdiff1d(data.rows("train"), frames.rows)
    x, labels = data.x / data.x[web].std(), data.labels[frames.rows]
    right = np.full((len(shares), len(units)), np.nan)
    learnt = np.zeros(len(shares))
    rng = np.random.default_rng([seed, 21])
    few = len(np.unique(units)) <= FOLDS
    folds = LeaveOneGroupOut() if few else StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed)
    splits = list(folds.split(labels, frames.parts, units))
    for others, away in splits:
        order = rng.permutation(np.unique(units[others]))
        shown = np.isin(labels[away], [*labels[others], *data.labels[web]])
        for number, share in enumerate(shares):
            kept = others[np.isin(units[others], order[: round(share * len(order))])]
            rows = np.concatenate([web, frames.rows[kept]])
            probe = LogisticRegression(C=STRENGTH, max_iter=200).fit(x[rows], data.labels[rows])
            guesses = probe.predict(x[frames.rows[away]])
            right[number, away[shown]] = (guesses == labels[away])[shown]
            learnt[number] += len(kept) / len(splits)
    return right, learnt


def mistakes(
    right: Floats, parts: Names, weights: Mapping[str, int], fixed: Mapping[str, float]
) -> tuple[float, float]:
    """Return the share of mistakes where parts are as frequent as `weights` says: of those judged, and of the fixed ones.

    Parts with no frame to judge are taken for as hard as the others.
    """
    free = {name: count for name, count in weights.items() if name not in fixed}
    judged = {name: right[(parts == name) & ~np.isnan(right)] for name in free}
    known = {name: 1 - found.mean() for name, found in judged.items() if len(found)}
    wrong = sum(free[name] * share for name, share in known.items()) / sum(free[name] for name in known)
    total = sum(weights.values())
    floor = sum(weights[name] * (1 - share) for name, share in fixed.items()) / total
    return float(wrong * sum(free.values()) / total), floor


def needed(learnt: Floats, wrong: Floats, allowed: float) -> float:
    """Return how many frames leave so many mistakes if these fall by a power of that number (Hestness et al., 2017), at most `MOST`."""
    slope, start = np.polyfit(np.log(learnt), np.log(np.maximum(wrong, LEAST)), 1)
    if slope >= 0 or allowed <= 0:
        return MOST
    return float(np.exp(np.clip((np.log(allowed) - start) / slope, 0.0, np.log(MOST))))


def summary(
    right: Floats, learnt: Floats, frames: Frames, weights: Mapping[str, int], cases: Mapping[str, Mapping[str, float]], rows: Ints
) -> dict[str, float]:  # fmt: skip
    """Return the curve of some frames, with repetitions, for each case of what is fixed, and how many frames reach the bar."""
    found = {}
    for case, fixed in cases.items():
        split = [mistakes(one[rows], frames.parts[rows], weights, fixed) for one in right]
        wrong, floor = np.array([one for one, _ in split]), split[0][1]
        found |= {f"{case} {number}": float(1 - floor - one) for number, one in enumerate(wrong)}
        if len(wrong) > 1:
            found[f"{case} rise"] = float(wrong[-2] - wrong[-1])
            found[f"{case} needed"] = needed(learnt, wrong, 1 - BAR - floor)
    return found


def e21(data: Embedded, seeds: tuple[int, ...] = SEEDS) -> Outcome:
    """Leave out bursts, cameras and projects, learn from more and more of the others, and weigh parts as the test does."""
    frames, report = frames_of(data), read_report(BUNDLE, "test")
    assert report is not None, f"{BUNDLE} was not judged on the test"
    weights, named = tested(data, frames, report)
    parts = sorted(weights, key=lambda name: -weights[name])
    scarce = {name: named[name] / weights[name] for name in parts if name in scarce_parts(data, frames)}
    cases = {"left out": {}, "scarce": scarce, "empty": scarce | {EMPTY: named[EMPTY] / weights[EMPTY]}}
    judged = report.by_kind["camera_trap"]
    rows: list[list[str]] = []
    values: dict[str, dict[str, float]] = {}
    ends: dict[str, dict[str, tuple[float, float]]] = {}
    last = len(SHARES) - 1
    for title, units in (("burst", frames.bursts), ("camera", frames.cameras), ("project", frames.projects)):
        shares = (1.0,) if title == "project" else SHARES
        found = [learn(data, frames, units, shares, seed) for seed in seeds]
        right = np.ma.masked_invalid([one for one, _ in found]).mean(axis=0).filled(np.nan)
        learnt = np.mean([count for _, count in found], axis=0)
        figures = partial(summary, right, learnt, frames, weights, cases)
        values[title] = figures(np.arange(len(frames.rows)))
        ends[title] = cluster_intervals(figures, list(frames.cameras))
        told = partial(_ranged, values[title], ends[title])
        for number, share in enumerate(shares):
            own = [right[number, (frames.parts == name) & ~np.isnan(right[number])] for name in parts]
            cells = [f"{one.mean():.3f}" if len(one) else "" for one in own]
            whole = [told(f"{case} {number}", ".3f") if title != "project" else "" for case in cases]
            rows.append(
                [f"{title} left out, {share:.1%} of the others", f"{learnt[number]:.0f}", *cells, *whole]
            )
        rows.append(
            ["frames judged", f"{sum(map(len, own))}", *(f"{len(one)}" for one in own), *("" for _ in cases)]
        )
        if title != "project":
            needs = [told(f"{case} needed", ",.0f") for case in cases]
            rows.append([f"frames that {BAR} would take", "", *("" for _ in parts), *needs])
    trained = sum(data.photos[row].split == "train" for row in frames.rows)
    once = _ranged({"": judged.accuracy}, {"": judged.intervals["accuracy"]}, "", ".3f")
    cells = [f"{named[name] / weights[name]:.3f}" for name in parts]
    rows.append(["version 2 on the test, from its report", f"{trained}", *cells, once, "", ""])
    rows.append(["frames of the test", f"{judged.n}", *(f"{weights[name]}" for name in parts), "", "", ""])
    return Outcome(
        "E21 Cameras that were not seen, and how many frames it would take",
        f"Logistic regressions on all web photos of train and a share of the camera-trap frames of train and val, nested. {FOLDS} folds of bursts, then of cameras, "
        f"then every project, take turns to be left out and judged. {len(np.unique(frames.cameras))} cameras: {len(set(data.sites) - {''})} have a name; elsewhere bursts of a "
        "project that look alike count as one. A species that nothing else shows is not judged. Mixed: parts as frequent as in the test, by the counts in the report of version 2, "
        f"with a 95 % interval from drawing cameras with replacement; then with {', '.join(scarce)} ({SCARCE} frames or fewer of a species, of which leaving out takes half) as version 2 "
        "named it in the test; then with the empty frames as it named them, too. Frames that the bar would take: if the mistakes of the other parts fall by a power of that "
        "number; at most a million.",
        ["learnt from", "frames", *parts, "mixed", f"{', '.join(scarce)} as version 2", "and the empty frames"], rows,
        [
            *(
                Claim(f"{title} left out, {words}: {BAR} is reached with the frames at hand ({_ranged(values[title], ends[title], f'{case} {last}', '.3f')})", values[title][f"{case} {last}"] >= BAR)
                for title in ("burst", "camera")
                for case, words in (("left out", "mixed"), ("scarce", f"{', '.join(scarce)} as version 2"), ("empty", "and the empty frames, too"))
            ),
            Claim(f"the last doubling of the cameras still helps on others ({_ranged(values['camera'], ends['camera'], 'left out rise', '+.3f')})", ends["camera"]["left out rise"][0] > 0),
            Claim(f"the one look at the test can tell its figure from {BAR} ({once})", judged.intervals["accuracy"][1] < BAR),
        ],
    )  # fmt: skip


def _ranged(
    values: Mapping[str, float], ends: Mapping[str, tuple[float, float]], name: str, form: str
) -> str:
    low, high = ends[name]
    return f"{values[name]:{form}} ({low:{form}} to {high:{form}})"
