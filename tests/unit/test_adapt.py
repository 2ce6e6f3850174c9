"""A batch answered anew, knowing what lives there."""

from dataclasses import replace

import numpy as np

from core.adapt import adapt, estimate_for
from core.answering import answer_for, distribute
from core.decision import Outcome
from core.decision.prior import PriorMethod, checklist_prior
from core.identify import Identification, Request
from core.media import MediaNote
from tests.unit.model.test_tree_head import CLASSES
from tests.unit.test_answering import Silent, scores

PRIOR = (0.4, 0.3, 0.2, 0.1)


def item(name: str, row: np.ndarray, classifier: Silent, *notes: MediaNote) -> Identification:
    (one,) = distribute(row, classifier.bundle)
    answer = answer_for(one, classifier, notes, 0.7, 3, 0.1)
    return Identification(
        name, "0", answer=answer, distribution=one, notes=notes,
        model=classifier.bundle.weights_sha256, log_likelihood=row[0],
    )  # fmt: skip


def batch(classifier: Silent, n: int = 150) -> list[Identification]:
    """Photos of lions, half of which look as much like jaguars."""
    rng = np.random.default_rng(0)
    views = (scores(panthera_leo=0.98), scores(panthera_leo=0.5, panthera_onca=0.49))
    rows = [views[i % 2] + rng.normal(0, 0.01, views[0].shape) for i in range(n)]
    return [item(f"{i}.jpg", row, classifier) for i, row in enumerate(rows)]


def test_doubtful_photos_follow_the_sure_ones() -> None:
    classifier = Silent(prior=PRIOR, slope=-0.1)
    items = batch(classifier, 400)
    estimate = estimate_for(items, classifier)
    assert estimate is not None
    assert estimate.n == 400
    after = adapt(items, classifier, Request(), estimate)
    assert items[1].answer.taxon.id == "panthera"
    assert after[1].answer.taxon.id == "panthera-leo"
    assert after[1].novelty == 0.1
    assert [a.file for a in after] == [b.file for b in items]


def test_switched_off_everything_is_as_before() -> None:
    classifier = Silent(prior=PRIOR, slope=-0.1)
    items = batch(classifier, 10)
    listed = checklist_prior(["panthera-onca"], CLASSES)
    changed = adapt(items, classifier, Request(), listed)
    assert changed[1].answer.taxon.id == "panthera-onca"
    back = adapt(changed, classifier, Request(), None)
    for old, new in zip(items, back, strict=True):
        assert new.answer == old.answer


def test_small_batches_and_models_without_a_prior_are_left_alone() -> None:
    assert estimate_for(batch(Silent(prior=PRIOR), 99), Silent(prior=PRIOR)) is None
    assert estimate_for(batch(Silent(), 150), Silent()) is None
    assert estimate_for([], Silent(prior=PRIOR)) is None
    assert (
        estimate_for(batch(Silent(prior=PRIOR), 290), Silent(prior=PRIOR)) is None
    )  # lions alone are no tail
    fits = Silent(prior=(0.2, 0.1, 0.6, 0.1))
    found = estimate_for(batch(fits, 290), fits)
    assert found is not None
    assert found.method is PriorMethod.FAMILY


def test_one_photo_many_times_says_nothing_about_a_place() -> None:
    classifier = Silent(prior=PRIOR, slope=-0.1)
    assert estimate_for(batch(classifier, 2) * 200, classifier) is None


def test_files_without_an_answer_stay_as_they_are() -> None:
    classifier = Silent(prior=PRIOR)
    broken = Identification("b.jpg", error=MediaNote("truncated", "cut"))
    dark = item("d.jpg", scores(panthera_leo=0.9), classifier, MediaNote("dark", "black"))
    after = adapt([broken, dark], classifier, Request(), checklist_prior(["panthera-leo"], CLASSES))
    assert after[0] is broken
    assert after[1].answer.taxon is None
    assert adapt([broken], classifier, Request(), None) == [broken]


def test_another_target_answers_anew() -> None:
    classifier = Silent(prior=PRIOR)
    items = batch(classifier, 2)
    assert adapt(items, classifier, Request(target=0.5), None)[1].answer.taxon.id == "panthera-leo"
    strict = adapt(items, classifier, Request(target=0.9999), None)[0].answer
    assert strict.outcome is Outcome.UNSURE
    assert strict.target == 0.9999


def test_photos_that_another_model_looked_at_are_left_alone() -> None:
    classifier = Silent(prior=PRIOR)
    others = [replace(one, model="another") for one in batch(classifier, 120)]
    assert estimate_for(others, classifier) is None
    assert adapt(others, classifier, Request(target=0.9999), None) == others
