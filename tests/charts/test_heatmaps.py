"""The squares of the heat map are the hours of its table."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.figure import Figure

from emailrcd import charts
from emailrcd.analysis import tables
from emailrcd.charts.heatmaps import FEW
from emailrcd.records.builder import empty
from tests.charts.drawn import texts


def squares(ax):
    """By weekday and hour: the side and the lightness of each square."""
    found = {}
    for patch in ax.patches:
        x, y = patch.get_x() + patch.get_width() / 2, patch.get_y() + patch.get_height() / 2
        found[tables.WEEKDAYS[round(y)], int(x)] = patch.get_width(), float(np.mean(patch.get_facecolor()[:3]))
    return found


def test_each_hour_with_settled_mail_has_a_square_the_darker_the_less_is_delivered(campaign):
    table = tables.heatmap(campaign)
    known = table[table["settled"] > 0]
    drawn = squares(charts.heatmap(campaign))
    assert set(drawn) == set(known.index)
    enough = known[known["settled"] >= FEW].sort_values("delivery_rate")
    lightness = [drawn[hour][1] for hour in enough.index]
    assert lightness == sorted(lightness)


def test_hours_with_few_mails_are_small(campaign):
    table = tables.heatmap(campaign)
    for hour, (side, _) in squares(charts.heatmap(campaign)).items():
        assert (side > 0.9) == (table.loc[hour, "settled"] >= FEW)


def test_the_axis_names_clock_and_zone_and_says_when_it_is_an_estimate(campaign):
    assert "hour of sending (sent_at), Asia/Shanghai" in charts.heatmap(campaign).get_xlabel()
    ax = charts.heatmap(campaign, at="submitted_at_estimated", tz="UTC")
    assert "hour of sending (estimated from the ids), UTC" in ax.get_xlabel()
    some = campaign.assign(sent_at=campaign["sent_at"].where(np.arange(len(campaign)) >= 7))
    assert "7 ids without a time are not shown" in charts.heatmap(some).get_xlabel()


@pytest.mark.parametrize("kept", ["nothing", "one", "sending", "failed"])
def test_it_stands_every_edge(campaign, kept):
    some = {
        "nothing": empty(),
        "one": campaign.head(1),
        "sending": campaign[campaign["status"] == "sending"],
        "failed": campaign[campaign["status"] == "failed"],
    }[kept]
    charts.heatmap(some).figure.canvas.draw()
    given = Figure(layout="constrained").subplots(1, 2)[1]
    assert charts.heatmap(some, ax=given) is given
    given.figure.canvas.draw()
    assert ("SANDBOX" in texts(given)) == (kept != "nothing")


def test_its_words_name_the_worst_hours(campaign):
    table = tables.heatmap(campaign)
    (weekday, hour), rate = next(iter(table[table["settled"] >= FEW]["delivery_rate"].nsmallest(1).items()))
    assert f"{weekday} {hour:02}:00 {rate:.1%}" in charts.heatmap(campaign).figure.description
