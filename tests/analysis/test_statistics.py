"""The statistics, against scipy and statsmodels on the same numbers."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats import contingency_tables, proportion

from emailrcd.analysis.statistics import (
    adjusted,
    deviance,
    mcnemar,
    negative_binomial_tail,
    newcombe,
    normal_tail,
    surprise,
    wilson,
)

COUNTS = [(0, 30, 4, 25), (3, 80, 21, 90), (56, 70, 48, 80), (10, 10, 0, 20)]


def test_the_tail_of_the_normal_distribution_is_that_of_scipy():
    z = np.linspace(-3, 12, 40)
    assert normal_tail(z) == pytest.approx(stats.norm.sf(z), rel=1e-9)
    assert normal_tail([]).shape == (0,)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=40))
def test_q_values_are_those_of_scipy(p):
    assert adjusted(p) == pytest.approx(stats.false_discovery_control(p), abs=1e-12)


def test_no_look_has_no_q():
    assert adjusted([]).size == 0


@pytest.mark.parametrize(("failed_before", "before", "failed", "after"), COUNTS)
def test_newcombe_is_that_of_statsmodels(failed_before, before, failed, after):
    old = [x.to_numpy() for x in wilson(pd.Series([failed_before]), pd.Series([before]))]
    new = [x.to_numpy() for x in wilson(pd.Series([failed]), pd.Series([after]))]
    rates = np.array([failed_before / before]), np.array([failed / after])
    low, high = newcombe(old[0], rates[0], old[1], new[0], rates[1], new[1])
    expected = proportion.confint_proportions_2indep(failed, after, failed_before, before, method="newcomb")
    assert (low[0], high[0]) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(("one", "other"), [(0, 0), (2, 9), (9, 2), (5, 5), (0, 40), (300, 250)])
def test_mcnemar_is_that_of_statsmodels(one, other):
    assert mcnemar(one, other) == pytest.approx(contingency_tables.mcnemar([[7, one], [other, 7]]).pvalue, rel=1e-6)


@pytest.mark.parametrize("spread", [0.04, 0.16, 1.0])
@pytest.mark.parametrize(("counted", "expected"), [(3, 0.3), (9, 2.0), (60, 10.0), (900, 120.0), (15_000, 5_000.0)])
def test_the_negative_binomial_tail_is_that_of_scipy(counted, expected, spread):
    shape = 1 / spread
    exact = stats.nbinom.sf(counted - 1, shape, shape / (shape + expected))
    assert negative_binomial_tail(counted, expected, spread) == pytest.approx(exact, rel=0.05)


@pytest.mark.parametrize(("counted", "expected"), [(8, 2.0), (30, 10.0), (200, 120.0), (12, 0.3)])
def test_without_spread_a_surprise_is_the_tail_of_poisson(counted, expected):
    assert surprise(counted, expected, 0.0, 1e6, 0.0) == pytest.approx(
        stats.poisson.sf(counted - 1, expected), rel=0.05
    )


@pytest.mark.parametrize(("counted", "expected"), [(12, 2.0), (60, 10.0), (600, 120.0)])
def test_a_surprise_is_the_tail_of_a_negative_binomial_averaged_over_what_is_open_about_the_spread(counted, expected):
    spread, dof = 0.16, 9.0
    shares = (np.arange(20_000) + 0.5) / 20_000
    shapes = stats.chi2.ppf(shares, dof) / dof / spread
    averaged = stats.nbinom.sf(counted - 1, shapes, shapes / (shapes + expected)).mean()
    assert surprise(counted, expected, spread, dof, 0.0) == pytest.approx(averaged, rel=0.1)


@given(st.integers(0, 500), st.floats(0.1, 300), st.floats(0, 2))
def test_a_deviance_is_zero_below_the_expectation_and_grows_above_it(counted, expected, spread):
    far = deviance(counted, expected, spread)
    assert far >= 0
    assert counted > expected or far == 0
    assert deviance(counted + 5, expected, spread) >= far
