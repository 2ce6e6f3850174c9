"""One temperature per rank."""

import numpy as np
import pytest

from core.decision import fit_rank_temperatures, sharpen
from core.errors import TaxonomyError
from core.taxonomy import BLANK, HUMAN, Rank, Taxon, Taxonomy
from tests.unit.decision.forest import random_rows, random_tree, with_blank

ONES = (1.0,) * 7


def at(**temperatures: float) -> tuple[float, ...]:
    return tuple(temperatures.get(rank.label, 1.0) for rank in Rank)


def two_genera() -> Taxonomy:
    taxa = [Taxon("felidae", Rank.FAMILY, "Felidae", None)]
    for genus, species in {"panthera": ["leo", "onca"], "felis": ["catus", "margarita", "nigripes"]}.items():
        taxa.append(Taxon(genus, Rank.GENUS, genus, "felidae"))
        taxa += [Taxon(name, Rank.SPECIES, name, genus) for name in species]
    return Taxonomy(taxa)


CATS = two_genera()
CLASSES = ["leo", HUMAN, "catus", "nigripes", "onca", BLANK, "margarita"]


def test_ones_change_nothing_at_all() -> None:
    rows = random_rows(np.random.default_rng(0), 9, len(CLASSES))
    assert sharpen(rows, CATS, CLASSES, ONES).tolist() == rows.tolist()


def test_by_hand() -> None:
    row = np.array([[0.3, 0.05, 0.2, 0.0, 0.3, 0.15, 0.0]])
    found = dict(zip(CLASSES, sharpen(row, CATS, CLASSES, at(genus=0.5, species=2.0))[0], strict=True))
    panthera = 0.8 * 0.6**2 / (0.6**2 + 0.2**2)
    assert found["leo"] == found["onca"] == pytest.approx(panthera / 2)
    assert found["catus"] == pytest.approx(0.8 - panthera)
    assert (found["margarita"], found["nigripes"]) == (0, 0)
    assert (found[HUMAN], found[BLANK]) == (0.05, 0.15)


def exact_sums(leaves: np.ndarray, tree: Taxonomy) -> np.ndarray:
    """Return what `Taxonomy.sum_up` does, without its rounding, which matters for tiny parents."""
    return np.stack([leaves[:, start:stop].sum(axis=1) for start, stop in tree.spans], axis=1)


@pytest.mark.parametrize("seed", range(60))
def test_every_parent_stays_the_sum_of_its_children(seed: int) -> None:
    rng = np.random.default_rng(seed)
    tree = random_tree(rng, int(rng.integers(1, 40)))
    classes = with_blank(tree)
    rows = random_rows(rng, 6, len(classes), spread=rng.choice([1, 5, 60]))  # the last with many zeros
    heat = np.exp(rng.uniform(-2, 2, 7))
    found = sharpen(rows, tree, classes, heat)
    np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-9)
    np.testing.assert_array_equal(found[:, 0], rows[:, 0])
    assert (found >= 0).all()
    old, new = (exact_sums(r[:, tree.leaf_columns(classes)], tree) for r in (rows, found))
    np.testing.assert_allclose(new[:, 0], old[:, 0], atol=1e-9)
    for parent in tree.order:
        children = [tree.index(child.id) for child in tree.children(parent.id)]
        if not children:
            continue
        place = tree.index(parent.id)
        np.testing.assert_allclose(new[:, children].sum(axis=1), new[:, place], atol=1e-6)
        sure = (old[:, place] > 1e-6) & (new[:, place] > 1e-6)
        share = old[sure][:, children] / old[sure][:, [place]]
        share **= 1 / heat[tree.ranks[children]]
        share /= share.sum(axis=1, keepdims=True)
        np.testing.assert_allclose(new[sure][:, children] / new[sure][:, [place]], share, atol=1e-6)


def test_a_photo_that_is_surely_blank_stays_so() -> None:
    rows = np.array([[0, 0, 0, 0, 0, 1.0, 0], [0, 0, 0, 0, 0, 1 - 1e-300, 1e-300]])
    np.testing.assert_array_equal(sharpen(rows, CATS, CLASSES, at(species=0.05, genus=20)), rows)


def test_tiny_probabilities_keep_their_proportions() -> None:
    row = np.array([[0.6, 0, 3e-30, 1e-30, 0.4, 0, 0]])
    found = sharpen(row, CATS, CLASSES, at(species=0.5))[0]
    assert found[2] / found[3] == pytest.approx(9)


