"""The product-limit estimate, against statsmodels and against worlds whose truth is known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.duration.survfunc import SurvfuncRight

from emailrcd.analysis.statistics import percentiles

SHARES = np.arange(101) / 100
NOTHING = np.array([])
seconds = st.lists(st.integers(0, 50).map(float), max_size=40).map(np.array)


@given(seconds.filter(len))
def test_where_nothing_goes_on_they_are_ordinary_percentiles(ended):
    assert percentiles(ended, NOTHING, SHARES)[0] == pytest.approx(np.percentile(ended, SHARES * 100))


@given(seconds.filter(len), seconds)
def test_the_curve_is_kaplan_and_meiers(ended, ongoing):
    durations, events = np.r_[ended, ongoing], np.r_[np.ones(len(ended)), np.zeros(len(ongoing))]
    peer = SurvfuncRight(durations, events)
    reached = 1 - peer.surv_prob
    count = len(durations)
    for time, share in zip(peer.surv_times, reached, strict=True):
        place = (count * share - 1) / max(count - 1, 1)
        estimate = percentiles(ended, ongoing, np.array([place - 1e-9, place]))[0]
        assert estimate[0] <= time + 1e-6
        assert estimate[1] == pytest.approx(time, abs=1e-5) or share == pytest.approx(1)


def test_the_bands_are_greenwoods_on_the_scale_of_log_minus_log():
    random = np.random.default_rng(3)
    ended, ongoing = random.exponential(100, 300), random.exponential(150, 200)
    peer = SurvfuncRight(np.r_[ended, ongoing], np.r_[np.ones(300), np.zeros(200)])
    survival, error = peer.surv_prob, peer.surv_prob_se
    spread = 1.959964 * error / (survival * np.abs(np.log(survival)))
    most, least = 1 - survival ** np.exp(spread), 1 - survival ** np.exp(-spread)
    estimate, low, high = percentiles(ended, ongoing, np.array([0.5]))
    assert low[0] == pytest.approx(peer.surv_times[most >= 0.5][0])
    assert high[0] == pytest.approx(peer.surv_times[least >= 0.5][0])
    assert low[0] < estimate[0] < high[0]


@pytest.mark.parametrize("seed", range(5))
def test_the_median_is_right_though_nearly_half_is_still_going_on(seed):
    random = np.random.default_rng(seed)
    truth = random.lognormal(7.8, 1.2, 4_000)
    looked_after = random.uniform(0, 6_000, 4_000)
    done = truth <= looked_after
    assert 0.4 < 1 - done.mean() < 0.7
    estimate, _, _ = percentiles(truth[done], looked_after[~done], np.array([0.25, 0.5]))
    assert estimate == pytest.approx(np.quantile(truth, [0.25, 0.5]), rel=0.1)
    assert np.median(truth[done]) < 0.6 * np.median(truth)


def test_the_band_holds_the_truth_about_as_often_as_it_says():
    random = np.random.default_rng(11)
    held = 0
    for _ in range(300):
        truth, looked_after = random.exponential(100, 200), random.uniform(0, 300, 200)
        done = truth <= looked_after
        _, low, high = percentiles(truth[done], looked_after[~done], np.array([0.5]))
        held += low[0] <= 100 * np.log(2) <= high[0]
    assert 0.91 <= held / 300 <= 0.98


def test_what_cannot_be_told_yet_is_missing():
    nothing = percentiles(NOTHING, np.array([1.0, 2.0]), SHARES)
    assert np.isnan(nothing).all()
    estimate, _, high = percentiles(np.array([1.0, 2.0]), np.full(8, 60.0), np.array([0.1, 0.9]))
    assert estimate[0] < 2
    assert np.isnan([estimate[1], high[1]]).all()


@given(seconds.filter(len), seconds)
def test_a_band_holds_its_estimate(ended, ongoing):
    estimate, low, high = percentiles(ended, ongoing, SHARES)
    known = ~np.isnan(estimate)
    assert (low[known] <= estimate[known]).all()
    ends = known & ~np.isnan(high)
    assert (estimate[ends] <= high[ends]).all()
    assert (np.diff(estimate[known]) >= 0).all()
