"""The gate, against intervals computed by hand."""

from __future__ import annotations

import math

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emailrcd.analysis.gate import gate
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


# Wilson, z = 1.959964: 10 of 1,000 is 0.544 % to 1.831 %; 50 of 1,000 is 3.814 % to 6.531 %; 28 of 1,000 is 1.945 % to 4.018 %.
@pytest.mark.parametrize(
    ("failed", "delivered", "outcome"),
    [(10, 990, "passed"), (50, 950, "failed"), (28, 972, "cannot tell yet"), (0, 20, "cannot tell yet")],
)
def test_settled_mail_is_judged_on_the_interval(failed, delivered, outcome):
    assert gate(records(failed=failed, delivered=delivered), 0.03).outcome == outcome


def test_the_interval_is_wilsons():
    verdict = gate(records(failed=10, delivered=990), 0.03)
    assert (round(verdict.low, 5), round(verdict.high, 5)) == (0.00544, 0.01831)


@pytest.mark.parametrize("undecided", ["sending", "not_found", "unanswered"])
def test_mail_that_can_still_fail_keeps_the_gate_from_passing(undecided):
    assert gate(records(failed=10, delivered=990), 0.03).outcome == "passed"
    assert gate(records(failed=10, delivered=990, **{undecided: 30}), 0.03).outcome == "cannot tell yet"


def test_mail_that_can_still_arrive_keeps_the_gate_from_failing():
    assert gate(records(failed=50, delivered=950), 0.03).outcome == "failed"
    assert gate(records(failed=50, delivered=950, sending=2000), 0.03).outcome == "cannot tell yet"


def test_refused_ids_decide_nothing():
    assert gate(records(failed=10, delivered=990, invalid=500), 0.03).outcome == "passed"


def test_how_many_would_be_enough_is_where_the_interval_meets_the_limit():
    verdict = gate(records(failed=2, delivered=98), 0.03)
    assert verdict.outcome == "cannot tell yet"
    assert verdict.enough == 1118  # 1.96² · 0.03 · 0.97 ÷ 0.01²
    assert gate(records(failed=24, delivered=1176), 0.03).outcome == "passed"
    assert gate(records(failed=20, delivered=980), 0.03).outcome == "cannot tell yet"
    assert "1,118 settled mails would be enough" in str(verdict)


def test_nothing_settled_and_a_rate_at_the_limit_have_no_number_that_is_enough():
    nothing = gate(records(sending=5), 0.03)
    assert (nothing.outcome, nothing.enough) == ("cannot tell yet", None)
    assert math.isnan(nothing.rate)
    assert "nothing is settled yet" in str(nothing)
    assert gate(records(failed=3, delivered=97), 0.03).enough is None


def test_where_enough_is_settled_open_mail_decides():
    waiting = gate(records(failed=10, delivered=990, sending=30), 0.03)
    assert (waiting.outcome, waiting.enough) == ("cannot tell yet", 280)
    assert "What is open and unanswered decides" in str(waiting)
    assert "check the ids" in str(gate(records(invalid=5), 0.03))


@pytest.mark.parametrize("limit", [0, 1, -0.1, 3, math.nan])
def test_a_limit_that_is_none_is_refused(limit):
    with pytest.raises(EmailrcdError, match="above 0 and below 1"):
        gate(records(delivered=1), limit)


def test_no_mails_cannot_be_judged():
    with pytest.raises(EmailrcdError, match="no mails to judge"):
        gate(records(), 0.03)


@given(st.integers(0, 60), st.integers(0, 400), st.integers(0, 40), st.floats(0.005, 0.5))
def test_a_decision_holds_whatever_becomes_of_open_mail(failed, delivered, undecided, limit):
    if failed + delivered + undecided == 0:
        return
    outcome = gate(records(failed=failed, delivered=delivered, sending=undecided), limit).outcome
    if outcome != "cannot tell yet":
        for fails in {0, undecided // 2, undecided}:
            final = records(failed=failed + fails, delivered=delivered + undecided - fails)
            assert gate(final, limit).outcome == outcome
