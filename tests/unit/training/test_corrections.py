"""What corrections can teach, decided before anything is learnt."""

from dataclasses import replace

import pytest

from core.errors import TrainingError
from core.taxonomy import BLANK, HUMAN, Taxonomy
from core.training.corrections import HELD_OUT_FROM, Correction, plan, screen

LION, LEOPARD, ZEBRA, FOX = "panthera-leo", "panthera-pardus", "equus-quagga", "vulpes-vulpes"
CLASSES = (LION, LEOPARD, ZEBRA, BLANK)


def some(label: str, count: int, **fields: object) -> list[Correction]:
    return [Correction(f"{label}-{i}", label, **fields) for i in range(count)]  # type: ignore[arg-type]


@pytest.fixture
def known(taxonomy: Taxonomy) -> Taxonomy:
    return taxonomy.subtree(CLASSES[:3])


def test_what_people_disagree_about_is_left_out(taxonomy: Taxonomy) -> None:
    rows = [
        *some(LION, 2),
        Correction("x", LION, contested=True),
        Correction("y", LION),
        Correction("y", ZEBRA),
    ]
    kept, left_out = screen(rows, taxonomy)
    assert [one.sha256 for one in kept] == ["panthera-leo-0", "panthera-leo-1"]
    assert {one.sha256: one.reason for one in left_out} == {
        "x": "people disagree about it", "y": "it is listed under several labels",
    }  # fmt: skip
    assert len(screen([*some(LION, 1), *some(LION, 1)], taxonomy)[0]) == 1


def test_nothing_to_learn_from_is_refused_in_words(taxonomy: Taxonomy) -> None:
    with pytest.raises(TrainingError, match="no corrections"):
        screen([], taxonomy)
    with pytest.raises(TrainingError, match="all 2 corrections are contested"):
        screen(some(LION, 2, contested=True), taxonomy)
    with pytest.raises(TrainingError, match="has no draco-volans, unicornis-albus"):
        screen([Correction("a", "unicornis-albus"), Correction("b", "draco-volans")], taxonomy)
    with pytest.raises(TrainingError, match="weight of photo"):
        screen(some(LION, 1, weight=0.0), taxonomy)


def test_three_photos_make_a_new_species_and_two_do_not(taxonomy: Taxonomy, known: Taxonomy) -> None:
    lesson = plan(some(FOX, 3), taxonomy, known, CLASSES)
    assert lesson.new == (FOX,)
    assert FOX in lesson.classes
    assert lesson.classes[-1] == BLANK
    assert "canidae" in lesson.taxonomy
    assert "Vulpes vulpes is new to the model and is taken in from 3 photos" in lesson.reasons
    lesson = plan(some(FOX, 2), taxonomy, known, CLASSES)
    assert lesson.new == ()
    assert lesson.taxonomy is known
    assert {one.label for one in lesson.train} == {"carnivora"}
    assert any("2 of the 3 photos" in reason and "Carnivora" in reason for reason in lesson.reasons)


def test_a_flag_needs_as_many_photos(taxonomy: Taxonomy, known: Taxonomy) -> None:
    assert plan(some(HUMAN, 3), taxonomy, known, CLASSES).classes[-2:] == (BLANK, HUMAN)
    lesson = plan([*some(HUMAN, 2), *some(LION, 1)], taxonomy, known, CLASSES)
    assert [one.sha256 for one in lesson.left_out] == ["human-0", "human-1"]
    with pytest.raises(TrainingError, match="none of the corrections can be learnt from: 2 because"):
        plan(some(HUMAN, 2), taxonomy, known, CLASSES)


def test_a_label_that_holds_for_everything_says_nothing(taxonomy: Taxonomy, known: Taxonomy) -> None:
    rows = [*some("animalia", 2), *some(LION, 1)]
    lesson = plan(rows, taxonomy, known, CLASSES[:3])
    assert len(lesson.left_out) == 2
    assert "every class" in lesson.left_out[0].reason
    assert not plan(rows, taxonomy, known, CLASSES).left_out  # it is not empty, then


def test_a_group_never_straddles(taxonomy: Taxonomy, known: Taxonomy) -> None:
    rows = [replace(one, group=f"g{i // 3}") for i, one in enumerate(some(LION, 90))]
    lesson = plan(rows, taxonomy, known, CLASSES)
    train, held_out = ({one.group for one in part} for part in (lesson.train, lesson.held_out))
    assert held_out
    assert not train & held_out
    assert len(lesson.train) + len(lesson.held_out) == 90
    assert 0.05 < len(lesson.held_out) / 90 < 0.4
    more = plan([*rows, *(replace(one, group="new") for one in some(ZEBRA, 5))], taxonomy, known, CLASSES)
    assert held_out <= {one.group for one in more.held_out}  # once held out, always held out


def test_few_corrections_all_train(taxonomy: Taxonomy, known: Taxonomy) -> None:
    lesson = plan(some(LION, HELD_OUT_FROM - 1), taxonomy, known, CLASSES)
    assert not lesson.held_out
    assert any("too few to hold some out" in reason for reason in lesson.reasons)
    assert any("one taxon" in reason for reason in lesson.reasons)
    rare = [
        one
        for name in (LION, LEOPARD, ZEBRA, BLANK, FOX, "canis-lupus", "canis-latrans")
        for one in some(name, 3)
    ]
    lesson = plan(rare, taxonomy, known, CLASSES)
    assert not lesson.held_out
    assert any("none are held out" in reason for reason in lesson.reasons)


def test_what_was_decided_before_is_kept(taxonomy: Taxonomy, known: Taxonomy) -> None:
    rows = [*some(LION, 5, held_out=True), *some(ZEBRA, 40, held_out=False), *some(LEOPARD, 2)]
    lesson = plan(rows, taxonomy, known, CLASSES)
    assert {one.label for one in lesson.held_out} == {LION}
    lesson = plan(some(ZEBRA, 5), taxonomy, known, CLASSES, judged_before={"equus-quagga-3"})
    assert [one.sha256 for one in lesson.held_out] == ["equus-quagga-3"]
    with pytest.raises(TrainingError, match="all held out to judge"):
        plan(some(ZEBRA, 5, held_out=True), taxonomy, known, CLASSES)
