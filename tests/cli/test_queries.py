"""``emailrcd query`` and ``watch``."""

from __future__ import annotations

import io
import json
import sys

import pandas as pd
import pytest

from emailrcd.records.reading import read_records
from emailrcd.records.writing import write_records


class Typed(io.TextIOWrapper):
    def __init__(self, text: str) -> None:
        super().__init__(io.BytesIO(text.encode()), encoding="utf-8")


def test_ids_of_a_file_are_answered_into_a_file(run, sandbox, alone):
    sandbox.sample_campaign(300).to_csv(alone / "ids.csv", index=False)
    code, out, err = run("query", "ids.csv", "--sandbox", "-o", "records.parquet", "--quiet")
    assert (code, out) == (0, "")
    assert "SANDBOX: 300 ids. Delivery rate" in err
    assert read_records(alone / "records.parquet")["campaign"].notna().all()


@pytest.mark.parametrize("arguments", [["-"], []])
def test_ids_come_from_stdin(run, sandbox, monkeypatch, arguments):
    ids = sandbox.sample_ids(3)
    monkeypatch.setattr(sys, "stdin", Typed("\n".join(ids)))
    code, out, _ = run("query", *arguments, "--sandbox", "--format", "jsonl")
    assert code == 0
    assert [json.loads(line)["email_id"] for line in out.splitlines()] == ids


def test_a_table_from_stdin_keeps_its_columns(run, sandbox, monkeypatch):
    monkeypatch.setattr(sys, "stdin", Typed(sandbox.sample_campaign(5).to_csv(index=False)))
    _, out, _ = run("query", "-", "--sandbox", "--format", "csv")
    assert "campaign" in pd.read_csv(io.StringIO(out)).columns


def test_ids_as_arguments_come_out_as_a_table_with_chinese_in_its_columns(run, sandbox, alone):
    ids = sandbox.sample_ids(2)
    code, out, _ = run("query", *ids, "--sandbox", "--format", "table", "--quiet")
    assert code == 0
    assert all(email_id in out for email_id in ids)
    sandbox.sample_campaign(60).to_csv(alone / "ids.csv", index=False)
    _, out, _ = run("query", "ids.csv", "--sandbox", "--format", "table", "--quiet")
    assert "10 more rows" in out


def test_nothing_to_ask_is_an_error_and_the_sandbox_has_samples(run, monkeypatch):
    monkeypatch.setattr(sys, "stdin", Typed(""))
    code, _, err = run("query")
    assert code == 3
    assert "nothing to ask about" in err
    monkeypatch.setattr(sys, "stdin", Typed(""))
    code, _, err = run("query", "--sandbox", "-o", "all.csv", "--quiet")
    assert code == 0
    assert "2,000 ids" in err


def test_addresses_can_be_masked(run, sandbox, alone):
    run("query", *sandbox.sample_ids(20), "--sandbox", "--mask", "mask", "-o", "masked.csv", "--quiet")
    text = (alone / "masked.csv").read_text("utf-8-sig")
    assert "***@" in text
    assert ".sandbox@" not in text


def test_a_ledger_remembers_and_is_a_source_of_records(run, sandbox):
    ids = sandbox.sample_ids(30)
    run("query", *ids, "--sandbox", "--ledger", "history.sqlite", "-o", "one.csv", "--quiet")
    code, out, _ = run("gate", "history.sqlite", "--max-failure", "0.99")
    assert code == 0
    assert out.startswith("SANDBOX PASSED")


def test_saved_records_are_asked_about_again(run, sandbox, alone):
    records = sandbox.client().query(sandbox.sample_campaign(40), progress=False)
    write_records(records.assign(status="sending"), alone / "old.parquet")
    run("query", "old.parquet", "--sandbox", "-o", "new.parquet", "--quiet")
    again = read_records(alone / "new.parquet")
    assert again["email_id"].tolist() == records["email_id"].tolist()
    assert (again["status"] == "delivered").any()
    assert "campaign" in again


def test_a_zone_that_is_none_is_refused_before_anything_is_asked(run):
    code, _, err = run("query", "2208031112341000001", "--sandbox", "--tz", "Nowhere")
    assert code == 3
    assert "no time zone 'Nowhere'" in err


def test_a_watch_tells_each_round_and_writes_the_last(run, sandbox, alone):
    settled = sandbox.client().query(sandbox.sample_ids(200), progress=False)
    ids = settled[settled["status"] == "delivered"]["email_id"].head(5)
    code, _, err = run("watch", *ids, "--sandbox", "-o", "watched.csv", "--quiet")
    assert code == 0
    assert "Round 1: 5 settled, 0 open" in err
    assert len(read_records(alone / "watched.csv")) == 5


def test_rounded_ids_are_refused_and_nothing_is_asked(run):
    code, out, err = run("query", "2.20803E+18", "--sandbox")
    assert code == 3
    assert "rounded by a spreadsheet" in err
    assert out == ""
