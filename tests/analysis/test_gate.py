"""The gate: what it decides, and that it is right however often it is asked."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emailrcd.analysis.gate import bounds, enough, exceeds, gate
from emailrcd.errors import EmailrcdError
from emailrcd.records.frame import STATUS_DTYPE


def records(**counts: int) -> pd.DataFrame:
    statuses = [status for status, count in counts.items() for _ in range(count)]
    return pd.DataFrame(
        {
            "email_id": pd.Series([str(number) for number in range(len(statuses))], dtype="str"),
            "status": pd.Categorical(statuses, dtype=STATUS_DTYPE),
            "to_address": pd.Series([None] * len(statuses), dtype="str"),
            "submitted_at_estimated": pd.Series([pd.NaT] * len(statuses), dtype="datetime64[us, UTC]"),
        }
    )


@pytest.mark.parametrize(
    ("failed", "delivered", "outcome"),
    [(10, 990, "passed"), (50, 950, "failed"), (28, 972, "cannot tell yet"), (0, 20, "cannot tell yet")],
)
def test_settled_mail_is_judged_on_its_interval(failed, delivered, outcome):
    verdict = gate(records(failed=failed, delivered=delivered), 0.03)
    assert verdict.outcome == outcome
    assert (verdict.low > 0.03, verdict.high <= 0.03) == (outcome == "failed", outcome == "passed")


def test_the_evidence_is_the_mean_likelihood_ratio_of_odds_from_near_the_limits_to_far_above():
    odds = [1 + 0.75 * 2.0**step for step in range(-5, 6)]
    weights = [3.0 ** -abs(step) for step in range(-5, 6)]
    rates = [times * 0.03 / (1 - 0.03 + times * 0.03) for times in odds]
    ratios = [(rate / 0.03) ** 50 * ((1 - rate) / 0.97) ** 950 for rate in rates]
    mean = np.average(ratios, weights=weights)
    assert exceeds(50, 1000, 0.03, 1 / mean * 1.001)
    assert not exceeds(50, 1000, 0.03, 1 / mean * 0.999)


def test_an_interval_has_its_rate_in_it_and_ends_where_nothing_more_can_be_said():
    low, high = bounds([0, 3, 3, 0], [40, 40, 3, 0])
    assert low[:2].tolist() == [0, pytest.approx(low[1])]
    assert (low[:3] <= [0, 0.075, 1]).all()
    assert (high[:3] >= [0, 0.075, 1]).all()
    assert high[2] == 1
    assert np.isnan([low[3], high[3]]).all()


@pytest.mark.parametrize("undecided", ["sending", "not_found", "unanswered"])
def test_mail_that_can_still_fail_keeps_the_gate_from_passing(undecided):
    assert gate(records(failed=10, delivered=990), 0.03).outcome == "passed"
    assert gate(records(failed=10, delivered=990, **{undecided: 30}), 0.03).outcome == "cannot tell yet"


def test_mail_that_can_still_arrive_keeps_the_gate_from_failing():
    assert gate(records(failed=50, delivered=950), 0.03).outcome == "failed"
    assert gate(records(failed=50, delivered=950, sending=2000), 0.03).outcome == "cannot tell yet"


def test_refused_ids_decide_nothing():
    assert gate(records(failed=10, delivered=990, invalid=500), 0.03).outcome == "passed"


def test_as_many_as_would_be_enough_are_and_fewer_are_not():
    verdict = gate(records(failed=2, delivered=98), 0.03)
    assert verdict.outcome == "cannot tell yet"
    assert f"{verdict.enough:,} settled mails would be enough" in str(verdict)
    hundreds = -(-verdict.enough // 100)
    assert gate(records(failed=2 * hundreds, delivered=98 * hundreds), 0.03).outcome == "passed"
    assert gate(records(failed=2 * (hundreds - 1), delivered=98 * (hundreds - 1)), 0.03).outcome == "cannot tell yet"
    assert enough(0.5, 0.03) < 10


def test_nothing_settled_and_a_rate_at_the_limit_have_no_number_that_is_enough():
    nothing = gate(records(sending=5), 0.03)
    assert (nothing.outcome, nothing.enough) == ("cannot tell yet", None)
    assert math.isnan(nothing.rate)
    assert "nothing is settled yet" in str(nothing)
    assert gate(records(failed=3, delivered=97), 0.03).enough is None


def test_where_enough_is_settled_open_mail_decides():
    waiting = gate(records(failed=10, delivered=990, sending=30), 0.03)
    assert waiting.outcome == "cannot tell yet"
    assert waiting.enough < waiting.settled
    assert "What is open and unanswered decides" in str(waiting)
    assert "check the ids" in str(gate(records(invalid=5), 0.03))


@pytest.mark.parametrize("limit", [0, 1, -0.1, 3, math.nan, "3%", None])
def test_a_limit_that_is_none_is_refused(limit):
    with pytest.raises(EmailrcdError, match="above 0 and below 1"):
        gate(records(delivered=1), limit)


def test_no_mails_cannot_be_judged():
    with pytest.raises(EmailrcdError, match="no mails to judge"):
        gate(records(), 0.03)


@pytest.mark.slow
@given(st.integers(0, 60), st.integers(0, 400), st.integers(0, 40), st.floats(0.005, 0.5))
def test_a_decision_holds_whatever_becomes_of_open_mail(failed, delivered, undecided, limit):
    if failed + delivered + undecided == 0:
        return
    outcome = gate(records(failed=failed, delivered=delivered, sending=undecided), limit).outcome
    if outcome != "cannot tell yet":
        for fails in {0, undecided // 2, undecided}:
            final = records(failed=failed + fails, delivered=delivered + undecided - fails)
            assert gate(final, limit).outcome == outcome


def weeks(random, mails_an_hour, rate, hours, count):
    """Failures so far and mails so far, hour by hour."""
    failed = random.binomial(mails_an_hour, rate, size=(count, hours)).cumsum(axis=1)
    return failed, mails_an_hour * np.arange(1, hours + 1)


@pytest.mark.parametrize("mails_an_hour", [50, 500])
@pytest.mark.parametrize("limit", [0.01, 0.03, 0.1])
def test_a_rate_at_the_limit_is_hardly_ever_called_failed_in_a_week_of_hourly_looks(mails_an_hour, limit):
    failed, mails = weeks(np.random.default_rng(20261126), mails_an_hour, limit, 168, 4_000)
    assert exceeds(failed, mails, limit).any(axis=1).mean() <= 0.025


@pytest.mark.parametrize("mails_an_hour", [50, 500])
def test_a_doubled_rate_is_found_within_a_day_and_soon(mails_an_hour):
    failed, mails = weeks(np.random.default_rng(20261127), mails_an_hour, 0.06, 24, 10_000)
    found = exceeds(failed, mails, 0.03)
    assert found.any(axis=1).mean() >= 0.98
    assert np.median(np.where(found.any(axis=1), found.argmax(axis=1) + 1, 25)) <= 8


def by_group(failed, delivered, **more):
    """Records of groups with so many failed and delivered mails each."""
    parts = [
        records(failed=f, delivered=d, **more).assign(provider=f"provider {place}")
        for place, (f, d) in enumerate(zip(failed, delivered, strict=True))
    ]
    table = pd.concat(parts, ignore_index=True)
    return table.assign(email_id=table.index.astype("str"))


@pytest.mark.slow
def test_the_bad_one_of_forty_groups_is_named_and_hardly_ever_another():
    random = np.random.default_rng(20261128)
    rates = np.full(40, 0.03)
    rates[17] = 0.06
    found_bad = wrong = 0
    for _ in range(12):
        failed = random.binomial(1_200, rates)
        verdict = gate(by_group(failed, 1_200 - failed), 0.03, by="provider")
        bad = set(verdict.groups.index[verdict.groups["outcome"] == "failed"])
        found_bad += "provider 17" in bad
        wrong += bool(bad - {"provider 17"})
    assert found_bad >= 8
    assert wrong <= 1


@pytest.mark.slow
def test_groups_looked_at_every_hour_of_a_week_are_hardly_ever_wrongly_named():
    failed, mails = weeks(np.random.default_rng(20261129), 50, 0.03, 168, 400 * 39)
    named = exceeds(failed, mails, 0.03, 0.025 / 40).any(axis=1).reshape(400, 39).any(axis=1)
    assert named.mean() <= 0.05


def test_one_bad_group_fails_the_whole_and_is_named_with_its_numbers():
    verdict = gate(by_group([0, 90, 5], [5_000, 210, 295], sending=2), 0.03, by="provider")
    assert verdict.outcome == "failed"
    assert verdict.groups["outcome"].to_dict() == {
        "provider 0": "passed",
        "provider 1": "failed",
        "provider 2": "cannot tell yet",
    }
    assert verdict.groups["settled"].sum() == verdict.settled
    assert verdict.groups["undecided"].sum() == verdict.undecided == 6
    assert str(verdict).endswith("1 of 3 groups of provider failed: provider 1 30.00% of 300.")
    assert gate(by_group([0, 90], [5_000, 210]), 0.03).outcome == "passed"


def test_without_a_bad_group_the_whole_decides():
    verdict = gate(by_group([10, 12], [1_990, 1_988]).assign(note="x"), 0.03, by=["provider", "note"])
    assert verdict.outcome == "passed"
    assert "None of 2 groups of provider, note has failed by itself." in str(verdict)
    with pytest.raises(EmailrcdError, match="no column 'providr'"):
        gate(records(delivered=3), 0.03, by="providr")


def test_an_empty_group_and_one_without_a_name_are_judged_too():
    some = by_group([0, 200], [50, 100], invalid=3).assign(note=None)
    verdict = gate(some, 0.03, by="note")
    assert str(verdict).endswith("1 of 1 group of note failed: (none) 57.14% of 350.")
    refused = gate(some[some["status"] == "invalid"], 0.03, by="provider")
    assert set(refused.groups["outcome"]) == {"cannot tell yet"}
