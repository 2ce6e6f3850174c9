"""From probabilities to an answer that one can stand behind."""

from core.decision.answer import SCENES, Answer, Outcome, decide, withhold
from core.decision.calibration import (
    Calibration,
    Guarantee,
    expected_calibration_error,
    fit_temperature,
    log_likelihoods,
    softmax,
)
from core.decision.distribution import Candidate, Distribution
from core.decision.rank_temperatures import fit_rank_temperatures, sharpen
from core.decision.risk import breaking_points, guarantee, guarantees, least_target, target_for
from core.decision.sets import SetRule, common_ancestor, fit_sets, prediction_sets
from core.decision.stopping import climb, darts, fit_caution, information, minimum_risk
from core.decision.truth import covers, label_positions
from core.decision.wording import percent, sentence

__all__ = [
    "SCENES",
    "Answer",
    "Calibration",
    "Candidate",
    "Distribution",
    "Guarantee",
    "Outcome",
    "SetRule",
    "breaking_points",
    "climb",
    "common_ancestor",
    "covers",
    "darts",
    "decide",
    "expected_calibration_error",
    "fit_caution",
    "fit_rank_temperatures",
    "fit_sets",
    "fit_temperature",
    "guarantee",
    "guarantees",
    "information",
    "label_positions",
    "least_target",
    "log_likelihoods",
    "minimum_risk",
    "percent",
    "prediction_sets",
    "sentence",
    "sharpen",
    "softmax",
    "target_for",
    "withhold",
]
