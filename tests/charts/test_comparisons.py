"""Before and after: what is drawn is what the comparison says."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.figure import Figure

from emailrcd import charts
from emailrcd.analysis.comparison import compare
from emailrcd.analysis.statistics import wilson
from emailrcd.wording import points
from tests.charts.drawn import row_names, texts


@pytest.fixture(scope="module")
def days(campaign):
    recent = campaign["sent_at"] >= "2026-08-05"
    return campaign[~recent], campaign[recent]


@pytest.fixture(scope="module")
def compared(days):
    return compare(*days)


def spans(ax):
    return [segment[:, 0].tolist() for lines in ax.collections for segment in lines.get_segments()]


def test_points_and_intervals_are_those_of_the_comparison(compared):
    ax = charts.compare(compared, most=100)
    table, overall = compared.table, compared.overall.iloc[0]
    drawn = [line.get_xdata()[0] for line in ax.lines if line.get_marker() == "o"]
    for column, place in (("before", 0), ("after", 1)):
        assert drawn[place::2] == [overall[f"rate_{column}"], *table[f"rate_{column}"]]
    low, high = wilson(table["failed_after"], table["settled_after"])
    assert spans(ax)[3::2] == np.column_stack([low, high]).tolist()
    changes = next(other for other in ax.figure.axes if other is not ax)
    assert [line.get_xdata()[0] for line in changes.lines[1:]] == [overall["change"], *table["change"]]
    assert spans(changes)[1:] == table[["change_low", "change_high"]].to_numpy().tolist()
    assert row_names(ax) == ["all mail", *table.index]


def test_the_verdict_is_said_in_words(compared):
    said = texts(charts.compare(compared))
    for row in compared.table.head(12).itertuples():
        assert f"{points(row.change)} {row.verdict}" in said
    assert "worse" in set(compared.table["verdict"])


def test_the_title_splits_the_change(compared):
    overall = compared.overall.iloc[0]
    title = charts.compare(compared).get_title("left")
    assert f"by provider: {overall['rate_before']:.1%} to {overall['rate_after']:.1%} failed" in title
    assert f"{points(overall['mix'])} by other recipients, {points(overall['rate'])} at the same" in title


def test_a_group_on_one_side_has_no_change_and_hidden_groups_are_counted(days):
    before, after = days
    compared = compare(before[before["domain"] != "qq.com"], after[after["domain"] != "163.com"], by="domain")
    ax = charts.compare(compared, most=4)
    assert {"only before", "only after", "changed less"} <= set(texts(ax))
    assert row_names(ax)[-1] == f"{len(compared.table) - 4:,} more"


def test_it_is_drawn_where_it_is_told_with_long_names_and_marked_as_sandbox(days):
    before, after = (
        frame.assign(活动=np.resize(["旧的超长的活动名称一直写到看不见为止" * 3, None], len(frame))) for frame in days
    )
    compared = compare(before, after, by="活动")
    given = Figure(layout="constrained").subplots(1, 2)[1]
    assert charts.compare(compared, given) is given
    given.figure.canvas.draw()
    assert {"SANDBOX", "(none)"} <= set(texts(given))
    drawn = charts.compare(compared)
    drawn.figure.canvas.draw()
    assert max(map(len, row_names(drawn))) < 20
