"""How far to go from the old weights to the new ones (WiSE-FT: Wortsman et al., 2022)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

STEPS = tuple(step / 10 for step in range(11))
MOST_LOST = 0.005  # of the macro-F1 on the old photos: what `core.evaluation.gate` allows

NEGLIGIBLE = 0.001  # of their worth: about one photo among a few hundred that judge


@dataclass(frozen=True, slots=True)
class Tried:
    """What a mixture of old (0) and new (1) weights is worth: macro-F1 on old photos and on corrections, in [0, 1]."""

    alpha: float
    old: float
    corrections: float

    @property
    def worth(self) -> float:
        """The harmonic mean of the two."""
        return 2 * self.old * self.corrections / max(self.old + self.corrections, 1e-12)


def choose_alpha(
    judge: Callable[[float], tuple[float, float]], before: float, steps: Sequence[float] = STEPS
) -> tuple[Tried, tuple[Tried, ...], str]:
    """Try mixtures and take the best that does not forget.

    Where one photo decides between several, the one that learnt most is taken: all remembered photos shaped it, while half of
    the way has only just got the corrections right.

    Args:
        judge: From alpha to macro-F1 on old photos and on corrections.
        before: Macro-F1 of the old model on the old photos.
        steps: The mixtures to try, 0 to 1.

    Returns:
        The choice, all that was tried, and the reason as a sentence.
    """
    tried = tuple(Tried(alpha, *judge(alpha)) for alpha in steps)
    allowed = [one for one in tried if one.old >= before - MOST_LOST]
    if not allowed:
        least = max(tried, key=lambda one: (one.old, one.worth))
        return least, tried, (
            f"every mixture of old and new weights loses more than {100 * MOST_LOST:g} points of macro-F1 on the old "
            f"photos; {least.alpha:.0%} of the new loses least"
        )  # fmt: skip
    most = max(one.worth for one in allowed)
    best = max((one for one in allowed if one.worth >= most - NEGLIGIBLE), key=lambda one: one.alpha)
    return best, tried, (
        f"{best.alpha:.0%} of the way to the new weights is best for old photos and corrections together"
        + ("" if len(allowed) == len(tried) else f"; {len(tried) - len(allowed)} of {len(tried)} mixtures forget too much")
    )  # fmt: skip
