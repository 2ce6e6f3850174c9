"""From probabilities to an answer that one can stand behind."""

from core.decision.answer import Answer, Outcome, decide, withhold
from core.decision.calibration import (
    Calibration,
    Guarantee,
    expected_calibration_error,
    fit_temperature,
    log_likelihoods,
    softmax,
)
from core.decision.distribution import Candidate, Distribution
from core.decision.wording import percent, sentence

__all__ = [
    "Answer",
    "Calibration",
    "Candidate",
    "Distribution",
    "Guarantee",
    "Outcome",
    "decide",
    "expected_calibration_error",
    "fit_temperature",
    "log_likelihoods",
    "percent",
    "sentence",
    "softmax",
    "withhold",
]
