"""The ordinary spread between groups, estimated."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emailrcd.analysis.failures.spread import USUAL, ordinary, sums, usual_rate


def groups(spread, size=2_000, seed=1):
    """Return failures and mails of groups whose rates have a relative variance about 5 %."""
    random = np.random.default_rng(seed)
    mails = random.integers(50, 5_000, size).astype(float)
    rates = 0.05 * (random.gamma(1 / spread, spread, size) if spread else np.ones(size))
    return random.binomial(mails.astype(int), rates).astype(float), mails


@pytest.mark.parametrize("spread", [0.0, 0.02, 0.06, 0.16])
def test_the_spread_of_many_groups_is_recovered(spread):
    failed, mails = groups(spread)
    found = ordinary(sums(failed, mails * 0.05).sum(axis=1))
    assert found.variance == pytest.approx(spread, rel=0.15, abs=0.003)
    assert found.level == pytest.approx(1, abs=0.05)
    assert found.dof > 500


def test_without_groups_the_usual_spread_is_assumed():
    found = ordinary(np.zeros(6))
    assert found.variance == pytest.approx(USUAL)
    assert found.dof == 10


def test_a_dozen_bad_groups_hardly_change_what_is_ordinary():
    failed, mails = groups(0.04, size=300)
    failed[:12] = mails[:12] * 0.9
    rate = usual_rate(failed, mails)
    assert rate == pytest.approx(0.05, rel=0.2)
    assert ordinary(sums(failed, mails * rate).sum(axis=1)).variance < 0.3


@given(st.lists(st.tuples(st.integers(0, 40), st.floats(0.01, 500)), min_size=1, max_size=30))
def test_whatever_is_counted_the_spread_is_a_number(pairs):
    failed, expected = np.array(pairs, float).T
    found = ordinary(sums(failed, expected).sum(axis=1))
    assert np.isfinite(found).all()
    assert found.variance > 0
    assert 0 <= usual_rate(np.minimum(failed, expected), expected) <= 1
