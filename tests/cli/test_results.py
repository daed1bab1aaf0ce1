"""``emailrcd investigate``, ``report`` and ``gate``."""

from __future__ import annotations

import pandas as pd
import pytest

from emailrcd.records.writing import write_records


@pytest.fixture
def records(sandbox):
    return sandbox.client().query(sandbox.sample_campaign(1_200), progress=False)


@pytest.fixture
def saved(alone, records):
    return write_records(records, alone / "records.parquet")


@pytest.mark.parametrize("suffix", [".parquet", ".csv", ".jsonl"])
def test_saved_records_are_judged_without_asking_anybody(run, records, alone, suffix):
    write_records(records, alone / f"saved{suffix}")
    code, out, err = run("gate", f"saved{suffix}", "--max-failure", "50%")
    assert (code, err) == (0, "")
    assert out.startswith("SANDBOX PASSED: failure rate ")


def test_several_files_are_one(run, records, saved, alone):
    write_records(records.head(500), alone / "0.parquet")
    write_records(records.iloc[500:], alone / "1.parquet")
    assert run("gate", "0.parquet", "1.parquet", "--max-failure", "0.5") == run("gate", saved, "--max-failure", "0.5")
    code, _, err = run("gate", saved, "2208031112341000001", "--max-failure", "0.5")
    assert code == 3
    assert "one kind at a time" in err


def test_parts_that_are_not_finished_are_told_and_said_in_the_report(run, sandbox, alone):
    with sandbox.client() as client:
        client.query_to(alone / "answers", sandbox.sample_ids(60))
    code, _, err = run("gate", "answers", "--max-failure", "0.9")
    assert (code, err) == (0, "")
    manifest = alone / "answers" / "emailrcd.json"
    manifest.write_text(manifest.read_text().replace('"complete":true', '"complete":false'))
    code, _, err = run("report", "answers", "-o", "x.md")
    assert code == 0
    assert "answers is not finished: it holds 60 ids, 0 of them unanswered" in err
    assert "is not finished: it holds 60 ids" in (alone / "x.md").read_text()


def test_the_exit_code_of_a_gate_is_its_verdict(run, records, alone):
    settled = records[records["status"].isin(["delivered", "failed"])].drop_duplicates("email_id")
    failed, delivered = settled[settled["status"] == "failed"], settled[settled["status"] == "delivered"]
    write_records(pd.concat([failed.head(20), delivered.head(480)]), alone / "four-percent.parquet")
    verdicts = {
        limit: run("gate", "four-percent.parquet", "--max-failure", limit) for limit in ("0.1", "0.015", "0.045")
    }
    assert [code for code, _, _ in verdicts.values()] == [0, 1, 2]
    assert "settled mails would be enough" in verdicts["0.045"][1]


def test_a_gate_by_group_fails_when_one_group_does(run, records, alone):
    settled = records[records["status"].isin(["delivered", "failed"])].drop_duplicates("email_id")
    bad = settled[settled["status"] == "failed"].head(30).assign(route="b")
    good = settled[settled["status"] == "delivered"].head(900).assign(route="a")
    write_records(pd.concat([bad, good]), alone / "routes.parquet")
    assert run("gate", "routes.parquet", "--max-failure", "0.06")[0] == 0
    code, out, _ = run("gate", "routes.parquet", "--max-failure", "0.06", "--by", "route")
    assert code == 1
    assert "1 of 2 groups of route failed: b 100.00% of 30" in out
    assert run("gate", "routes.parquet", "--max-failure", "0.06", "--by", "rout")[0] == 3


def test_a_gate_on_ids_asks_about_them(run, sandbox, alone):
    sandbox.sample_campaign(400).to_csv(alone / "ids.csv", index=False)
    code, out, _ = run("gate", "ids.csv", "--sandbox", "--max-failure", "0.001", "--quiet")
    assert code == 1
    assert "FAILED" in out


def test_a_gate_on_nothing_is_an_error_and_no_verdict(run, records, alone):
    write_records(records.head(0), alone / "none.parquet")
    assert run("gate", "none.parquet", "--max-failure", "0.5")[0] == 3
    assert run("gate", "nowhere.parquet", "--max-failure", "0.5", "--sandbox")[0] == 3


def test_an_investigation_is_printed_with_its_unexplained_rest(run, saved):
    code, out, err = run("investigate", saved)
    assert code == 0
    assert "[unexplained]" in out
    assert "→ " in out
    assert "SANDBOX" in err


def test_working_lists_hold_full_addresses_and_their_names_say_so(run, saved, alone):
    code, _, err = run("investigate", saved, "--lists", "work", "-o", "causes.xlsx")
    assert code == 0
    assert (alone / "causes.xlsx").exists()
    names = sorted(path.name for path in (alone / "work").iterdir())
    assert names == ["correct-full-addresses.csv", "retry-full-addresses.csv", "suppress-full-addresses.csv"]
    assert ".sandbox@" in (alone / "work" / "correct-full-addresses.csv").read_text("utf-8-sig")
    assert "with full addresses" in err


@pytest.mark.parametrize("suffix", [".html", ".pdf", ".xlsx", ".md"])
def test_a_report_is_written_from_saved_records(run, saved, alone, suffix):
    code, _, err = run(
        "report", saved, "-o", f"out{suffix}", "--title", "Monday", "--by", "campaign", "--before", saved
    )
    assert code == 0
    assert f"out{suffix}" in err
    assert (alone / f"out{suffix}").stat().st_size > 1_000


def test_a_report_masks_addresses_unless_they_are_to_be_shown(run, saved, alone):
    run("report", saved, "-o", "masked.html")
    run("report", saved, "-o", "shown.html", "--show-addresses")
    assert ".sandbox@" not in (alone / "masked.html").read_text()
    shown = (alone / "shown.html").read_text()
    assert ".sandbox@" in shown
    assert "do not pass it on" in shown


def test_a_report_of_another_kind_or_on_a_column_that_is_not_there_is_refused(run, saved):
    code, _, err = run("report", saved, "-o", "x.docx")
    assert code == 3
    assert ".html, .pdf, .xlsx, .md" in err
    code, _, err = run("report", saved, "-o", "x.html", "--by", "campain")
    assert code == 3
    assert "Did you mean 'campaign'" in err


def test_what_is_new_is_told_with_the_rate_of_the_time_before(run, alone, sandbox):
    records = sandbox.client().query(sandbox.sample_campaign(3_000), progress=False)
    is_later = records["email_id"].rank() % 2 == 0
    write_records(records[is_later], alone / "now.parquet")
    write_records(records[~is_later], alone / "before.parquet")
    code, out, _ = run("investigate", "now.parquet")
    assert (code, "in the time before" in out) == (0, False)
    code, out, _ = run("investigate", "now.parquet", "--before", "before.parquet")
    assert (code, "in the time before" in out) == (0, True)
