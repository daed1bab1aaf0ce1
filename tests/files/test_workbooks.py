"""Excel files."""

from __future__ import annotations

import io

import pandas as pd
import pytest
import xlsxwriter

from emailrcd.errors import AmbiguousColumnError, AmbiguousSheetError, IdsError, RoundedIdsError
from emailrcd.ids import take_bytes

A, B, C, D = (f"220803111234100000{n}" for n in range(1, 5))


def read(data: bytes, column: str | None = None):
    return take_bytes(data, "ids.xlsx", column)


def test_cells_become_ids_and_columns_with_their_kinds(workbook):
    rows = [
        ["emailId", "n", "x", "ok", "name"],
        [A, 1, 0.5, True, "李"],
        [B, 2, 1, False],
        [12345, None, None, None, "z"],
    ]
    ids = read(workbook(rows))
    assert ids.ids == [A, B, "12345"]
    assert [str(dtype) for dtype in ids.context.dtypes] == ["Int64", "float64", "boolean", "str"]
    assert ids.context["name"].fillna("").tolist() == ["李", "", "z"]


def test_dates_are_times():
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True, "default_date_format": "yyyy-mm-dd hh:mm"}) as book:
        sheet = book.add_worksheet()
        sheet.write_column(0, 0, ["emailId", A, B])
        sheet.write_column(0, 1, ["sent at", pd.Timestamp("2026-01-02 03:04").to_pydatetime()])
    times = read(file.getvalue()).context["sent at"]
    assert times[0] == pd.Timestamp("2026-01-02 03:04")
    assert pd.isna(times[1])


def test_titles_and_blank_rows_may_stand_above_the_header_and_rows_keep_their_numbers(workbook):
    ids = read(workbook([[], ["Report"], [], ["name", "Email ID"], ["Li", A], [], ["Wei", "!"], ["Xu", B]]))
    assert ids.ids == [A, B]
    assert ids.context["name"].tolist() == ["Li", "Xu"]
    assert ids.refused[0].where == "row 7"


def test_ids_above_a_second_header_are_not_lost(workbook):
    ids = read(workbook([[A], [B], ["emailId"], [C]]))
    assert {A, B, C} <= set(ids.ids)


def test_without_a_header_the_ids_are_known_by_their_shape(workbook):
    ids = read(workbook([[A, "x"], [B, "y", "z"]]))
    assert (ids.ids, ids.column) == ([A, B], "column 1")
    assert ids.context["column 3"].fillna("").tolist() == ["", "z"]


def test_the_sheet_with_the_better_reason_is_taken(workbook):
    assert read(workbook(Notes=[["remark"], ["x"]], Data=[["emailId"], [A]])).ids == [A]
    assert read(workbook(Orders=[["order"], [C]], Data=[["emailId"], [A]])).ids == [A]
    assert read(workbook(Empty=[], Data=[["emailId"], [A]])).ids == [A]
    assert read(workbook(One=[["a", "b"], [A, B]], Two=[["c", "d"], [C, D]]), column="d").ids == [D]


def test_between_several_sheets_nothing_is_guessed_and_they_are_listed(workbook):
    with pytest.raises(
        AmbiguousSheetError, match="Several sheets of ids.xlsx .* 'May', 'June'. Name the one you mean with sheet='May'"
    ):
        read(workbook(May=[["emailId"], [A]], June=[["emailId"], [B]]))
    with pytest.raises(AmbiguousSheetError, match="None of the sheets .* 'One', 'Two'"):
        read(workbook(One=[["a", "b"], ["x", "y"]], Two=[["c", "d"], ["x", "y"]]))


def test_an_ambiguous_column_names_its_sheet(workbook):
    with pytest.raises(AmbiguousColumnError, match="Several columns of sheet 'May' of ids.xlsx .* 'a', 'b'"):
        read(workbook(May=[["a", "b"], [A, B]]))


def test_numeric_cells_of_more_than_15_digits_are_refused(workbook):
    with pytest.raises(
        RoundedIdsError, match=r"2 ids have been rounded .*: row 3, row 4\. .*format the column as text"
    ):
        read(workbook([["emailId"], [123_456_789_012_345], [int(A)], [1_234_567_890_123_456]]))


def test_an_empty_workbook_has_no_ids_and_that_is_told(workbook):
    for data in (workbook([]), workbook([], []), workbook([["emailId", "a"]])):
        ids = read(data)
        assert ids.given == 0
        assert ids.notices[-1].startswith("There is no email id in ")


def test_an_error_in_a_cell_is_no_id():
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_column(0, 0, ["emailId", A])
        sheet.write_column(0, 1, ["name", "x"])
        sheet.write_formula(2, 0, "=NA()", None, "#N/A")
        sheet.write(2, 1, "y")
    ids = read(file.getvalue())
    assert (ids.ids, ids.given) == ([A], 2)


def test_a_chart_in_a_sheet_of_its_own_does_no_harm():
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        book.add_worksheet("Data").write_column(0, 0, ["emailId", A])
        chart = book.add_chart({"type": "line"})
        chart.add_series({"values": "=Data!$A$2:$A$2"})
        book.add_chartsheet("Chart").set_chart(chart)
    assert read(file.getvalue()).ids == [A]


@pytest.mark.parametrize("begin", [b"PK\x03\x04", b"\xd0\xcf\x11\xe0"])
def test_a_damaged_or_protected_file_is_refused_and_says_what_to_do(begin, workbook):
    for data in (begin + b"\0" * 2_000, begin, begin + workbook([["emailId"], [A]])[4:-200]):
        with pytest.raises(IdsError, match=r"ids\.xlsx cannot be read .* protected by a password: save it in Excel"):
            read(data)
