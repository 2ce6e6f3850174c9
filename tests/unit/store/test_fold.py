"""From a photo's history to its label, case by case."""

import pytest

from core.store import EventKind
from core.store.fold import Act, Folded, fold


def history(*lines: str) -> list[Act]:
    """Read acts such as `"ada lion"`, `"bo blank"` and `"ada undoes 1"`; they are numbered from 1."""
    acts = []
    for seq, line in enumerate(lines, start=1):
        person, *said = line.split()
        if said[0] == "undoes":
            acts.append(Act(seq, str(seq), EventKind.UNDO, None, said[1], person))
        elif said[0] == "blank":
            acts.append(Act(seq, str(seq), EventKind.NOT_ANIMAL, None, None, person))
        else:
            acts.append(Act(seq, str(seq), EventKind.ASSERT, said[0], None, person))
    return acts


@pytest.mark.parametrize(
    ("lines", "label", "standing", "votes", "voters"),
    [
        ([], None, "", 0, ""),
        (["ada lion"], "1", "1", 1, "ada"),
        (["ada lion", "bo lion"], "2", "12", 2, "ada bo"),
        (["ada lion", "bo puma"], "2", "12", 1, "ada bo"),
        (["ada lion", "ada puma"], "2", "12", 1, "ada"),
        (["ada lion", "bo puma", "ada puma"], "3", "123", 2, "ada bo"),
        (["ada blank", "bo blank"], "2", "12", 2, "ada bo"),
        (["ada lion", "ada undoes 1"], None, "", 0, ""),
        (["ada lion", "bo undoes 1"], None, "", 0, ""),
        (["ada lion", "ada puma", "ada undoes 2"], "1", "1", 1, "ada"),
        (["ada lion", "ada puma", "ada undoes 1"], "2", "2", 1, "ada"),
        (["ada lion", "ada undoes 1", "ada undoes 2"], "1", "1", 1, "ada"),
        (["ada lion", "ada undoes 1", "ada undoes 2", "ada undoes 3"], None, "", 0, ""),
        (["ada lion", "ada undoes 1", "bo undoes 1", "ada undoes 2"], None, "", 0, ""),
        (["ada lion", "bo lion", "ada undoes 1"], "2", "2", 1, "bo"),
        (["ada puma", "ada lion", "bo lion", "ada undoes 2"], "3", "13", 1, "ada bo"),
    ],
)
def test_the_newest_act_that_stands_is_the_label(
    lines: list[str], label: str | None, standing: str, votes: int, voters: str
) -> None:
    acts = history(*lines)
    newest = next((act for act in acts if act.id == label), None)
    assert fold(acts) == Folded(frozenset(standing), newest, votes, frozenset(voters.split()))


def test_a_long_chain_of_undos_needs_no_deep_recursion() -> None:
    lines = ["ada lion", *(f"ada undoes {number}" for number in range(1, 3001))]
    assert fold(history(*lines)).label is not None
    assert fold(history(*lines[:-1])).label is None
