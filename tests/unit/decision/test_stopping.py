"""Three ways to choose the taxon to name."""

from itertools import pairwise

import numpy as np
import pytest

from core.decision import climb, covers, darts, fit_caution, information, label_positions, minimum_risk
from core.decision.stopping import paths
from core.errors import CalibrationError
from core.taxonomy import BLANK, Rank, Taxon, Taxonomy
from tests.unit.decision.forest import is_within, random_rows, random_tree

SEEDS = range(25)
# animalia -> felidae -> panthera (leo, onca), felis (catus); animalia -> canidae -> lupus
TREE = Taxonomy(
    Taxon(name, rank, name, parent)
    for name, rank, parent in [
        ("animalia", Rank.KINGDOM, None),
        ("felidae", Rank.FAMILY, "animalia"),
        ("panthera", Rank.GENUS, "felidae"),
        ("leo", Rank.SPECIES, "panthera"),
        ("onca", Rank.SPECIES, "panthera"),
        ("felis", Rank.GENUS, "felidae"),
        ("catus", Rank.SPECIES, "felis"),
        ("canidae", Rank.FAMILY, "animalia"),
        ("lupus", Rank.SPECIES, "canidae"),
    ]
)


def nodes(**leaves: float) -> np.ndarray:
    return TREE.sum_up(np.array([[leaves.get(leaf.id, 0.0) for leaf in TREE.leaves]]))


def name(positions: np.ndarray) -> str | None:
    (place,) = positions
    return TREE.order[place].id if place >= 0 else None


def trial(seed: int, n: int = 30) -> tuple[Taxonomy, np.ndarray, np.ndarray]:
    """Return a tree, leaf probabilities that leave room for blanks, and those of all nodes."""
    rng = np.random.default_rng(seed)
    tree = random_tree(rng, int(rng.integers(2, 25)))
    leaves = random_rows(rng, n, len(tree.leaves)) * rng.choice([1.0, 0.7, 0.3], (n, 1))
    return tree, leaves, tree.sum_up(leaves)


@pytest.mark.parametrize("seed", SEEDS)
def test_all_answers_to_a_photo_lie_on_one_lineage(seed: int) -> None:
    tree, _, rows = trial(seed)
    for row, path in zip(rows, paths(rows, tree), strict=True):
        species = tree.order[path[Rank.SPECIES]]
        lineage = [tree.index(t.id) for t in tree.lineage(species.id)]
        assert [p for p in path if p >= 0] == lineage
        majority = [i for i, p in enumerate(row) if p > 0.5]
        assert set(majority) <= set(lineage)
        best = max(tree.leaves_under(tree.order[majority[-1] if majority else 0].id),
                   key=lambda leaf: row[tree.index(leaf.id)])  # fmt: skip
        assert row[tree.index(best.id)] == row[tree.index(species.id)]


@pytest.mark.parametrize("seed", SEEDS)
def test_a_higher_target_never_gives_another_branch_or_a_finer_taxon(seed: int) -> None:
    tree, _, rows = trial(seed)
    chosen = np.stack([climb(rows, tree, target) for target in np.linspace(0.01, 1, 60)])
    for lower, higher in pairwise(chosen):
        for low, high in zip(lower, higher, strict=True):
            assert high == -1 or is_within(tree, int(low), int(high))


@pytest.mark.parametrize("seed", SEEDS)
def test_above_one_half_the_finest_taxon_that_reaches_the_target_is_found(seed: int) -> None:
    tree, _, rows = trial(seed)
    for target in (0.51, 0.65, 0.9):
        for row, found in zip(rows, climb(rows, tree, target), strict=True):
            reaching = np.flatnonzero(row >= target)
            if len(reaching):
                assert row[found] >= target
                assert tree.ranks[found] == tree.ranks[reaching].max()
            else:
                assert found == -1


def test_climbing_can_be_kept_above_a_rank() -> None:
    row = nodes(leo=0.9, onca=0.1)
    assert name(climb(row, TREE, 0.8)) == "leo"
    assert name(climb(row, TREE, 0.8, finest=Rank.GENUS)) == "panthera"
    assert name(climb(row, TREE, 0.8, finest=Rank.ORDER)) == "animalia"
    assert name(climb(0.5 * row, TREE, 0.8)) is None


def test_the_majority_leads_even_if_the_best_species_is_elsewhere() -> None:
    row = nodes(leo=0.3, onca=0.25, lupus=0.4, catus=0.05)
    assert name(climb(row, TREE, 0.54)) == "panthera"
    assert name(climb(row, TREE, 0.3)) == "leo"


