"""How long mail takes; the hours of the week."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from emailrcd.analysis.settling import settle_times
from emailrcd.analysis.tables import heatmap, timeline
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
    with pytest.raises(EmailrcdError, match="8.1 h or more"):
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


def still_open(records, shares):
    """The records as they were seen when some mail was not yet delivered."""
    early = records.copy()
    after = pd.Series(shares, index=records.index)
    early["queried_at"] = (records["submitted_at_estimated"] + pd.to_timedelta(after, unit="s")).dt.as_unit("us")
    late = (records["status"] == "delivered") & (records["received_at"] > early["queried_at"])
    early.loc[late, ["status", "received_at"]] = ["sending", pd.NaT]
    return early


def test_open_mail_counts_as_long_as_it_was_open(records):
    delivered = records[records["status"] == "delivered"]
    looked = np.random.default_rng(2).uniform(0, 400, len(delivered))
    early = still_open(delivered, looked)
    took = (delivered["received_at"] - delivered["submitted_at_estimated"]).dt.total_seconds()
    table = settle_times(early)
    naive = took[early["status"] == "delivered"].median()
    assert naive < 0.75 * took.median()
    assert table.loc[50, "all"] == pytest.approx(took.median(), rel=0.15)
    assert table.low.loc[50, "all"] < took.median() < table.high.loc[50, "all"]


def test_how_much_is_still_open_is_said(records):
    early = still_open(records[records["status"] == "delivered"], 200.0)
    table = settle_times(early, by="campaign")
    counts = early.groupby("campaign")["status"].value_counts().unstack(fill_value=0)
    assert table.mails["delivered"].to_dict() == counts["delivered"].to_dict() | {}
    assert table.mails["open"].sum() == counts["sending"].sum()
    share = counts["sending"].sum() / len(early)
    for words in (repr(settle_times(early)), settle_times(early)._repr_html_()):
        assert f"{share:.1%} of {len(early):,} mails still open. What cannot be told yet is missing." in words
    assert settle_times(early)["all"].isna().any()
    assert "0.0% of" in repr(settle_times(records))


def test_mail_without_a_time_is_left_out_and_counted(records):
    early = still_open(records[records["status"] == "delivered"], 200.0)
    early.loc[early.index[:5], "submitted_at_estimated"] = pd.NaT
    early.loc[early.index[-7:], "queried_at"] = pd.NaT
    mails = settle_times(early).mails.loc["all"]
    assert mails["undated"] == 12
    assert mails[["delivered", "open", "undated"]].sum() == len(early)


def test_what_is_taken_from_settle_times_is_an_ordinary_frame(records):
    table = settle_times(records, by="campaign")
    assert type(table[["fast"]]) is pd.DataFrame
    assert type(table.iloc[::10]) is pd.DataFrame
    assert table.low.shape == table.high.shape == table.shape


def test_times_that_are_text_are_read(records):
    text = records.assign(received_at=records["received_at"].dt.strftime("%Y-%m-%dT%H:%M:%S+00:00").astype("str"))
    assert settle_times(text).equals(settle_times(records))
