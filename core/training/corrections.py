"""What people corrected, as something that a model can learn from."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Correction:
    """What a person says that a photo shows.

    Attributes:
        sha256: Of the photo's file.
        label: Taxon id of any rank, or a label of `FLAGS` such as `BLANK`.
        group: Burst, near-duplicates or camera: whole groups are held out, and never straddle; `""` for a photo alone.
        weight: How much the photo counts in training, in (0, 1].
        held_out: Whether it only judges, never trains. `None` lets `finetune` choose; if any row says `True` or
            `False`, rows with `None` train.
        contested: People disagree about it; it is left out.
    """

    sha256: str
    label: str
    group: str = ""
    weight: float = 1.0
    held_out: bool | None = None
    contested: bool = False


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A correction that was not learnt from, and why, as a sentence for people."""

    sha256: str
    reason: str
