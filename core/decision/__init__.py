"""From probabilities to an answer that one can stand behind."""

from core.decision.answer import Answer, Outcome, decide, withhold
from core.decision.calibration import expected_calibration_error, fit_temperature, softmax
from core.decision.distribution import Candidate, Distribution
from core.decision.wording import percent, sentence

__all__ = [
    "Answer",
    "Candidate",
    "Distribution",
    "Outcome",
    "decide",
    "expected_calibration_error",
    "fit_temperature",
    "percent",
    "sentence",
    "softmax",
    "withhold",
]
