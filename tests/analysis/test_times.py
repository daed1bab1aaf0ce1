"""The hours of the week, and how long mail takes."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from emailrcd.analysis.tables import timeline
from emailrcd.analysis.times import heatmap, settle_times
from emailrcd.errors import EmailrcdError
from emailrcd.records.frame import typed

N = 400


@pytest.fixture
def records():
    random = np.random.default_rng(1)
    sent = pd.Timestamp("2026-03-02T00:00:00Z") + pd.to_timedelta(random.integers(0, 10 * 86_400, N), unit="s")
    status = np.where(random.random(N) < 0.1, "failed", "delivered")
    received = pd.Series(sent + pd.to_timedelta(np.arange(1, N + 1), unit="s")).where(status == "delivered")
    return typed(
        pd.DataFrame(
            {
                "email_id": [str(number) for number in range(N)],
                "status": status,
                "to_address": "a@qq.com",
                "received_at": received.dt.strftime("%Y-%m-%dT%H:%M:%S+00:00"),
                "submitted_at_estimated": pd.Series(sent).dt.strftime("%Y-%m-%dT%H:%M:%S+00:00"),
                "domain": "qq.com",
                "provider": "Tencent QQ",
                "queried_at": None,
                "error": None,
                "campaign": np.where(np.arange(N) < N / 2, "fast", "slow"),
            }
        )
    )


def test_a_heat_map_has_every_hour_of_the_week_in_the_zone_asked_for(records):
    table = heatmap(records)
    assert table.index.names == ["weekday_estimated", "hour_estimated"]
    assert len(table) == 168
    assert table["ids"].sum() == N
    local = records["submitted_at_estimated"].dt.tz_convert("Asia/Shanghai")
    monday_noon = ((local.dt.day_of_week == 0) & (local.dt.hour == 12)).sum()
    assert table.loc[("Monday", 12), "ids"] == monday_noon
    assert heatmap(records, tz="UTC").loc[("Monday", 4), "ids"] == monday_noon


def test_a_heat_map_by_the_users_own_clock_is_not_called_estimated(records):
    own = records.assign(sent_at=records["submitted_at_estimated"])
    assert heatmap(own).index.names == ["weekday", "hour"]


def test_settle_times_are_percentiles_in_seconds_and_name_their_clock(records):
    table = settle_times(records)
    took = (records["received_at"] - records["submitted_at_estimated"]).dt.total_seconds().dropna()
    assert table.columns.name == "seconds_since_submitted_at_estimated"
    assert table["all"].tolist() == pytest.approx(np.percentile(took, range(101)).tolist())
    assert table.loc[50, "all"] == pytest.approx(took.median())


def test_settle_times_of_groups_stand_side_by_side(records):
    table = settle_times(records, by="campaign")
    assert table.columns.tolist() == ["fast", "slow"]
    assert (table["fast"] <= table["slow"]).all()


def test_clocks_that_cannot_be_the_same_are_refused(records):
    sent = records["submitted_at_estimated"]
    with pytest.raises(EmailrcdError, match="before it was sent"):
        settle_times(records.assign(sent_at=sent + pd.Timedelta("1h")))
    with pytest.raises(EmailrcdError, match="8.1 hours or more"):
        settle_times(records.assign(sent_at=sent - pd.Timedelta("8h")))
    naive = sent.dt.tz_localize(None)
    with pytest.raises(EmailrcdError, match="tz='UTC'"):
        settle_times(records.assign(sent_at=naive))
    assert settle_times(records.assign(sent_at=naive), tz="UTC").notna().all(axis=None)


def test_without_both_ends_there_are_no_settle_times(records):
    with pytest.raises(EmailrcdError, match="No delivered mail has both"):
        settle_times(records.assign(received_at=pd.Series(pd.NaT, index=records.index).dt.tz_localize("UTC")))
    with pytest.raises(EmailrcdError, match="no column 'campain'"):
        settle_times(records, by="campain")


def test_a_timeline_by_group_has_all_periods_for_each(records):
    table = timeline(records, "D", by="campaign")
    whole = timeline(records, "D")
    assert table.index.names == ["campaign", "submitted_at_estimated"]
    assert len(table) == 2 * len(whole)
    added = table.groupby(level=1)["failed"].sum()
    assert added.tolist() == whole["failed"].tolist()
    with pytest.raises(EmailrcdError, match="no column 'campain'"):
        timeline(records, "D", by="campain")


def test_a_timeline_by_group_loses_no_row_without_group_or_time(records):
    records.loc[records.index[:7], "campaign"] = None
    records.loc[records.index[3:9], "submitted_at_estimated"] = pd.NaT
    table = timeline(records, "D", by="campaign")
    assert table["ids"].sum() == N
    assert table.loc[table.index.get_level_values(0).isna(), "ids"].sum() == 7
