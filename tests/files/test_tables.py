"""Files: nothing is lost, rounded or taken for a formula."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from pathlib import PurePath
from uuid import UUID

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from emailrcd.errors import EmailrcdError
from emailrcd.files.tables import SUFFIXES, tabular, to_bytes
from emailrcd.records.builder import empty
from emailrcd.records.reading import read_records
from emailrcd.records.sources import take
from emailrcd.records.writing import as_file, write_records

HOSTILE = [
    '=HYPERLINK("http://x")',
    "+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(1)",
    "\t=1",
    " =1",
    "＝1",
    "<img src=x onerror=alert(1)>",
]


def sheet(data: bytes) -> list[list[object]]:
    return CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()


def test_an_excel_file_holds_only_texts_numbers_and_times_and_no_formula():
    frame = pd.DataFrame(
        {"email_id": pd.Series(["2208031112341000001"] * len(HOSTILE), dtype="str"), "note": HOSTILE, HOSTILE[0]: 1}
    )
    data = to_bytes(frame, ".xlsx")
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        xml = book.read("xl/worksheets/sheet1.xml").decode()
        assert "hyperlink" not in "".join(book.namelist()).lower()
    assert "<f>" not in xml
    assert "<hyperlink" not in xml
    rows = sheet(data)
    assert rows[0] == ["email_id", "note", HOSTILE[0]]
    assert [row[1] for row in rows[1:]] == HOSTILE
    assert all(row[0] == "2208031112341000001" for row in rows[1:])


def test_excel_gets_local_times_with_the_zone_in_the_header_and_long_numbers_as_text():
    frame = pd.DataFrame(
        {
            "at": pd.Series([pd.Timestamp("2026-11-20T06:00:00.5Z"), None], dtype="datetime64[us, UTC]"),
            "long": pd.Series([2208031112341000001, None], dtype="Int64"),
            "share": [0.5, np.inf],
            "flag": pd.Series([True, None], dtype="boolean"),
            "old": pd.to_datetime(pd.Series(["1850-01-01", "2026-01-01"])).astype("datetime64[us]"),
        }
    )
    rows = sheet(to_bytes(frame, ".xlsx", "Asia/Shanghai"))
    assert rows[0][0] == "at (Asia/Shanghai)"
    assert rows[1] == [pd.Timestamp(2026, 11, 20, 14), "2208031112341000001", 0.5, True, "1850-01-01 00:00:00"]
    assert rows[2] == ["", "", "inf", "", "2026-01-01 00:00:00"]


def test_text_that_a_cell_cannot_hold_is_cut_visibly():
    assert sheet(to_bytes(pd.DataFrame({"x": ["a" * 40_000]}), ".xlsx"))[1][0] == "a" * 32_766 + "…"


def test_more_rows_than_a_sheet_holds_are_refused_with_the_remedy():
    with pytest.raises(EmailrcdError, match=r"1,048,576 rows .* CSV or Parquet"):
        to_bytes(pd.DataFrame({"x": np.zeros(1_048_576, np.int8)}), ".xlsx")


def test_a_csv_has_no_cell_that_a_spreadsheet_takes_for_a_formula():
    frame = pd.DataFrame({"note": [*HOSTILE, "-5", "+1.5", "plain"], "=x": 1})
    text = to_bytes(frame, ".csv").decode("utf-8-sig")
    cells = pd.read_csv(io.StringIO(text), dtype="str")
    assert cells.columns.tolist() == ["note", "'=x"]
    assert not cells["note"].str.match(r"[=+\-@＝\t\s]").iloc[: len(HOSTILE) - 1].any()
    assert cells["note"].tolist()[-3:] == ["-5", "+1.5", "plain"]


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("rows", [0, 1])
def test_a_frame_put_together_from_several_is_written_like_any_other(suffix, rows):
    one = pd.DataFrame({"note": pd.Series(["a,b"], dtype="str")}).head(rows)
    whole = pd.DataFrame({"note": pd.Series(["a,b"] * 2 * rows, dtype="str")})
    assert to_bytes(pd.concat([one, one], ignore_index=True), suffix) == to_bytes(whole, suffix)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_an_empty_frame_can_be_written(suffix, tmp_path):
    path = write_records(empty(), tmp_path / f"none{suffix}")
    if suffix == ".xlsx":
        assert len(sheet(path.read_bytes())) == 1
    else:
        assert read_records(path).dtypes.equals(empty().dtypes)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_columns_of_any_kind_names_twice_and_an_index_with_a_name_come_through(suffix, tmp_path):
    frame = pd.DataFrame([[1, "a", [1], 2], [None, {"k": 1}, "b", 3]], columns=["x", "x", 3, "k"]).set_index("k")
    data = to_bytes(frame, suffix)
    names = {
        ".xlsx": lambda: sheet(data)[0],
        ".csv": lambda: pd.read_csv(io.BytesIO(data)).columns.tolist(),
        ".parquet": lambda: pd.read_parquet(io.BytesIO(data)).columns.tolist(),
        ".jsonl": lambda: list(json.loads(data.splitlines()[0])),
    }[suffix]()
    assert [str(name).removesuffix(".0") for name in names] == ["k", "x", "x (2)", "3"]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_ids_of_a_written_file_can_be_asked_again(suffix, tmp_path, sandbox):
    records = sandbox.client().query(sandbox.sample_campaign(40), progress=False)
    again = take(write_records(records, tmp_path / f"x{suffix}"))
    assert again.ids == records["email_id"].tolist()
    assert list(again.context.columns)[:2] == ["campaign", "template"]


@given(
    st.lists(
        # The last two are in no XML.
        st.text(
            st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), min_size=1
        ),
        min_size=1,
        max_size=20,
    )
)
def test_text_goes_through_excel_and_parquet_unchanged(texts):
    frame = pd.DataFrame({"note": pd.Series(texts, dtype="str")})
    assert [row[0] for row in sheet(to_bytes(frame, ".xlsx"))[1:]] == texts
    assert pd.read_parquet(io.BytesIO(to_bytes(frame, ".parquet")))["note"].tolist() == texts


def test_answers_of_the_sandbox_are_marked_in_an_excel_file(sandbox):
    records = sandbox.client().query(sandbox.sample_ids(3), progress=False)
    assert CalamineWorkbook.from_filelike(io.BytesIO(as_file(records, ".xlsx"))).sheet_names == ["SANDBOX records"]


def test_a_file_that_cannot_be_written_is_told_and_leaves_nothing(tmp_path):
    with pytest.raises(EmailrcdError, match=r"must end in \.xlsx"):
        write_records(empty(), tmp_path / "x.doc")
    with pytest.raises(EmailrcdError, match="cannot be written: there is no folder"):
        write_records(empty(), tmp_path / "nowhere" / "x.csv")
    (tmp_path / "x.csv").mkdir()
    with pytest.raises(EmailrcdError, match="cannot be written"):
        write_records(empty(), tmp_path / "x.csv")
    assert [path.name for path in tmp_path.iterdir()] == ["x.csv"]


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        ([7.5, 7, True], ["7.5", "7", "True"]),
        ([b"x", "y"], ["x", "y"]),
        ([{1: 2}, None, "z"], ["{1: 2}", None, "z"]),
    ],
)
def test_a_column_of_mixed_kinds_is_text_so_that_every_piece_of_it_is_of_one_kind(values, texts):
    table = tabular(pd.DataFrame({"x": pd.Series(values, dtype=object)}))
    assert table["x"].astype(object).where(table["x"].notna(), None).tolist() == texts
    assert table["x"].dtype == "str"
    numbers = tabular(pd.DataFrame({"x": pd.Series([1, 2.5, None], dtype=object)}))
    assert pd.api.types.is_float_dtype(numbers["x"].dtype)


@pytest.mark.parametrize("digits", [16, 17, 18, 19])
@pytest.mark.parametrize("dtype", ["int64", "Int64", "uint64", "object"])
def test_whole_numbers_that_excel_would_round_are_text_in_it(digits, dtype):
    number = int("1234567890123456789"[:digits])
    frame = pd.DataFrame({"serial": pd.Series([number, 7], dtype=dtype), "few": [123_456_789_012_345, -1]})
    assert sheet(to_bytes(frame, ".xlsx"))[1:] == [[str(number), 123_456_789_012_345.0], ["7", -1.0]]


def test_every_kind_of_column_comes_out_of_excel():
    frame = pd.DataFrame(
        {
            "category": pd.Categorical(["spring", None]),
            "list": [[1, 2], None],
            "date": [pd.Timestamp("2026-11-24").date(), None],
            "length": pd.to_timedelta(["1h", None]),
            "far": pd.Series([1_767_225_600, 317_336_054_400]).astype("datetime64[s]"),
            "small": pd.Series([3, 4], dtype="uint8"),
        }
    )
    assert sheet(to_bytes(frame, ".xlsx"))[1:] == [
        ["spring", "[1, 2]", "2026-11-24", "0 days 01:00:00", "2026-01-01 00:00:00", 3.0],
        ["", "", "", "", "12025-12-24 00:00:00", 4.0],
    ]


@pytest.mark.parametrize("delimiter", [";", "\t", "\n", "\r\n"])
@pytest.mark.parametrize("formula", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(1)", "\u3000＝1", '"=1"', '  "" -1-1'])
def test_no_part_of_a_csv_cell_is_a_formula_wherever_a_spreadsheet_splits_it(delimiter, formula):
    cell = f"spring{delimiter}{formula}"
    text = to_bytes(pd.DataFrame({"id": ["1"], "note": [cell], cell: [1]}), ".csv").decode("utf-8-sig")
    for line in text.split(delimiter):
        assert re.match(r'[\s"]*[=+\-@＝]', line) is None
    assert pd.read_csv(io.StringIO(text))["note"][0].replace("'", "") == cell.replace("'", "")


def test_numbers_and_phone_numbers_and_dashes_in_a_csv_cell_stay_as_they_are():
    notes = ["-5", "+8613800000000", "a;-5;b", "a - b", "a=b", "li@qq.com", "x;y", "-1.5\t+2"]
    text = to_bytes(pd.DataFrame({"note": notes}), ".csv")
    assert pd.read_csv(io.BytesIO(text), dtype="str")["note"].tolist() == notes


@given(
    st.lists(
        st.tuples(st.text(st.characters(codec="utf-8", exclude_characters="'\0")), st.none() | st.text('ab,;"\n\r')),
        min_size=1,
    )
)
def test_text_goes_through_csv_unchanged_but_for_apostrophes(rows):
    frame = pd.DataFrame(rows, columns=["one", "other"]).astype("str")
    text = to_bytes(frame, ".csv").decode("utf-8-sig")
    cells = list(csv.reader(io.StringIO(text, newline="")))
    assert cells[0] == ["one", "other"]
    assert [[cell.replace("'", "") for cell in row] for row in cells[1:]] == [
        [one, "" if other is None else other] for one, other in rows
    ]


def test_times_in_a_csv_keep_their_zone_and_dates_are_dates():
    frame = pd.DataFrame(
        {
            "utc": pd.Series(["2026-11-24 09:30:03.5Z", None], dtype="datetime64[us, UTC]"),
            "summer": pd.Series(["2026-07-01 00:00Z", "2026-12-01 00:00Z"], dtype="datetime64[s, UTC]").dt.tz_convert(
                "Europe/Berlin"
            ),
            "day": pd.Series(["2026-11-24", None], dtype="datetime64[us]"),
        }
    )
    assert to_bytes(frame, ".csv").decode("utf-8-sig").splitlines() == [
        "utc,summer,day",
        "2026-11-24 09:30:03.500000+00:00,2026-07-01 02:00:00+02:00,2026-11-24",
        ",2026-12-01 01:00:00+01:00,",
    ]


def test_a_csv_of_one_column_keeps_its_empty_rows():
    text = to_bytes(pd.DataFrame({"x": ["a", None, "b"]}), ".csv")
    assert pd.read_csv(io.BytesIO(text))["x"].isna().tolist() == [False, True, False]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_half_an_emoji_does_not_keep_the_rest_from_being_written(suffix):
    note = pd.Series(["a\ud83d", "中文", None, 5], dtype=object)
    data = to_bytes(pd.DataFrame({"note": note}), suffix)
    assert len(data) > 10
    if suffix == ".csv":
        assert data.decode("utf-8-sig").splitlines() == ["note", "a?", "中文", '""', "5"]


ODD = {
    "bytes": [b"a", b"\xff", None],
    "uuids": [UUID(int=1), None, UUID(int=2)],
    "paths": [PurePath("a"), None, 1],
    "periods": pd.period_range("2026-01", periods=3, freq="M"),
    "complex": [1 + 2j, 0j, 1j],
    "sparse": pd.arrays.SparseArray([1, 0, 0]),
    "zero bytes": ["\0", "a\0b", None],
}


@pytest.mark.parametrize("kind", ODD)
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_columns_that_a_format_does_not_know_do_not_keep_the_ids_from_being_written(kind, suffix, tmp_path, sandbox):
    ids = sandbox.sample_ids(3)
    client = sandbox.client()
    records = client.query(pd.DataFrame({"emailId": ids}).assign(**{kind: ODD[kind]}), progress=False)
    again = read_records(write_records(records, tmp_path / f"x{suffix}"))
    assert (again["email_id"].tolist(), kind in again) == (ids, True)


@pytest.mark.parametrize("kind", ODD)
def test_columns_that_parquet_does_not_know_do_not_keep_parts_from_being_written(kind, tmp_path, sandbox):
    frame = pd.DataFrame({"emailId": sandbox.sample_ids(3)}).assign(**{kind: ODD[kind]})
    parts = sandbox.client().query_to(tmp_path / "parts", frame, progress=False)
    assert parts.load()["email_id"].tolist() == frame["emailId"].tolist()
