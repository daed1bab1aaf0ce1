"""What each part of the app shows."""

from __future__ import annotations

import pandas as pd

from emailrcd.analysis.tables import summary
from emailrcd.explorer import screens
from emailrcd.explorer.view import Filters
from emailrcd.records.builder import empty
from emailrcd.records.frame import SETTLED, STATUSES


def test_before_a_query_everything_can_be_shown():
    nothing = empty()
    content = screens.results(nothing, nothing, nothing, Filters(), "provider", "UTC")
    assert content["rate"]["of"] == "nothing settled yet"
    assert screens.breakdown(nothing, "provider")[0]["rows"] == []
    assert screens.timeline(nothing, "UTC")[0]["problem"] == ""


def test_the_headline_is_the_summary(sandbox):
    records = sandbox.client().query(sandbox.sample_ids(500), progress=False)
    total = summary(records).iloc[0]
    content = screens.results(records, records, records, Filters(), "provider", "UTC")
    assert content["rate"] == {
        "value": f"{total['delivery_rate']:.1%}",
        "of": f"of {int(total['settled']):,} settled",
        "interval": f"95 % interval {total['delivery_rate_low']:.1%} – {total['delivery_rate_high']:.1%}",
        "range": f"{int(total['open']):,} open: can become "
        f"{total['delivery_rate_worst']:.1%} – {total['delivery_rate_best']:.1%}",
    }
    assert {tile["status"]: tile["count"] for tile in content["tiles"]} == {
        status: f"{int(total[status]):,}"
        for status in STATUSES
        if total[status] or status in (*SETTLED, "sending", "not_found")
    }


def test_a_breakdown_names_missing_values_and_counts_what_it_leaves_out(sandbox):
    records = sandbox.client().query(sandbox.sample_ids(400), progress=False)
    records["note"] = pd.Series([None, *[f"n{i % 40}" for i in range(399)]], dtype="str")
    content, _ = screens.breakdown(records, "note")
    assert content["more"] == f"{41 - len(content['rows'])} more groups"
    assert "(none)" in [row[0] for row in screens.breakdown(records.head(3), "note")[0]["rows"]]


def test_where_there_is_no_clock_a_timeline_says_so():
    from emailrcd.records.builder import Answers, Builder

    answers = Answers.undecided(["x1", "x2"])
    answers.close_undecided("why")
    builder = Builder()
    builder.add(0, answers.obtained())
    content, pictures = screens.timeline(builder.frame(), "UTC")
    assert "no time to go by" in content["problem"]
    assert pictures == []
