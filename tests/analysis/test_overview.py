"""A result at one look, also of records of several runs in one frame."""

from __future__ import annotations

import pandas as pd

from emailrcd.analysis.comparison import compare
from emailrcd.analysis.overview import overview
from emailrcd.analysis.settling import settled_between
from emailrcd.explorer.cards import cards
from emailrcd.records.frame import latest
from emailrcd.records.stuck import stuck
from tests.analysis.frames import records_of

IDS = ["2208031112341000001", "2208031112341000002", "2208031112341000003"]


def both_runs() -> pd.DataFrame:
    """Return what was asked twice, one below the other."""
    first = records_of("sending", "unanswered", "failed", ids=IDS)
    return pd.concat([first, records_of("delivered", "delivered", "failed", ids=IDS)], ignore_index=True)


def test_the_last_answer_about_a_mail_is_the_one_that_counts_wherever_it_is_counted():
    records = both_runs()
    view = overview(records)
    assert view.total[["delivered", "failed", "open", "unanswered"]].tolist() == [2, 1, 0, 0]
    assert {each.what for each in view.missing} == {"Failed, with no reason given", "Settled, but without an address"}
    assert all(each.ids <= 3 for each in view.missing)
    assert stuck(latest(records)).empty
    assert [card.status for card in cards(records, lambda _: {}, "UTC")] == ["delivered", "delivered", "failed"]
    assert latest(records)["status"].tolist() == ["delivered", "delivered", "failed"]
    assert settled_between(records, records).empty
    assert compare(records, records).changed.empty
