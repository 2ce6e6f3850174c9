"""How wrong a wrong answer is."""

import pytest

from core.evaluation.hierarchical import hierarchical_scores, lca_heights
from core.taxonomy import Rank, Taxon, Taxonomy


def chain(*names: str) -> list[Taxon]:
    return [
        Taxon(name, Rank(i), name.capitalize(), names[i - 1] if i else None) for i, name in enumerate(names)
    ]


UPPER = ("animalia", "chordata", "mammalia", "carnivora", "felidae")
TREE = Taxonomy(
    {
        t.id: t
        for t in [
            *chain(*UPPER, "panthera", "leo"), *chain(*UPPER, "panthera", "onca"), *chain(*UPPER, "lynx", "bobcat"),
            *chain("animalia", "chordata", "aves", "columbiformes", "columbidae", "columba", "pigeon"),
        ]
    }.values()
)  # fmt: skip


def test_heights_count_ranks_up_to_what_is_shared() -> None:
    pairs = [("leo", "leo"), ("leo", "onca"), ("leo", "bobcat"), ("leo", "pigeon"), ("leo", "panthera")]
    found = lca_heights(y_true=[a for a, _ in pairs], y_pred=[b for _, b in pairs], taxonomy=TREE)
    assert found.tolist() == [0, 1, 2, 5, 1]


def test_all_right() -> None:
    found = hierarchical_scores(y_true=["leo", "pigeon"], y_pred=["leo", "pigeon"], taxonomy=TREE)
    assert (found.precision, found.recall, found.f1, found.distance) == (1, 1, pytest.approx(1), 0)
    assert found.severity is None


def test_figures_by_hand() -> None:
    """Leo as onca shares 5 of 6; leo as pigeon 1 of 6; leo as Felidae 4 of 4 said, of 6 true."""
    found = hierarchical_scores(y_true=["leo"] * 3, y_pred=["onca", "pigeon", "felidae"], taxonomy=TREE)
    assert found.precision == pytest.approx((5 + 1 + 4) / (6 + 6 + 4))
    assert found.recall == pytest.approx((5 + 1 + 4) / 18)
    assert found.f1 == pytest.approx(2 * 10 / (16 + 18))
    assert found.distance == found.severity == pytest.approx((1 + 5 + 2) / 3)


def test_stopping_early_costs_recall_not_precision() -> None:
    found = hierarchical_scores(y_true=["leo"], y_pred=["panthera"], taxonomy=TREE)
    assert found.precision == 1
    assert found.recall == pytest.approx(5 / 6)


def test_nothing_to_compare_is_an_error() -> None:
    with pytest.raises(ValueError, match="at least one"):
        hierarchical_scores(y_true=[], y_pred=[], taxonomy=TREE)
    with pytest.raises(ValueError, match="as many"):
        hierarchical_scores(y_true=["leo"], y_pred=[], taxonomy=TREE)
