"""How to fine-tune."""

from dataclasses import dataclass, field

from core.training.augment import Augmentation


@dataclass(frozen=True, slots=True)
class LoopConfig:
    """How to fine-tune.

    Attributes:
        frozen_depth: Stages of the backbone that stay as they are, counted from the stem. The first
            ones see edges and colours, cost most of the time, and gain nothing from a few thousand photos.
        train_size: Side of training images in pixels, `None` for that of the model. Smaller ones are
            faster, and make up for the zoom of random crops (Touvron et al., 2019).
        backbone_rate: Peak learning rate of the last stage; above 1e-4 pretrained layers forget.
        head_rate: Peak learning rate of the head.
        layer_decay: Factor on the rate for every stage further from the head.
        warmup: Share of all steps over which rates rise from zero; then they fall as a cosine.
        smoothing: Label smoothing (Szegedy et al., 2016).
        lineage_weight: Weight of getting the ancestors right, see `core.training.losses`.
        focal: Power by which easy photos count less, see `core.training.losses`; to compare with.
        reweight: Beta of class-balanced weights (Cui et al., 2019), 0 for none; instead of balancing experts.
        leaders: How many experts, from the first, move the backbone; the others only learn their own
            vectors. A loss that favours rare species spoils features that all must share.
        average: Decay per step of the running average of the weights that is judged and kept.
        sampler: Which photos an epoch draws, see `core.training.sampling`.
        cap: Most photos of one class in an epoch, for the sampler `"cap"`.
        mixup: Parameter of the beta distribution from which the share of a second photo is drawn that is laid
            over each one (Zhang et al., 2018); 0 for none.
        empties: Share of the frames without an animal that an epoch draws, fresh ones each time. The network is
            told, so that it answers as if it had seen them all (King and Zeng, 2001).
        keep: `"best"` keeps the epoch with the best macro-F1 on val, `"last"` the last one: for blending, and where
            val is too small to choose by.
        patience: Epochs without a better macro-F1 on val after which training stops.
        precision: `"bf16"` computes in bfloat16 where it is safe, about twice as fast on CPUs and
            GPUs that support it; `"fp32"` always works.
    """

    epochs: int = 16
    batch_size: int = 64
    frozen_depth: int = 3
    train_size: int | None = None
    backbone_rate: float = 1e-4
    head_rate: float = 5e-4
    layer_decay: float = 1.0
    weight_decay: float = 0.05
    warmup: float = 0.06
    smoothing: float = 0.0
    lineage_weight: float = 0.2
    focal: float = 0.0
    reweight: float = 0.0
    leaders: int = 1
    average: float = 0.99
    sampler: str = "instance"
    cap: int = 4000
    mixup: float = 0.0
    empties: float = 1.0
    keep: str = "best"
    patience: int = 5
    precision: str = "bf16"
    workers: int = 1
    seed: int = 0
    augmentation: Augmentation = field(default_factory=Augmentation)
