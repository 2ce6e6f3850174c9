"""How the work goes."""

from datetime import timedelta

from core.review.audit import Share
from core.review.work import Pace, pace, shares
from core.store import BlindAnswer, Lane
from tests.review_house import LEOPARD, LION, NOW, TREE


def test_pauses_are_no_work() -> None:
    moments = [NOW + timedelta(seconds=second) for second in (10, 0, 20, 30, 3000, 3030)]
    assert pace(moments) == Pace(6, 1.0)
    assert pace(moments).per_minute == 5.0
    assert pace([NOW]).per_minute is None
    assert pace([]) == Pace(0, 0.0)


def test_a_finer_answer_is_right_and_a_coarser_one_is_not() -> None:
    said = [
        ("ada", LION, LION),
        ("ada", LION, "panthera"),
        ("ada", "panthera", LION),
        ("ada", None, LION),
        ("bo", LEOPARD, LION),
        ("bo", None, None),
    ]
    answers = [BlindAnswer(who, "a" * 64, Lane.GOLD, what, known) for who, what, known in said]
    again = BlindAnswer("ada", "b" * 64, Lane.AGAIN, LION, LION)
    assert shares([*answers, again], Lane.GOLD, TREE) == {"ada": Share(2, 4), "bo": Share(1, 2)}
    assert shares([*answers, again], Lane.AGAIN, TREE) == {"ada": Share(1, 1)}
