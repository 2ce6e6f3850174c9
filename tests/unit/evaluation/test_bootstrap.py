"""Intervals that know of bursts."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import binomtest

from core.evaluation.bootstrap import cluster_intervals, wilson_interval


def interval_of(right: NDArray[np.bool_], clusters: list[str], *, seed: int = 0) -> tuple[float, float]:
    return cluster_intervals(lambda rows: {"right": right[rows].mean()}, clusters, seed=seed)["right"]


def test_the_interval_holds_the_figure_and_narrows_with_more_photos() -> None:
    rng = np.random.default_rng(0)
    widths = []
    for n in (100, 1600):
        right = rng.random(n) < 0.8
        low, high = interval_of(right, [""] * n)
        assert low <= right.mean() <= high
        widths.append(high - low)
    assert 3 < widths[0] / widths[1] < 5  # the root of 16


def test_bursts_make_it_wider() -> None:
    rng = np.random.default_rng(1)
    right = np.repeat(rng.random(40) < 0.7, 25)  # every burst is all right or all wrong
    bursts = [f"burst-{i // 25}" for i in range(1000)]
    alone = interval_of(right, [""] * 1000)
    together = interval_of(right, bursts)
    assert together[1] - together[0] > 3 * (alone[1] - alone[0])


def test_the_same_seed_gives_the_same_interval() -> None:
    right = np.arange(50) % 3 == 0
    one, two = (interval_of(right, [""] * 50, seed=4) for _ in range(2))
    assert one == two


def test_several_figures_come_from_the_same_draws() -> None:
    right = np.arange(60) % 3 == 0
    found = cluster_intervals(
        lambda rows: {"right": right[rows].mean(), "wrong": 1 - right[rows].mean(), "never": np.nan},
        [""] * 60,
    )
    assert found["right"][0] == pytest.approx(1 - found["wrong"][1])
    assert found["right"] == interval_of(right, [""] * 60)
    assert np.isnan(found["never"]).all()


@pytest.mark.parametrize(("hits", "n"), [(0, 1), (1, 1), (3, 4), (50, 60), (0, 40)])
def test_wilson_agrees_with_scipy(hits: int, n: int) -> None:
    expected = binomtest(hits, n).proportion_ci(method="wilson")
    assert wilson_interval(hits / n, n) == pytest.approx((expected.low, expected.high), abs=1e-4)


def test_nothing_seen_means_anything_is_possible() -> None:
    assert wilson_interval(0.0, 0) == (0.0, 1.0)