@pytest.mark.parametrize("heat", [(1.0,) * 6, (1, 1, 1, 1, 1, 1, 0.0), (1, 1, 1, 1, 1, 1, np.nan)])
def test_impossible_temperatures_are_refused(heat: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="7 temperatures above 0"):
        sharpen(np.full((1, 7), 1 / 7), CATS, CLASSES, heat)


def honest_photos(seed: int, n: int) -> tuple[np.ndarray, list[str]]:
    """Return probabilities that mean what they say, and a label drawn from each."""
    rng = np.random.default_rng(seed)
    rows = random_rows(rng, n, len(CLASSES), 1.0)
    return rows, [CLASSES[rng.choice(len(CLASSES), p=row)] for row in rows]


def test_planted_temperatures_are_found() -> None:
    rows, labels = honest_photos(1, 6000)
    spoilt = sharpen(rows, CATS, CLASSES, at(genus=0.5, species=1.8))
    found = fit_rank_temperatures(spoilt, labels, CATS, CLASSES)
    assert found[Rank.GENUS] == pytest.approx(2.0, rel=0.1)
    assert found[Rank.SPECIES] == pytest.approx(1 / 1.8, rel=0.1)
    assert found[: Rank.GENUS] == (1.0,) * 5
    mended = sharpen(spoilt, CATS, CLASSES, found)
    assert np.abs(mended - rows).mean() < 0.2 * np.abs(spoilt - rows).mean()


def test_coarse_labels_teach_the_ranks_above_them() -> None:
    rows, labels = honest_photos(2, 4000)
    spoilt = sharpen(rows, CATS, CLASSES, at(genus=0.5, species=0.5))
    coarse = [label if label in (BLANK, HUMAN) else str(CATS.get(label).parent) for label in labels]
    found = fit_rank_temperatures(spoilt, coarse, CATS, CLASSES)
    assert found[Rank.GENUS] == pytest.approx(2.0, rel=0.12)
    assert found[Rank.SPECIES] == 1.0
    exact = fit_rank_temperatures(spoilt, labels, CATS, CLASSES)
    assert found[Rank.GENUS] == pytest.approx(exact[Rank.GENUS], rel=1e-6)


def test_siblings_of_different_ranks_are_fitted_together() -> None:
    taxa = [
        *CATS.order,
        Taxon("incertus", Rank.SPECIES, "incertus", "felidae"),
    ]
    tree = Taxonomy(taxa)
    classes = [*CLASSES, "incertus"]
    rng = np.random.default_rng(4)
    rows = random_rows(rng, 6000, len(classes), 1.0)
    labels = [classes[rng.choice(len(classes), p=row)] for row in rows]
    found = fit_rank_temperatures(rows, labels, tree, classes)
    assert found[Rank.GENUS :] == pytest.approx((1.0, 1.0), rel=0.1)


def test_weights_choose_whom_to_please() -> None:
    honest, labels = honest_photos(5, 2000)
    bold = sharpen(honest, CATS, CLASSES, at(species=0.4))
    rows, both = np.vstack([honest, bold]), labels + labels
    for first, second, expected in ((1.0, 0.0, 1.0), (0.0, 3.0, 2.5)):
        weights = np.repeat([first, second], 2000)
        found = fit_rank_temperatures(rows, both, CATS, CLASSES, weights)
        assert found[Rank.SPECIES] == pytest.approx(expected, rel=0.12)


def test_a_rank_without_mistakes_does_not_become_infinitely_sure() -> None:
    rows = np.tile([0.9, 0, 0.02, 0.02, 0.04, 0, 0.02], (300, 1))
    found = fit_rank_temperatures(rows, ["leo"] * 300, CATS, CLASSES)
    assert 0.1 < found[Rank.SPECIES] < 1
    assert 0.1 < found[Rank.GENUS] < 1


def test_impossible_truths_and_no_truths_are_survived() -> None:
    rows = np.array([[1.0, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 1.0, 0]])
    assert np.isfinite(fit_rank_temperatures(rows, ["onca", "leo"], CATS, CLASSES)).all()
    assert fit_rank_temperatures(rows, [BLANK, HUMAN], CATS, CLASSES) == ONES
    assert fit_rank_temperatures(rows[:0], [], CATS, CLASSES) == ONES
    with pytest.raises(TaxonomyError, match="unicorn"):
        fit_rank_temperatures(rows, ["leo", "unicorn"], CATS, CLASSES)
