"""Why it failed."""

from __future__ import annotations

import pandas as pd

import emailrcd
from tests.explorer.page import SAMPLE_IDS


def test_an_investigation_is_shown_with_the_mails_and_lists_behind_it(queried, act):
    app = queried.app
    act("export", what="retry", suffix=".csv")
    assert "no investigation yet" in queried.problem
    act("investigate")
    shown = queried.last("investigation")
    assert len(shown["rows"]) == len(app.findings.table)
    act("show-mails", rank=shown["rows"][0]["rank"])
    assert app.shown["email_id"].tolist() == app.findings.mails(1)["email_id"].tolist()
    assert queried.last("results")["filters"][0][1].startswith("Only failed mails behind row 1")
    act("show-mails", rank=None)
    assert len(app.shown) == SAMPLE_IDS
    for name, count in shown["lists"].items():
        act("export", what=name, suffix=".csv")
        assert f"{name}-with-addresses" in queried.last("file-ready")["name"]
        assert queried.downloaded().decode("utf-8-sig").count("\n") == count + 1
    queried.query()
    assert app.findings is None
    assert queried.last("investigation")["rows"] == []


def test_an_investigation_compares_with_the_records_chosen_for_that_and_says_so(queried, act, tmp_path):
    app = queried.app
    earlier = app.records.assign(email_id="earlier-" + app.records["email_id"])
    saved = emailrcd.write_records(earlier, tmp_path / "monday.parquet")
    act("investigate")
    assert queried.last("investigation")["against"] == ""
    alone = app.findings.table
    act("read-path", path=str(saved), purpose="before")
    queried.messages.clear()
    act("investigate")
    assert {queried.last("investigation", running=running)["against"] for running in (True, False)} == {
        "monday.parquet"
    }
    pd.testing.assert_frame_equal(app.findings.table, emailrcd.investigate(app.records, before=earlier).table)
    assert not app.findings.table.equals(alone)
    app.compare_with(None)
    act("ready")
    assert queried.last("investigation")["against"] == "monday.parquet"
    act("investigate")
    assert queried.last("investigation")["against"] == ""
