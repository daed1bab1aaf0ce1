"""The table, the mails behind it, the working lists."""

from __future__ import annotations

import re

import pandas as pd
import pytest

from emailrcd.analysis.failures import investigate
from emailrcd.errors import EmailrcdError
from tests.analysis.failures.sandboxed import sandbox_records
from tests.analysis.failures.worlds import ordinary


@pytest.fixture(scope="module")
def found():
    return investigate(sandbox_records(seed=3, n=12_000)[0])


def test_the_table_has_these_columns_and_no_more(found):
    assert found.table.columns.tolist() == [
        "what",
        "confidence",
        "failed",
        "excess",
        "share",
        "evidence",
        "next_step",
        "condition",
        "kind",
        "mails",
        "rate",
        "rate_low",
        "rate_high",
        "rate_elsewhere",
        "ratio",
        "ratio_low",
        "q",
        "sample_ids",
    ]
    assert found.table.index.name == "rank"
    assert found.table["share"].sum() == pytest.approx(1)


def test_likely_rows_meet_what_likely_takes(found):
    likely = found.table[found.table["confidence"] == "likely"]
    assert (likely["q"] <= 0.01).all()
    assert (likely["ratio_low"] >= 2).all()
    assert (likely["share"] >= 0.05).all()
    assert likely["excess"].is_monotonic_decreasing


def test_each_failed_mail_worth_it_is_on_the_list_of_its_row(found):
    assert found.correct["email_id"].tolist() == found.mails(1)["email_id"].tolist()
    assert found.retry["email_id"].tolist() == found.mails(2)["email_id"].tolist()
    assert found.suppress["email_id"].tolist() == found.mails(3)["email_id"].tolist()
    for mails in (found.correct, found.retry, found.suppress):
        assert (mails["status"] == "failed").all()


def test_the_sample_ids_are_of_the_mails_behind_the_row(found):
    for rank, ids in found.table["sample_ids"].items():
        assert set(ids.split(", ")) <= set(found.mails(rank)["email_id"])


@pytest.mark.parametrize("rank", [0, 5, "1"])
def test_a_row_that_is_not_there_is_named(found, rank):
    with pytest.raises(EmailrcdError, match="rows 1 to 4"):
        found.mails(rank)


def test_it_behaves_like_a_result(found):
    assert len(found) == len(found.table) == 4
    assert [each.rank for each in found] == found.table.index.tolist()
    first = found[1]
    assert (first.what, first.confidence, first.failed) == tuple(found.table.loc[1, ["what", "confidence", "failed"]])
    pd.testing.assert_frame_equal(first.mails, found.mails(1))
    assert "@" not in repr(first)
    table = found.to_frame()
    table["what"] = ""
    assert found.table.at[1, "what"]


def test_in_a_notebook_text_is_on_the_left_and_whole(found):
    shown = found._repr_html_()
    assert "text-align: right" not in shown
    assert shown.count("<td ") == shown.count("text-align: left; white-space: normal")
    for text in found.table["evidence"]:
        assert text.replace("<", "&lt;") in shown


def test_which_domains_are_mistyped_is_told(found):
    row = found.table[found.table["what"] == "addresses with a mistyped domain"].iloc[0]
    domain = found.correct["domain"].mode().iloc[0]
    assert f"{domain} for " in row["evidence"]


def test_what_is_not_looked_at_is_named():
    records = sandbox_records(seed=3, n=2_000)[0]
    records["order"] = [f"A{number}" for number in range(len(records))]
    records["shop"] = "one"
    found = investigate(records)
    assert found.left_out == {"order": "nearly every value differs", "shop": "one value only"}
    for shown in (repr(found), found._repr_html_()):
        assert "Not looked at: order (nearly every value differs); shop (one value only)." in shown


def test_it_shows_itself_without_an_address(found):
    for shown in (repr(found), found._repr_html_()):
        assert "Tencent QQ" in shown
        assert "sandbox@" not in shown
    assert "..." not in found._repr_html_()


def test_a_remark_is_shown_escaped():
    records = sandbox_records(seed=3, n=3_000)[0]
    remarks = pd.Series("<b>no</b>", index=records.index).where(records["status"] == "failed", "ok")
    shown = investigate(records.assign(remark=remarks))._repr_html_()
    assert "&lt;b&gt;no&lt;/b&gt;" in shown


def test_where_nothing_else_failed_the_numbers_are_said_so_that_they_can_be_read():
    world = ordinary(1, 3_000)
    world.mails["rate"] = 0.0
    world.plant(lambda mails: mails["template"] == "B", 0.9)
    cause, rest = investigate(world.records()).table["evidence"]
    assert re.search(r"elsewhere <0\.1%: [\d,]+ times as much, at least [\d,]+ times", cause)
    assert rest == "no other mail failed"


def test_without_failures_the_lists_are_empty_and_have_their_columns():
    records = sandbox_records(seed=3, n=500)[0]
    nothing = investigate(records[records["status"] == "delivered"])
    assert nothing.correct.empty
    assert nothing.retry.empty
    assert nothing.suppress.empty
    assert nothing.table["evidence"].tolist() == ["no mail failed"]
    assert nothing.correct.columns[-1] == "suggestion"
