"""What holds for every tree and every distribution."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from core.decision import Distribution, decide
from core.taxonomy import BLANK, Rank, Taxon, Taxonomy


@st.composite
def trees(draw: st.DrawFn) -> Taxonomy:
    """A tree of full ladders with 1-4 children at every rank."""
    taxa = [Taxon("t", Rank.KINGDOM, "T", None)]
    level = taxa[:]
    for rank in list(Rank)[1:]:
        below = []
        for parent in level:
            most = 3 if len(level) < 12 else 1
            for number in range(draw(st.integers(1, most))):
                name = f"{parent.id}{number}"
                below.append(Taxon(name, rank, name.upper(), parent.id))
        taxa += below
        level = below
    return Taxonomy(draw(st.permutations(taxa)))


@st.composite
def distributions(draw: st.DrawFn) -> Distribution:
    tree = draw(trees())
    classes = [*draw(st.permutations([leaf.id for leaf in tree.leaves])), BLANK]
    weights: NDArray[np.float64] = np.array(
        draw(st.lists(st.floats(0, 1e6), min_size=len(classes), max_size=len(classes)))
    )
    weights[draw(st.integers(0, len(classes) - 1))] += 1.0
    return Distribution(tree, classes, weights / weights.sum())


FAST = settings(max_examples=60, deadline=None)


@FAST
@given(distributions())
def test_a_parent_is_the_sum_of_its_children(distribution: Distribution) -> None:
    tree = distribution.taxonomy
    for taxon in tree.order:
        if children := tree.children(taxon.id):
            total = sum(distribution.probability(child.id) for child in children)
            assert distribution.probability(taxon.id) == pytest.approx(total, abs=1e-6)
    assert distribution.probability(tree.root.id) + distribution.blank == pytest.approx(1, abs=1e-6)


@FAST
@given(distributions(), st.sampled_from(list(Rank)), st.integers(1, 6))
def test_the_best_come_first(distribution: Distribution, rank: Rank, k: int) -> None:
    best = [candidate.probability for candidate in distribution.top(k, rank)]
    everything = sorted(
        (distribution.probability(t.id) for t in distribution.taxonomy.at(rank)), reverse=True
    )
    assert best == everything[:k]


@FAST
@given(distributions(), st.floats(0.501, 1.0))
def test_the_answer_is_on_a_ladder_that_never_rises(distribution: Distribution, target: float) -> None:
    answer = decide(distribution, target=target)
    steps = [rung.probability for rung in answer.ladder]
    assert [rung.taxon.rank for rung in answer.ladder] == list(Rank)
    assert all(upper >= lower - 1e-9 for upper, lower in itertools.pairwise(steps))
    if answer.taxon is not None:
        assert answer.taxon in [rung.taxon for rung in answer.ladder]
        assert answer.confidence >= target - 1e-9


@FAST
@given(distributions(), st.floats(0.501, 1.0), st.floats(0.501, 1.0))
def test_asking_for_more_certainty_never_gives_a_finer_rank(
    distribution: Distribution, one: float, other: float
) -> None:
    low, high = sorted((one, other))
    sure, surer = decide(distribution, target=low).taxon, decide(distribution, target=high).taxon
    assert (surer.rank if surer else -1) <= (sure.rank if sure else -1)
