"""One way from scores to an answer."""

import numpy as np
import pytest

from core.answering import answer_for, distribute, target_of
from core.decision import Calibration, Guarantee, Outcome
from core.errors import CalibrationError
from core.media import MediaNote
from core.model import Bundle, Preprocessing
from core.taxonomy import BLANK
from tests.unit.model.test_tree_head import CLASSES, TREE

HALF = (0.5, 0.5, 0.5)


class Silent:
    """A classifier of which only the description is used."""

    novelty = None

    def __init__(self, **calibration: object) -> None:
        self.bundle = Bundle(
            name="T", version="1", architecture="a", options={}, preprocessing=Preprocessing(8, "squash", 1.0, HALF, HALF),
            classes=CLASSES, taxonomy=TREE, weights_sha256="0" * 64, licence="CC0",
            calibration=Calibration(1.0, 0.7, 200, 0.01, **calibration),  # type: ignore[arg-type]
        )  # fmt: skip


def scores(**chances: float) -> np.ndarray:
    return np.log(np.array([[chances.get(name.replace("-", "_"), 1e-4) for name in CLASSES]]))


def test_parents_stay_sums_under_prior_and_rank_temperatures() -> None:
    bundle = Silent(rank_temperatures=(1, 1, 1, 1, 1, 2.0, 0.5)).bundle
    rows = np.log(np.random.default_rng(0).dirichlet(np.ones(4), 20))
    for one in distribute(rows, bundle, np.log([0.1, 0.2, 0.3, 0.4])):
        assert one.probability("panthera") == pytest.approx(
            one.probability("panthera-leo") + one.probability("panthera-onca"), abs=1e-6
        )
        assert one.probability("felidae") + one.blank == pytest.approx(1, abs=1e-6)


def test_a_prior_follows_bayes() -> None:
    bundle = Silent().bundle
    (one,) = distribute(scores(panthera_leo=0.5, panthera_onca=0.5), bundle, np.log([0.2, 0.1, 0.6, 0.1]))
    assert one.probability("panthera-leo") == pytest.approx(0.75, abs=1e-3)


def test_targets_as_given_by_error_or_the_models_own() -> None:
    bundle = Silent(guarantees=(Guarantee(0.02, 0.9), Guarantee(0.1, 0.6))).bundle
    assert target_of(bundle, target=None, error=None) == 0.7
    assert target_of(bundle, target=0.8, error=0.1) == 0.8
    assert target_of(bundle, target=None, error=0.05) == 0.9
    with pytest.raises(CalibrationError, match=r"cannot promise an error of 0\.01"):
        target_of(bundle, target=None, error=0.01)


def test_nothing_is_named_where_nothing_can_be_seen() -> None:
    classifier = Silent()
    (one,) = distribute(scores(panthera_leo=0.99), classifier.bundle)
    seen = answer_for(one, classifier, (), 0.7, 3, 0.4)
    assert seen.outcome is Outcome.IDENTIFIED
    assert seen.novelty == 0.4
    hidden = answer_for(one, classifier, (MediaNote("dark", "black"),), 0.7, 3, 0.4)
    assert hidden.outcome is Outcome.UNSURE
    assert hidden.taxon is None
    assert BLANK in CLASSES
