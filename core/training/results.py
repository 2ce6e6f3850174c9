"""What fine-tuning from corrections is told, and what it reports."""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from core.model import Bundle
from core.training.at_hand import Depth
from core.training.corrections import LeftOut
from core.training.last_stage import StageConfig
from core.training.rehearsal import RehearsalConfig


@dataclass(frozen=True, slots=True)
class FinetuneOptions:
    """What may be decided by hand; `None` leaves it to `finetune`, which says why.

    Attributes:
        alpha: How far to go from the old weights (0) to the new ones (1); by default what val says.
        epochs: How long to learn; by default what `rehearsal` says.
        depth: Whether the last blocks of the backbone learn too.
        rehearsal, stage: How the head learns and how the last blocks do, for experiments.
        name, version: Of the new model; by default those of the old, one version on.
    """

    alpha: float | None = None
    epochs: int | None = None
    depth: Depth = "auto"
    rehearsal: RehearsalConfig = field(default_factory=RehearsalConfig)
    stage: StageConfig = field(default_factory=StageConfig)
    name: str | None = None
    version: str | None = None


# What is done, in words, and the share of a run at which it begins and ends on two cores; only estimates rest on it.
LOOKING, LEARNING = "looking at the photos", "learning"
REMEMBERED, DEEPER = "looking at what the model learnt from", "learning with the last blocks"
CHOOSING = "choosing how far to go"
STAGES = {
    LOOKING: (0.0, 0.3), LEARNING: (0.3, 0.4), REMEMBERED: (0.4, 0.6), DEEPER: (0.6, 0.9), CHOOSING: (0.9, 1.0),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is.

    Attributes:
        stage: One of `STAGES`.
        loss: Mean training loss of the epoch that has just ended, while learning.
        macro_f1: On held-out photos, after that epoch.
    """

    stage: str
    done: int
    total: int
    loss: float | None = None
    macro_f1: float | None = None

    @property
    def share(self) -> float:
        """How much of the run is done, about, in [0, 1]."""
        start, end = STAGES[self.stage]
        return start + (end - start) * min(1.0, self.done / max(1, self.total))


@dataclass(frozen=True, slots=True)
class Figures:
    """How good a model is, each in [0, 1]; `None` where nothing was there to judge on.

    Attributes:
        old_macro_f1: On what the old model kept of its validation photos.
        held_out_macro_f1: On corrections that were held out.
        corrected_right: Share of the corrections learnt from whose answer agrees with the correction.
    """

    old_macro_f1: float
    held_out_macro_f1: float | None
    corrected_right: float


@dataclass(frozen=True, slots=True)
class ClassChange:
    """Recall of a class on held-out photos before and after."""

    label: str
    photos: int
    before: float
    after: float


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """Held-out photos as both models see them, for `core.evaluation.gate`.

    Attributes:
        labels: A class of the new model each, never coarser.
        groups: Burst of each photo.
        is_correction: Shape `(n,)`: a held-out correction, not one of the old model's validation photos.
        before, after: Calibrated probabilities `(n, k)` in the order of each model's classes.
    """

    labels: tuple[str, ...]
    groups: tuple[str, ...]
    is_correction: NDArray[np.bool_]
    before: NDArray[np.float64]
    after: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class FinetuneResult:
    """What came of a run.

    Attributes:
        bundle: The new model, whole in its folder; nothing serves it yet.
        reasons: What was chosen and why, a sentence each.
        depth: What of the network changed: its head, or its last blocks too.
        alpha: How far the new weights are from the old ones (0 to 1).
        changes: Classes whose recall on held-out photos changed, the worst loss first.
        new_species: Ids of species that the old model did not know.
        learnt, held_out: Number of corrections.
    """

    bundle: Bundle
    reasons: tuple[str, ...]
    depth: Literal["head", "blocks"]
    alpha: float
    before: Figures
    after: Figures
    changes: tuple[ClassChange, ...]
    new_species: tuple[str, ...]
    learnt: int
    held_out: int
    left_out: tuple[LeftOut, ...]
    comparison: Comparison
    seconds: float
