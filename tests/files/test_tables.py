"""Files: nothing is lost, rounded or taken for a formula."""

from __future__ import annotations

import io
import json
import zipfile

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from emailrcd.errors import EmailrcdError
from emailrcd.files.tables import SUFFIXES, to_bytes
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
        st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=1), min_size=1, max_size=20
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
