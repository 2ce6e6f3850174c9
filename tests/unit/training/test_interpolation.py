"""How far to go from the old weights to the new ones."""

from core.training.interpolation import MOST_LOST, STEPS, choose_alpha


def test_the_best_mixture_that_does_not_forget_is_taken() -> None:
    best, tried, reason = choose_alpha(lambda a: (0.9 if a <= 0.5 else 0.8, a), before=0.9)
    assert best.alpha == 0.5
    assert [one.alpha for one in tried] == list(STEPS)
    assert "50% of the way" in reason
    assert "5 of 11 mixtures forget too much" in reason


def test_a_little_loss_is_allowed_and_no_more() -> None:
    assert choose_alpha(lambda a: (0.9 - 0.9 * MOST_LOST * a, a), before=0.9)[0].alpha == 1.0
    assert choose_alpha(lambda a: (0.9 - 1.1 * MOST_LOST * a, a), before=0.9)[0].alpha == 0.9


def test_of_equals_the_furthest_from_the_old_weights_is_taken() -> None:
    assert choose_alpha(lambda a: (0.9, min(1.0, 0.5 + a)), before=0.9)[0].alpha == 1.0
    assert choose_alpha(lambda a: (0.9 - 0.001 * (a > 0.5), 1.0), before=0.9)[0].alpha == 1.0
    assert choose_alpha(lambda a: (0.9 - 0.004 * (a > 0.5), 1.0), before=0.9)[0].alpha == 0.5


def test_where_all_forget_the_least_is_taken_and_it_is_said() -> None:
    best, _, reason = choose_alpha(lambda a: (0.5 + a / 10, a), before=0.9)
    assert best.alpha == 1.0
    assert reason.startswith("every mixture of old and new weights loses more than 0.5 points")
