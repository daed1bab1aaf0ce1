"""The bars of hypotheses add up to all failures, and say how sure they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import get_args

import pandas as pd
import pytest
from matplotlib.figure import Figure

from emailrcd import charts
from emailrcd.analysis.failures import investigate
from emailrcd.analysis.failures.judgement import Confidence
from emailrcd.records.builder import empty
from tests.charts.drawn import row_names, texts


@dataclass
class Made:
    """Findings that are made up."""

    table: pd.DataFrame
    sandbox: bool = False


def made(found, names, confidences):
    """Return findings with such rows, one failure more each, and the rest."""
    rows = [
        found.table.iloc[0].to_dict() | {"what": what, "confidence": confidence, "excess": number}
        for number, (what, confidence) in enumerate(zip(names, confidences, strict=True), start=1)
    ]
    table = pd.DataFrame([*rows, found.table.iloc[-1].to_dict()])
    return Made(table.assign(share=table["excess"] / table["excess"].sum()).set_axis(range(1, len(table) + 1)))


def test_the_bars_are_the_excess_of_each_row_and_end_at_all_failures(found):
    bars = charts.investigate(found).patches
    assert [bar.get_width() for bar in bars] == found.table["excess"].tolist()
    assert [bar.get_x() + bar.get_width() for bar in bars] == found.table["excess"].cumsum().tolist()
    assert bars[-1].get_x() + bars[-1].get_width() == found.table["failed"].sum()


def test_beside_each_bar_stand_confidence_count_share_and_both_rates(found):
    said = texts(charts.investigate(found))
    for row in found.table.itertuples():
        assert f"{row.confidence} · {row.excess:,} · {row.share:.1%}" in said
    for row in found.table.iloc[:-1].itertuples():
        assert f"{row.rate:.1%} of {row.mails:,} failed, {row.rate_elsewhere:.1%} elsewhere" in said


def test_the_title_says_what_is_explained_and_what_is_not(found):
    share, rest = found.table["share"].iloc[-1], found.table["excess"].iloc[-1]
    total = found.table["failed"].sum()
    title = charts.investigate(found).get_title("left")
    assert title == f"{1 - share:.0%} of {total:,} failed mails explained\n{share:.0%} ({rest:,}) not"


def test_rows_bear_the_numbers_of_the_table(found):
    names = row_names(charts.investigate(found))
    assert [int(name.split()[0]) for name in names] == found.table.index.tolist()


def test_every_confidence_has_its_look_and_only_told_causes_share_one(found):
    *names, _ = get_args(Confidence)
    bars = charts.investigate(made(found, names, names)).patches
    looks = {(bar.get_facecolor(), bar.get_hatch()) for bar in bars}
    assert len(looks) == len(names)


def test_a_dozen_long_and_chinese_hypotheses_are_broken_into_lines_that_fit(found):
    names = [
        "营销部门华东区第二事业部定时任务发送的会员积分即将到期提醒邮件模板" * 3,
        "a" * 500,
        "two words " * 30,
        "<b>$x^2$</b>",
    ] * 3
    ax = charts.investigate(made(found, names, ["minor"] * 12))
    ax.figure.canvas.draw()
    for name in row_names(ax):
        assert name.count("\n") < 3
        assert max(sum(2 if character > "\u2e80" else 1 for character in line) for line in name.splitlines()) <= 47
    assert "4  <b>$x^2$</b>" in row_names(ax)
    width = ax.figure.get_window_extent().width
    assert ax.get_window_extent().width > 0.25 * width


@pytest.mark.parametrize("status", [None, "delivered"])
def test_without_failures_it_says_so(campaign, status):
    records = empty() if status is None else campaign[campaign["status"] == status]
    ax = charts.investigate(investigate(records))
    assert ax.get_title("left") == "No mail has failed"
    assert "nothing to show" in texts(ax)


def test_without_hypotheses_all_is_unexplained(campaign):
    chance = campaign[campaign["domain"] == "163.com"]
    ax = charts.investigate(investigate(chance))
    assert ax.get_title("left").startswith("0% of")
    assert len(ax.patches) == 1


def test_it_is_drawn_where_it_is_told_and_marked_as_sandbox(found):
    given = Figure(layout="constrained").subplots(1, 2)[1]
    assert charts.investigate(found, given) is given
    given.figure.canvas.draw()
    assert "SANDBOX" in texts(given)
    assert "SANDBOX" not in texts(charts.investigate(made(found, [], [])))
