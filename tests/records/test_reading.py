"""Saved records: read whatever they were saved as, and checked as ids are."""

from __future__ import annotations

import re

import pandas as pd
import pytest

from emailrcd import Sandbox
from emailrcd.errors import EmailrcdError, EmailrcdWarning, RoundedIdsError
from emailrcd.records.frame import COLUMNS
from emailrcd.records.reading import holds_records, read_records
from emailrcd.records.writing import write_records


@pytest.fixture(scope="module")
def records():
    with Sandbox() as sandbox, sandbox.client() as client:
        return client.query(sandbox.sample_ids(40), progress=False).assign(活动="秋季")


@pytest.fixture(scope="module")
def saved(records, tmp_path_factory):
    return write_records(records, tmp_path_factory.mktemp("saved") / "out.csv").read_text("utf-8-sig")


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".parquet", ".xlsx"])
def test_every_kind_of_export_comes_back_with_its_dtypes(records, tmp_path, suffix):
    file = write_records(records, tmp_path / f"out{suffix}")
    assert holds_records(file)
    with file.open("rb") as opened:
        pd.testing.assert_frame_equal(read_records(opened), read_records(file))
    again = read_records(file)
    expected = records.astype({"活动": "str"})
    if suffix == ".xlsx":
        expected["queried_at"] = expected["queried_at"].dt.floor("s")
    pd.testing.assert_frame_equal(again, expected)


def test_records_in_parquet_tell_where_they_come_from(records, tmp_path):
    assert records.attrs["emailrcd"]["base_url"].startswith("http://127.0.0.1:")
    assert read_records(write_records(records, tmp_path / "out.parquet")).attrs == records.attrs


@pytest.mark.parametrize("told", [None, "x", ["x"], {"notices": 5}, {"base_url": {"a": 1}}])
def test_what_a_parquet_file_bears_under_our_name_and_is_not_ours_is_left_out(records, tmp_path, told):
    foreign = records.copy()
    foreign.attrs = {"emailrcd": told, "other": 1}
    foreign.to_parquet(tmp_path / "out.parquet")
    assert read_records(tmp_path / "out.parquet").attrs == {}


@pytest.mark.parametrize(("delimiter", "encoding"), [(";", "utf-8"), (",", "gb18030"), ("\t", "utf-16")])
def test_what_a_spreadsheet_saved_anew_is_read(records, saved, tmp_path, delimiter, encoding):
    file = tmp_path / "again.csv"
    file.write_bytes(saved.replace(",", delimiter).encode(encoding))
    again = read_records(file)
    assert again["email_id"].tolist() == records["email_id"].tolist()
    assert again["活动"].unique().tolist() == ["秋季"]


def test_times_of_a_workbook_that_was_saved_as_csv_are_in_the_zone_of_its_header(records, tmp_path):
    sheet = pd.read_excel(write_records(records, tmp_path / "out.xlsx"), dtype=str, engine="calamine")
    file = tmp_path / "out.csv"
    sheet.to_csv(file, index=False)
    again = read_records(file)
    assert again["received_at"].equals(records["received_at"])
    assert again["submitted_at_estimated"].equals(records["submitted_at_estimated"])


@pytest.mark.parametrize("form", ["%Y/%m/%d %H:%M", "%Y-%m-%d %H:%M:%S"])
def test_times_without_a_zone_are_read_as_utc_and_told(records, tmp_path, form):
    local = records.assign(received_at=records["received_at"].dt.strftime(form))
    local.to_csv(tmp_path / "local.csv", index=False)
    with pytest.warns(EmailrcdWarning, match=r"Times in received_at name no zone, such as '20.*, and were read as UTC"):
        read_records(tmp_path / "local.csv")


def test_several_files_of_records_are_refused_with_what_to_do(tmp_path):
    with pytest.raises(EmailrcdError, match="one place at a time"):
        read_records([tmp_path / "a.csv", tmp_path / "b.csv"])


@pytest.mark.parametrize("rounded", [lambda number: f"{float(number):.5E}", lambda number: f"{number[:15]}0000"])
def test_records_that_a_spreadsheet_has_rounded_are_refused(saved, tmp_path, rounded):
    file = tmp_path / "rounded.csv"
    file.write_text(re.sub(r"(?m)^(\d{19})", lambda found: rounded(found[1]), saved))
    with pytest.raises(RoundedIdsError, match="40 ids have been rounded"):
        read_records(file)


def test_a_cut_file_of_records_is_told_or_refused(saved, tmp_path):
    file = tmp_path / "cut.csv"
    file.write_text(saved[: len(saved) - 30])
    with pytest.raises(EmailrcdError, match="cells where the first row has"):
        read_records(file)


@pytest.mark.parametrize(
    ("name", "text"), [("a.csv", "a,b\n1,2\n"), ("a.txt", "words"), ("a.jsonl", '{"a": 1}\n{"a": 2}\n')]
)
def test_a_file_that_holds_no_records_is_refused(tmp_path, name, text):
    (tmp_path / name).write_text(text)
    assert not holds_records(tmp_path / name)
    with pytest.raises(EmailrcdError, match="a records frame|No email ids"):
        read_records(tmp_path / name)


def test_records_given_again_are_asked_without_the_columns_of_the_answer(records, tmp_path):
    file = write_records(records, tmp_path / "out.xlsx")
    with Sandbox() as sandbox, sandbox.client() as client:
        assert list(client.query(file, progress=False)) == [*COLUMNS, "活动"]


def test_records_that_lack_a_column_are_refused_by_its_name_and_not_taken_for_ids(records, tmp_path):
    file = write_records(records.drop(columns="error"), tmp_path / "out.csv")
    assert holds_records(file)
    with pytest.raises(EmailrcdError, match="lacks the columns error"):
        read_records(file)


def test_a_column_of_the_user_with_words_in_brackets_is_kept_when_records_are_asked_again(records):
    again = records.assign(**{"domain (from)": "ours.cn"})
    with Sandbox() as sandbox, sandbox.client() as client:
        assert "domain (from)" in client.query(again, progress=False)