def test_information_by_hand() -> None:
    found = dict(zip([t.id for t in TREE.order], information(TREE), strict=True))
    assert found["animalia"] == 0
    assert found["felidae"] == pytest.approx(np.log(4 / 3) / np.log(4))
    assert found["panthera"] == pytest.approx(0.5)
    assert found["leo"] == found["felis"] == found["canidae"] == found["lupus"] == pytest.approx(1)


def test_one_species_leaves_nothing_to_tell() -> None:
    tree = random_tree(np.random.default_rng(0), 1)
    assert information(tree).tolist() == [1.0] * len(tree.order)
    assert tree.order[darts(np.ones((1, len(tree.order))), tree, 0.0)[0]].rank is Rank.SPECIES


@pytest.mark.parametrize("caution", [0.0, 0.3, 2.0, 50.0])
def test_darts_takes_the_largest_reward(caution: float) -> None:
    for seed in SEEDS:
        tree, _, rows = trial(seed, 5)
        told = information(tree)
        for row, found in zip(rows, darts(rows, tree, caution), strict=True):
            rewards = [(told[v] + caution) * row[v] for v in range(len(row))]
            assert rewards[found] == pytest.approx(max(rewards))


def test_darts_prefers_the_species_of_a_genus_of_one() -> None:
    assert name(darts(nodes(catus=0.9, leo=0.1), TREE, 0.5)) == "catus"


def test_more_caution_means_less_information_and_fewer_mistakes() -> None:
    rng = np.random.default_rng(3)
    tree = random_tree(rng, 30)
    leaves = random_rows(rng, 800, 30, 1.0)
    rows = tree.sum_up(leaves)
    labels = [tree.leaves[rng.choice(30, p=row)].id for row in leaves]
    truth = label_positions(labels, tree)
    told, right = [], []
    for caution in (0.0, 1.0, 5.0, 100.0):
        found = darts(rows, tree, caution)
        told.append(information(tree)[found].mean())
        right.append(covers(tree, found, truth).mean())
    assert told == sorted(told, reverse=True)
    assert right == sorted(right)
    caution = fit_caution(rows, labels, tree, error=0.1)
    accuracy = covers(tree, darts(rows, tree, caution), truth).mean()
    assert 0.9 < accuracy < 0.93, "the lower end of the interval is what reaches 0.9"
    assert covers(tree, darts(rows, tree, 0.97 * caution), truth).mean() <= accuracy
    flagged = fit_caution(np.vstack([rows, rows[:50]]), labels + [BLANK] * 50, tree, error=0.1)
    assert flagged == caution, "photos without an animal say nothing here"


def test_darts_promises_nothing_from_a_handful_of_photos() -> None:
    rows = np.repeat(nodes(leo=1.0), 20, axis=0)
    with pytest.raises(CalibrationError, match=r"0\.05 cannot be promised with n = 20"):
        fit_caution(rows, ["leo"] * 20, TREE, error=0.05)
    enough = np.repeat(nodes(leo=1.0), 60, axis=0)
    assert fit_caution(enough, ["leo"] * 60, TREE, error=0.05) == 0.0


def costs(tree: Taxonomy, untold: float) -> np.ndarray:
    """Return `(nodes, leaves)`: steps up from a taxon to the common ancestor, and down to a species."""
    found = np.zeros((len(tree.order), len(tree.leaves)))
    for v, taxon in enumerate(tree.order):
        above = [t.id for t in tree.lineage(taxon.id)]
        for y, leaf in enumerate(tree.leaves):
            path = [t.id for t in tree.lineage(leaf.id)]
            common = len(set(above) & set(path))
            found[v, y] = (len(above) - common) + untold * (len(path) - common)
    return found


@pytest.mark.parametrize("untold", [0.2, 1.0, 3.0])
def test_minimum_risk_against_the_matrix_of_all_distances(untold: float) -> None:
    for seed in SEEDS:
        tree, leaves, rows = trial(seed, 8)
        risk = leaves @ costs(tree, untold).T
        found = minimum_risk(rows, tree, untold=untold)
        np.testing.assert_allclose(risk[np.arange(len(risk)), found], risk.min(axis=1), atol=1e-12)


def test_minimum_risk_is_the_majority_if_both_mistakes_cost_the_same() -> None:
    assert name(minimum_risk(nodes(leo=0.52, onca=0.3, lupus=0.18), TREE)) == "leo"
    assert name(minimum_risk(nodes(leo=0.3, onca=0.3, lupus=0.4), TREE)) == "panthera"
    assert name(minimum_risk(nodes(leo=0.52, onca=0.3, lupus=0.18), TREE, untold=0.4)) == "panthera"
