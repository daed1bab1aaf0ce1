"""The usual rate and the ordinary spread between groups, whatever some groups do."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emailrcd.analysis.failures.spread import PLACES, PRIOR_DOF, VALUES, fair, ordinary, usual_rate


def groups(spread, size=2_000, seed=1):
    """Return failures and mails of groups whose rates have a relative variance about 5 %."""
    random = np.random.default_rng(seed)
    mails = random.integers(500, 5_000, size).astype(float)
    rates = 0.05 * (random.gamma(1 / spread, spread, size) if spread else np.ones(size))
    return random.binomial(mails.astype(int), rates).astype(float), mails


@pytest.mark.parametrize("spread", [0.0, 0.02, 0.06, 0.16])
@pytest.mark.parametrize("below", [False, True])
def test_the_spread_of_many_groups_is_recovered(spread, below):
    failed, mails = groups(spread)
    found = ordinary(failed, mails * 0.05, VALUES, below=below)
    assert found.variance == pytest.approx(spread, rel=0.6, abs=0.004)
    assert found.dof > 100


def test_without_groups_the_prior_is_assumed():
    assert ordinary(np.zeros(0), np.zeros(0), PLACES) == (PLACES, PRIOR_DOF)


def test_groups_of_which_nothing_can_be_expected_say_nothing_of_the_spread():
    """Thousands of domains with a mail each look even: none has failed half."""
    random = np.random.default_rng(1)
    failed = (random.random(5_000) < 0.05).astype(float)
    assert ordinary(failed, np.full(5_000, 0.05), PLACES) == (PLACES, PRIOR_DOF)


def test_groups_in_which_one_failure_is_expected_say_nothing_either():
    assert ordinary(np.zeros(200), np.ones(200), PLACES) == (PLACES, PRIOR_DOF)
    assert ordinary(np.full(200, 3.0), np.full(200, 3.0), PLACES).variance < PLACES


def test_twice_the_usual_rate_and_three_sigmas_are_ordinary_and_more_is_an_event():
    failed = np.array([100, 230, 231, 16, 17])
    assert fair(failed, np.array([1_000, 1_000, 1_000, 25, 25]), 0.1).tolist() == [True, True, False, False, False]
    assert fair(np.array([10, 11]), np.array([25, 25]), 0.1).tolist() == [True, False]


def test_a_third_of_the_groups_may_be_bad():
    failed, mails = groups(0.04, size=60)
    failed[:20] = mails[:20] * 0.8
    rate = usual_rate(failed, mails)
    assert rate == pytest.approx(0.05, rel=0.25)
    assert ordinary(failed, mails * rate, PLACES).variance < 0.3
    assert ordinary(failed, mails * rate, PLACES, below=True).variance < 0.2


def test_of_two_groups_the_lower_is_the_usual_one_though_the_other_is_larger():
    assert usual_rate(np.array([900.0, 12.0]), np.array([1_700.0, 300.0])) == pytest.approx(0.04, rel=0.1)


def test_many_small_groups_have_a_rate_together():
    """Two bad groups hold most failures, and no small group has enough mail to be heard alone."""
    failed = np.concatenate([[400.0, 300.0], np.tile([0.0, 0.0, 0.0, 1.0], 100)])
    mails = np.concatenate([[700.0, 500.0], np.full(400, 6.0)])
    assert usual_rate(failed, mails) == pytest.approx(1 / 24, rel=0.3)


def test_few_failures_have_the_rate_of_all():
    random = np.random.default_rng(1)
    mails = random.integers(1, 40, 60).astype(float)
    failed = random.binomial(mails.astype(int), 0.02).astype(float)
    assert usual_rate(failed, mails) == pytest.approx(failed.sum() / mails.sum(), rel=0.1)


def test_a_drift_is_no_spread():
    """The level rises from the first stretch of time to the last, evenly."""
    expected = np.full(24, 400.0)
    failed = expected * np.linspace(0.4, 1.6, 24)
    assert (
        ordinary(failed, expected, VALUES, steps=True).variance
        < VALUES * 1.001
        < ordinary(failed, expected, VALUES).variance
    )


@given(st.lists(st.tuples(st.integers(0, 40), st.floats(0.01, 500)), min_size=1, max_size=30))
def test_whatever_is_counted_the_spread_is_a_number(pairs):
    failed, expected = np.array(pairs, float).T
    for how in ({}, {"below": True}, {"steps": True}):
        found = ordinary(failed, expected, PLACES, **how)
        assert np.isfinite(found).all()
        assert found.variance > 0
    assert 0 < usual_rate(np.minimum(failed, expected), expected) <= 1
