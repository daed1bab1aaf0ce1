"""Bursts in the timeline stand where the findings say."""

from __future__ import annotations

import matplotlib.dates as mdates
import pandas as pd
import pytest

from emailrcd import charts
from emailrcd.analysis.failures import investigate
from emailrcd.records.builder import empty
from tests.charts.drawn import texts


def frames(ax):
    """Beginning and end of the frames around bursts."""
    return [
        (patch.get_x(), patch.get_x() + patch.get_width())
        for patch in ax.patches
        if patch.get_linestyle() != "solid" and patch.get_linestyle() != "-"
    ]


def test_the_bursts_of_findings_are_those_of_their_words(found):
    row = found.table[found.table["kind"] == "time"].iloc[0]
    assert (found.bursts["rank"] == row.name).all()
    for burst in found.bursts.itertuples():
        assert f"{burst.start:%H:%M} to {burst.end:%H:%M}" in row["what"]
        assert f"{burst.start:%Y-%m-%d}" in row["what"]
        assert str(burst.start.tz) == "Asia/Shanghai"


@pytest.mark.parametrize("tz", ["Asia/Shanghai", "UTC"])
def test_bursts_are_framed_in_both_panels_and_bear_the_number_of_their_row(campaign, found, tz):
    ax = charts.timeline(campaign, "h", tz=tz, found=found)
    expected = [
        (pytest.approx(mdates.date2num(burst.start)), pytest.approx(mdates.date2num(burst.end)))
        for burst in found.bursts.itertuples()
    ]
    assert len(expected) == 2
    for panel in ax.figure.axes:
        assert frames(panel) == expected
    assert texts(ax).count(str(found.bursts["rank"].iloc[0])) == 2
    first = found.bursts["start"].iloc[0].tz_convert(tz)
    assert f"{first:%Y-%m-%d %H:%M} to" in ax.figure.description


def test_bursts_outside_the_records_do_not_stretch_the_timeline(campaign, found):
    some = campaign[campaign["sent_at"] > found.bursts["end"].max()]
    ax = charts.timeline(some, found=found)
    assert ax.get_xlim() == charts.timeline(some).get_xlim()
    charts.timeline(empty(), found=found).figure.canvas.draw()


def test_without_bursts_nothing_is_framed(campaign):
    delivered = investigate(campaign[campaign["status"] == "delivered"])
    assert delivered.bursts.empty
    ax = charts.timeline(campaign, found=delivered)
    assert frames(ax) == []
    assert "framed" not in ax.get_xlabel()


def test_open_mail_is_told_in_words():
    times = pd.date_range("2026-08-05 06:00", periods=3, freq="5min", tz="UTC")
    ax = charts.open_mail(pd.DataFrame({"at": times, "open": [1200, 300, 7], "unanswered": [0, 0, 0]}))
    assert ax.figure.description == "Open mail: from 1,200 to 7 ids in 3 rounds of asking"
