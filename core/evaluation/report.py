"""Everything that was found out about a model on one split, as one file beside its weights."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from core.errors import BundleError
from core.evaluation.metrics import Evaluation
from core.evaluation.selective import RiskCoverage, TreeCurve

FORMAT = 1
DIGITS = 5


@dataclass(frozen=True, slots=True)
class TaxonName:
    """What people call a taxon or a flag; `common` is `None` where there is no English name."""

    scientific: str
    common: str | None


@dataclass(frozen=True, slots=True)
class RankConfusion:
    """Which taxon was taken for which at one rank.

    Attributes:
        taxa: Ids of taxa that were shown or named, in tree order (relatives are neighbours), flags last.
        cells: Position of the truth and of the guess in `taxa`, and the number of photos, the diagonal
            included; all else is 0.
    """

    rank: str
    taxa: tuple[str, ...]
    cells: tuple[tuple[int, int, int], ...]


@dataclass(frozen=True, slots=True)
class ConfusedPair:
    """A class that was taken for another.

    Attributes:
        share: Of the photos of `truth`.
        shared_rank: Finest rank at which the two are one; `None` if one is a flag.
    """

    truth: str
    guess: str
    count: int
    share: float
    shared_rank: str | None


@dataclass(frozen=True, slots=True)
class SpeciesRow:
    """A class of the model.

    Attributes:
        n, n_train: Photos that show it here, and in training (`None` if unknown).
        precision, recall, f1: `None` where there is nothing to divide by.
        interval: 95 % interval of the recall (Wilson, 1927) as if every burst were one photo.
        mistaken_for: The class that most of its photos were taken for wrongly.
    """

    id: str
    n: int
    n_train: int | None
    precision: float | None
    recall: float | None
    f1: float | None
    interval: tuple[float, float] | None
    mistaken_for: str | None


@dataclass(frozen=True, slots=True)
class WorstPhoto:
    """A photo whose true class got little probability.

    Attributes:
        file: Relative to the folder of the photos.
        probability, truth_probability: Of the guess, and of the truth.
        loss: Negative log-likelihood of the truth.
    """

    file: str
    sha256: str
    truth: str
    guess: str
    probability: float
    truth_probability: float
    loss: float


@dataclass(frozen=True, slots=True)
class ShiftedTest:
    """Accuracy on the same photos redrawn in other shares, with repetitions.

    Attributes:
        kind: `"forward"` (as in training, commonest first), `"uniform"`, `"backward"`, or `"site"` where
            only some species live.
        ratio: Of the largest share to the smallest; the share of species that live there for a site.
        n, draws: Photos in a draw, and draws whose means the figures are.
        equal: Accuracy of the most likely class, all classes alike.
        adapted: Accuracy when the shares are estimated from the photos; `None` if there are too few.
        known: Accuracy if the shares were known.
    """

    kind: str
    ratio: float
    n: int
    draws: int
    equal: float
    adapted: float | None
    known: float


@dataclass(frozen=True, slots=True)
class NoveltyScores:
    """How well animals that are none of the listed species are told.

    Attributes:
        known, strange: Numbers of photos of listed and of unlisted species.
        auroc: Chance that a stranger gets the higher novelty.
        fpr95: Share of listed animals called strange where 95 % of the strangers are found.
        softmax_auroc: AUROC of one minus the largest probability, to compare with.
        threshold: Novelty from which the app names no species.
        accepted, found: Share of listed animals below it, and of strangers above it.
    """

    known: int
    strange: int
    auroc: float
    fpr95: float
    softmax_auroc: float
    threshold: float
    accepted: float
    found: float


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A photo that could not be judged, and the code of docs/bad-input.md."""

    file: str
    code: str


@dataclass(frozen=True, slots=True)
class Report:
    """A model on one split.

    Attributes:
        made: Date, ISO 8601.
        target: Probability that an answer had to reach.
        photos: Number of photos judged; `unknown` further ones show a species that the model never met,
            and `unreadable` ones are listed.
        all, by_kind: Figures of all photos, and of each kind such as `"camera_trap"`.
        risk, tree_risk: Risk against coverage for the best class, and for answers that climb the tree.
        species: All classes in tree order, flags last.
        confusions: By rank, kingdom first.
        confused: Pairs, the most frequent first.
        worst: Photos, the largest loss first.
        novelty: `None` if no photos of strangers were given or the model has no novelty score.
        epochs: The training curves, as the training wrote them.
        names: Names of every id used.
    """

    model: str
    version: str
    weights_sha256: str
    split: str
    made: str
    target: float
    photos: int
    unknown: int
    unreadable: tuple[Unreadable, ...]
    all: Evaluation
    by_kind: dict[str, Evaluation]
    risk: RiskCoverage
    tree_risk: TreeCurve | None
    species: tuple[SpeciesRow, ...]
    confusions: tuple[RankConfusion, ...]
    confused: tuple[ConfusedPair, ...]
    worst: tuple[WorstPhoto, ...]
    shifted: tuple[ShiftedTest, ...]
    novelty: NoveltyScores | None
    epochs: tuple[dict[str, int | float | None], ...]
    names: dict[str, TaxonName]
    format: int = FORMAT


def file_name(split: str) -> str:
    """Return the name of a report in a model folder."""
    return f"evaluation-{split}.json"


def to_json(report: Report) -> str:
    """Return compact JSON; shares are rounded to five digits."""
    return json.dumps(_rounded(asdict(report)), separators=(",", ":"), allow_nan=False)


def from_json(text: str | bytes, name: str = "the report") -> Report:
    """Read what `to_json` wrote.

    Raises:
        BundleError: It is no report, or of another format; the message names it by `name`.
    """
    try:
        report = TypeAdapter(Report).validate_json(text)
    except ValueError as error:
        first = str(error).splitlines()[:3]
        raise BundleError(f"{name} is not a report of `evaluate`: {' '.join(first)}") from error
    if report.format != FORMAT:
        raise BundleError(f"{name} has format {report.format}; run `evaluate --record` again")
    return report


def read_report(folder: Path, split: str) -> Report | None:
    """Return a model folder's report of a split, `None` if there is none.

    Raises:
        BundleError: The file is damaged.
    """
    path = folder / file_name(split)
    return from_json(path.read_bytes(), str(path)) if path.is_file() else None


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, DIGITS)
    if isinstance(value, dict):
        return {key: _rounded(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_rounded(one) for one in value]
    return value
