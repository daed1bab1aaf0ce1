"""Remarks of the platform, joined by id and grouped into reasons."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from emailrcd.analysis.failures import investigate, join
from emailrcd.errors import EmailrcdError, RoundedIdsError
from tests.analysis.failures.worlds import ordinary


@pytest.fixture
def records():
    return ordinary(1, 3_000).records()


def entries(records):
    return [
        {"emailId": email_id, "toAddress": "x@qq.com", "emailState": "0", "remark": f"said {number}"}
        for number, email_id in enumerate(records["email_id"].head(3))
    ]


def said(joined):
    return joined["remark"].head(4).fillna("").tolist()


def test_remarks_are_joined_from_a_table(records):
    joined = join(records, pd.DataFrame(entries(records)))
    assert said(joined) == ["said 0", "said 1", "said 2", ""]
    assert "remark" not in records


def test_remarks_are_joined_from_objects_texts_and_files(records, tmp_path):
    reply = {"status": "0", "array": entries(records)}
    lines = "\n".join(json.dumps(entry) for entry in entries(records))
    (tmp_path / "a.json").write_text(json.dumps(reply), encoding="utf-8")
    (tmp_path / "a.jsonl").write_text(lines, encoding="utf-8")
    pd.DataFrame(entries(records)).to_csv(tmp_path / "a.csv", index=False)
    sources = [reply, [reply], json.dumps(reply), lines, *(tmp_path / f"a.{kind}" for kind in ("json", "jsonl", "csv"))]
    for source in sources:
        assert said(join(records, source)) == ["said 0", "said 1", "said 2", ""]


def test_of_several_remarks_the_last_counts_and_old_ones_stay(records):
    first = entries(records)
    joined = join(records, [*first, {**first[0], "remark": "later"}])
    again = join(joined, [{**first[2], "remark": "again"}])
    assert said(again) == ["later", "said 1", "again", ""]


def test_submissions_of_other_mails_are_refused(records):
    with pytest.raises(EmailrcdError, match="None of the 1 ids"):
        join(records, [{"emailId": "2208031112341000001", "remark": "x"}])


@pytest.mark.parametrize("source", [pd.DataFrame({"id": ["1"]}), [], "[1, 2]"])
def test_submissions_without_ids_and_remarks_are_refused(records, source):
    with pytest.raises(EmailrcdError, match="need emailId and remark"):
        join(records, source)


def test_a_file_that_is_not_there_or_no_json_is_refused(records, tmp_path):
    with pytest.raises(EmailrcdError, match="There is no file"):
        join(records, "nowhere.json")
    (tmp_path / "a.json").write_text("not json", encoding="utf-8")
    with pytest.raises(EmailrcdError, match="not JSON"):
        join(records, tmp_path / "a.json")


def test_rounded_ids_are_refused(records):
    with pytest.raises(RoundedIdsError):
        join(records, pd.DataFrame({"emailId": [2.2e18], "remark": ["x"]}))


def test_remarks_that_differ_in_addresses_and_numbers_are_one_reason(records):
    failed = records["status"] == "failed"
    remarks = "550 user <" + records["to_address"] + "> unknown, ref " + records["email_id"]
    found = investigate(records.assign(remark=remarks.where(failed, "ok")))
    assert found.table.at[1, "what"] == "the platform remarks “550 user … unknown, ref …”"
    assert found.table.at[1, "confidence"] == "stated"
    assert set(found.mails(1).index) == set(records.index[failed])


def test_a_remark_that_all_mail_bears_explains_nothing(records):
    found = investigate(records.assign(remark="accepted"))
    assert found.table["confidence"].tolist() == ["unexplained"]
