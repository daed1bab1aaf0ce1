"""Causes of every kind are found, and where nothing is wrong nothing is called likely; seeds that nothing was tuned with."""

from __future__ import annotations

import numpy as np
import pytest

from emailrcd.analysis.failures import investigate

from .kinds import NOISE, PLANTED, drifting, noise, planted

STRONG = ["likely", "stated", "cannot be told apart"]


def found_places(records, truths):
    """Return for each cause that can be seen whether one of the first rows has its mails: as many as causes, at least two."""
    failed = (records["status"] == "failed").to_numpy()
    rest = ~np.logical_or.reduce(truths)
    usual = failed[rest].mean()
    found = investigate(records)
    behind = [set(np.flatnonzero(records.index.isin(each.mails.index))) for each in found][: max(2, len(truths))]
    places = []
    for truth in truths:
        theirs = set(np.flatnonzero(truth & failed))
        seen = len(theirs) >= max(12, 0.1 * failed.sum()) and failed[truth].mean() >= max(3 * usual, usual + 0.1)
        if seen:
            places.append(any(2 * len(rows & theirs) > 0.8 * (len(rows) + len(theirs)) for rows in behind))
    return places, found


@pytest.mark.parametrize("kind", PLANTED)
def test_a_cause_of_this_kind_is_found(kind):
    records, truths = planted(kind, 203, 4_000)
    places, found = found_places(records, truths)
    assert places
    assert all(places)
    assert found.table["confidence"].isin(STRONG).sum() >= len(places)
    for each in found:
        if each.confidence in STRONG:
            assert set(each.mails.index) <= set(records.query(each.condition).index)


def test_a_drift_is_told():
    found = investigate(drifting(202, 6_000))
    assert found[1].confidence == "likely"
    assert "since" in found[1].what


@pytest.mark.parametrize("kind", NOISE)
def test_where_nothing_is_wrong_nothing_is_likely(kind):
    for seed, n in ((301, 500), (302, 3_000)):
        assert not investigate(noise(kind, seed, n)).table["confidence"].isin(STRONG).any()


@pytest.mark.slow
@pytest.mark.parametrize(("n", "seeds"), [(500, 3), (5_000, 2)])
def test_causes_that_can_be_seen_are_first_or_second(n, seeds):
    places = [
        place
        for kind in PLANTED
        for seed in range(400, 400 + seeds)
        for place in found_places(*planted(kind, seed, n))[0]
    ]
    assert np.mean(places) >= 0.95


@pytest.mark.slow
@pytest.mark.parametrize(("n", "seeds"), [(500, 10), (5_000, 5)])
def test_noise_is_likely_in_one_world_of_fifty_at_most(n, seeds):
    accused = [
        investigate(noise(kind, seed, n)).table["confidence"].isin(STRONG).any()
        for kind in NOISE
        for seed in range(500, 500 + seeds)
    ]
    assert np.mean(accused) <= 0.02
