"""The curves are the percentiles of the table."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from emailrcd import charts
from emailrcd.analysis import settling
from emailrcd.errors import EmailrcdError
from emailrcd.records.builder import empty
from emailrcd.wording import duration
from tests.charts.drawn import texts


def test_the_curve_is_the_percentiles_and_its_name_says_half_and_nearly_all(campaign):
    table = settling.settle_times(campaign)["all"]
    line = charts.settle_times(campaign).lines[0]
    assert np.array_equal(line.get_xdata(), table.clip(lower=1), equal_nan=True)
    assert line.get_ydata().tolist() == (table.index / 100).tolist()
    assert f"half in {duration(table[50])}" in line.get_label()
    assert "still open" in line.get_label()


def test_without_open_mail_nothing_is_said_of_it(campaign):
    ax = charts.settle_times(campaign[campaign["status"] == "delivered"])
    table = settling.settle_times(campaign[campaign["status"] == "delivered"])["all"]
    label = f"delivered mail: half in {duration(table[50])}, 95 % in {duration(table[95])}"
    assert ax.lines[0].get_label() == label
    assert "no mail is open" in ax.get_xlabel()


def test_what_is_not_known_yet_is_said_and_not_drawn(campaign):
    some = campaign.copy()
    late = (some["status"] == "delivered") & (some["received_at"] - some["sent_at"] > pd.Timedelta("2min"))
    some.loc[late, ["status", "received_at"]] = ["sending", pd.NaT]
    some["queried_at"] = some["sent_at"].dt.tz_convert("UTC") + pd.Timedelta("2min")
    ax = charts.settle_times(some)
    assert "95 % not known yet" in ax.lines[0].get_label()
    assert np.isnan(ax.lines[0].get_xdata()[-1])


def test_the_groups_with_most_delivered_mail_have_curves_that_differ_in_dashes_too(campaign):
    table = settling.settle_times(campaign, "domain")
    ax = charts.settle_times(campaign, "domain")
    delivered = campaign[campaign["status"] == "delivered"]["domain"].value_counts()
    names = [line.get_label().split(":")[0] for line in ax.lines]
    assert names[0] == delivered.index[0]
    for line, name in zip(ax.lines, names, strict=True):
        assert np.array_equal(line.get_xdata(), table[name].clip(lower=1), equal_nan=True)
    svg = ax.figure.to_svg()
    # The sixth is not broken.
    assert len(set(re.findall("stroke-dasharray: [^;]*", svg))) == 5
    assert f"{table.shape[1] - 6} more are not shown" in ax.get_xlabel()


def test_estimated_times_are_marked_on_the_axis(campaign):
    assert "(sent_at)" in charts.settle_times(campaign).get_xlabel()
    ax = charts.settle_times(campaign, at="submitted_at_estimated")
    assert "(estimated from the ids)" in ax.get_xlabel()


def test_it_stands_edges_and_refuses_what_the_table_refuses(campaign):
    mixed = pd.Series(np.resize([None, "", "新用户" * 40, "x"], len(campaign)), dtype="str").to_numpy()
    for some in (campaign[campaign["status"] == "delivered"].head(1), campaign.assign(note=mixed)):
        by = "note" if "note" in some else None
        given = Figure(layout="constrained").subplots(1, 2)[1]
        assert charts.settle_times(some, by, ax=given) is given
        given.figure.canvas.draw()
        assert "SANDBOX" in texts(given)
    with pytest.raises(EmailrcdError, match="how long it took is not known"):
        charts.settle_times(empty())
