"""The gate in words."""

import json
from dataclasses import replace

from core.evaluation.gate import Change, ClassChange, Verdict
from core.evaluation.gate_report import NewSpecies, make_report, sentence
from core.evaluation.gate_rules import read_rules

HYENA = ClassChange("hyena", 7, 5, 6, 1.0)
LEOPARD = ClassChange("leopard", 24, 22, 20, -0.01, "leopard is recognised 8 points less often (24 photos)")
LION, ZEBRA = ClassChange("lion", 10, 9, 9, 0.0), ClassChange("zebra", 12, 12, 11, 0.0)
CHANGE = Change("macro-F1", 0.9, 0.91, -0.01, 0.03)


def report(*classes: ClassChange, general=(), new=(), learnt=5, before=2, after=5, alpha=0.5):
    return make_report(
        Verdict(60, (CHANGE,), tuple(general), classes), new, {"memory": 50, "test": 10}, read_rules(),
        learnt=learnt, right_before=before, right_after=after, alpha=alpha,
    )  # fmt: skip


def test_better_and_no_worse() -> None:
    found = report(HYENA, LION)
    assert found.passes
    assert sentence(found, str.upper) == "Better for HYENA (+14 points, 7 photos), no worse elsewhere."


def test_what_is_below_the_limit_is_said() -> None:
    found = report(HYENA, LEOPARD)
    assert not found.passes
    assert sentence(found, str) == (
        "Better for hyena (+14 points, 7 photos), no worse elsewhere; leopard recall fell from 22 to 20 of 24: below the limit."
    )


def test_what_is_worse_within_the_limits_is_said_too() -> None:
    assert sentence(report(LION, ZEBRA), str) == "A little worse for zebra (from 12 to 11 of 12)."
    assert sentence(report(LION), str) == "No better and no worse for any species."


def test_new_species_and_general_objections() -> None:
    found = report(
        LION, general=["the calibration error rises from 0.010 to 0.050"], new=[NewSpecies("okapi", 3, 2)]
    )
    assert not found.passes
    assert sentence(found, str) == (
        "New: okapi (2 of 3), no better and no worse for any species; the calibration error rises from 0.010 to 0.050."
    )


def test_corrections_must_help_unless_all_were_right() -> None:
    (objection,) = report(LION, learnt=5, before=3, after=3).general
    assert objection == "of 5 corrections 3 are right now, before 3: nothing was learnt"
    assert report(LION, learnt=5, before=5, after=5).passes
    off = replace(read_rules(), corrections_must_help=False)
    assert make_report(
        Verdict(9, (), ()), [], {}, off, learnt=5, right_before=3, right_after=3, alpha=1.0
    ).passes


def test_nothing_to_judge_on_does_not_pass() -> None:
    found = make_report(None, [], {}, read_rules(), learnt=5, right_before=0, right_after=5, alpha=1.0)
    assert not found.passes
    assert sentence(found, str) == "There is no held-out photo to judge on."


def test_many_are_named_in_part() -> None:
    many = [ClassChange(f"s{n}", 10, 5, 6 + n % 2, 0.0) for n in range(8)]
    assert "and 5 more" in sentence(report(*many), str)


def test_the_record_is_plain() -> None:
    record = json.loads(json.dumps(report(HYENA, new=[NewSpecies("okapi", 3, 2)]).to_record(str.title)))
    assert record["classes"][0]["name"] == "Hyena"
    assert record["new_species"] == [{"label": "okapi", "photos": 3, "right": 2, "name": "Okapi"}]
    assert record["judged_on"] == {"memory": 50, "test": 10}
    assert record["passes"] is True
    assert record["sentence"].startswith("Better for Hyena")


def test_the_old_weights_again_are_no_better_model() -> None:
    found = report(LION, before=5, after=5, alpha=0.0)
    assert not found.passes
    assert "there is nothing to gain yet" in sentence(found, str)
