"""Which photos an epoch draws; the same ones for the same seed and epoch."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from core.errors import TrainingError

BALANCING = ("balanced", "sqrt", "progressive")  # these change how common a class seems
SAMPLERS = ("instance", "balanced", "sqrt", "progressive", "cap")


def draw(
    sampler: str, labels: Sequence[str], *, epoch: int, epochs: int, seed: int, cap: int = 4000
) -> NDArray[np.intp]:
    """Return the rows of one epoch, in the order of the list or with repetitions.

    Args:
        sampler: `"instance"` draws every photo once; `"balanced"` every class alike often, `"sqrt"`
            by the root of its number of photos, `"progressive"` goes from the first to the second
            over the epochs (Kang et al., 2020); `"cap"` every photo once, but at most `cap` fresh
            ones of a class.

    Raises:
        TrainingError: There is no such sampler.
    """
    if sampler not in SAMPLERS:
        raise TrainingError(f"there is no sampler {sampler!r}; use one of {', '.join(SAMPLERS)}")
    rng = np.random.default_rng([seed, epoch, 2])
    names, column, counts = np.unique(np.array(labels), return_inverse=True, return_counts=True)
    if sampler == "instance":
        return np.arange(len(labels))
    if sampler == "cap":
        rows = [rng.permutation(np.flatnonzero(column == index))[:cap] for index in range(len(names))]
        return np.sort(np.concatenate(rows))
    share = counts / counts.sum()
    if sampler == "balanced":
        wanted = np.full(len(names), 1 / len(names))
    elif sampler == "sqrt":
        wanted = np.sqrt(counts) / np.sqrt(counts).sum()
    else:
        progress = epoch / max(1, epochs - 1)
        wanted = (1 - progress) * share + progress / len(names)
    return np.asarray(rng.choice(len(labels), len(labels), p=(wanted / counts)[column]), np.intp)


def thin(
    rows: NDArray[np.intp], labels: Sequence[str], kept: Mapping[str, float], *, epoch: int, seed: int
) -> NDArray[np.intp]:
    """Return the rows of an epoch with only a share of some labels, other photos in every epoch.

    Args:
        kept: The share in (0, 1] by label.
    """
    shares = np.array([kept.get(labels[row], 1.0) for row in rows])
    if (shares >= 1).all():
        return rows
    drawn = np.random.default_rng([seed, epoch, 5]).random(len(rows)) < shares
    return rows[drawn]


def refuse_double_correction(sampler: str, experts: Sequence[str], reweight: float = 0.0) -> None:
    """Refuse to make rare classes common twice: by drawing them more often, by an expert, by weights.

    Raises:
        TrainingError: Two of a balancing sampler, an expert with an offset and class-balanced weights meet.
    """
    shifted = [name for name in experts if name != "softmax"]
    used = [f"the sampler {sampler!r}"] if sampler in BALANCING else []
    used += [f"the expert {shifted[0]!r}"] if shifted else []
    used += [f"class-balanced weights of {reweight:g}"] if reweight else []
    if len(used) > 1:
        raise TrainingError(
            f"{used[0]} and {used[1]} both make up for rare classes, which is "
            "once too often; use the sampler instance or cap, the expert softmax alone, or no weights"
        )
