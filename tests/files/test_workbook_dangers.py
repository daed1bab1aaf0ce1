"""Workbooks that lie, that are not finished, or that have more in them than meets the eye."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from contextlib import suppress

import pandas as pd
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from emailrcd.errors import AmbiguousSheetError, IdsError
from emailrcd.ids import take_bytes

IDS = [f"22080311123410{n:05}" for n in range(1, 20, 2)]


def book(fill: Callable[[xlsxwriter.Workbook], object]) -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as made:
        fill(made)
    return file.getvalue()


def edited(
    data: bytes, member: str, edit: Callable[[str], str], rename: Callable[[str], str] = lambda name: name
) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as before, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as after:
        for name in before.namelist():
            text = before.read(name)
            after.writestr(rename(name), edit(text.decode()) if name.endswith(member) else text)
    return file.getvalue()


def to_the_last_cell(sheet: str) -> str:
    return sheet.replace('r="B4"', 'r="XFD1048576"').replace(" xmlns=", ' xmlns:x="urn:x" xmlns=')


def with_ids(made: xlsxwriter.Workbook, name: str | None = None) -> xlsxwriter.worksheet.Worksheet:
    sheet = made.add_worksheet(name)
    sheet.write_row(0, 0, ["emailId", "c"])
    for row, email_id in enumerate(IDS, 1):
        sheet.write_row(row, 0, [email_id, "x"])
    return sheet


def test_a_cell_far_away_is_named_before_the_sheet_fills_the_memory():
    for row, column in ((1_048_575, 16_383), (5_000, 16_383), (1_048_575, 40)):
        data = book(lambda made, at=(row, column): with_ids(made).write(*at, "z"))
        with pytest.raises(IdsError, match=rf"'Sheet1' of a\.xlsx has cells far away .*row {row + 1:,}.*Ctrl\+End"):
            take_bytes(data, "a.xlsx")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (r"<(/?)(worksheet|sheetData|row|c|v)(?=[ >/])", r"<\1x:\2"),
        ('"', "'"),
        ('<c r="', '<c r = "'),
        ("XFD1048576", "xfd1048576"),
        ("XFD1048576", "&#88;FD1048576"),
    ],
)
def test_a_cell_far_away_is_found_however_the_sheet_is_written(old, new):
    data = edited(book(with_ids), "sheet1.xml", lambda text: re.sub(old, new, to_the_last_cell(text)))
    with pytest.raises(IdsError, match=r"'Sheet1' of a\.xlsx has cells far away .*row 1,048,576, column 16,384"):
        take_bytes(data, "a.xlsx")


def test_a_cell_far_away_is_found_in_a_sheet_of_any_name():
    data = edited(book(with_ids), "sheet1.xml", to_the_last_cell, lambda name: name.replace("sheet1", "SHEET1"))
    with pytest.raises(IdsError, match=r"'Sheet1' of a\.xlsx has cells far away"):
        take_bytes(data, "a.xlsx")


def test_sheets_that_are_not_so_large_alone_may_be_so_together():
    data = book(lambda made: [with_ids(made, name) for name in "abc"])
    for sheet in ("sheet1.xml", "sheet2.xml", "sheet3.xml"):
        data = edited(data, sheet, lambda text: text.replace('r="B4"', 'r="C1048576"'))
    with pytest.raises(IdsError, match=r"'b' of a\.xlsx has cells far away"):
        take_bytes(data, "a.xlsx")


def test_a_sheet_that_is_not_quite_xml_is_refused():
    for spoilt in (lambda text: " " + text, lambda text: text.replace("</row>", "", 1), lambda text: text[:-9]):
        with pytest.raises(IdsError, match="cannot be read as an Excel file"):
            take_bytes(edited(book(with_ids), "sheet1.xml", spoilt), "a.xlsx")


@pytest.mark.slow
@given(st.lists(st.tuples(st.integers(0, 99_999), st.integers(0, 255)), min_size=1, max_size=3))
def test_a_workbook_with_any_damage_is_read_or_refused(changes):
    damaged = bytearray(book(with_ids))
    for place, value in changes:
        damaged[place % len(damaged)] = value
    with suppress(IdsError):
        take_bytes(bytes(damaged), "a.xlsx")


@pytest.mark.slow
@pytest.mark.parametrize("member", ["sheet1.xml", "workbook.xml", "workbook.xml.rels", "sharedStrings.xml"])
@given(st.integers(0, 99_999), st.characters(min_codepoint=32, max_codepoint=126))
def test_a_workbook_with_any_damage_in_its_xml_is_read_or_refused(member, place, sign):
    def edit(text: str) -> str:
        return text[: place % len(text)] + sign + text[place % len(text) + 1 :]

    with suppress(IdsError):
        take_bytes(edited(book(with_ids), member, edit), "a.xlsx")


def test_a_cell_that_is_not_so_far_away_costs_nothing():
    ids = take_bytes(book(lambda made: with_ids(made).write(0, 16_383, "z")), "a.xlsx")
    assert ids.ids == IDS
    assert list(ids.context) == ["c", "z"]


def test_a_format_without_a_cell_is_not_far_away():
    def fill(made):
        sheet = with_ids(made)
        sheet.write_blank(1_048_575, 16_383, None, made.add_format({"bold": True}))

    assert take_bytes(book(fill), "a.xlsx").ids == IDS


def test_a_count_of_texts_that_lies_is_refused_and_a_size_that_lies_does_no_harm():
    data = book(with_ids)
    lying = edited(
        data, "sharedStrings.xml", lambda text: re.sub(r'uniqueCount="\d+"', 'uniqueCount="4000000000"', text)
    )
    with pytest.raises(IdsError, match="damaged: it announces more texts than it can hold"):
        take_bytes(lying, "a.xlsx")
    lying = edited(
        data, "sheet1.xml", lambda text: re.sub(r'<dimension ref="[^"]*"', '<dimension ref="A1:XFD1048576"', text)
    )
    assert take_bytes(lying, "a.xlsx").ids == IDS


def test_cells_of_an_open_document_that_are_repeated_beyond_reason_are_refused():
    row = '<table:table-row table:number-rows-repeated="{}">{}</table:table-row>'
    cell = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'
    start = (
        '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
        'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
        'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>'
        '<table:table table:name="S">'
    )
    end = "</table:table></office:spreadsheet></office:body></office:document-content>"
    rows = [row.format(1, cell.format(text)) for text in ("emailId", IDS[0])]
    blank = row.format(1_048_000, '<table:table-cell table:number-columns-repeated="1024"/>')
    far = row.format(1, '<table:table-cell table:number-columns-repeated="1000"/>' + cell.format("z"))

    def opened(*parts: str) -> bytes:
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
            archive.writestr("content.xml", start + "".join(parts) + end)
            archive.writestr("META-INF/manifest.xml", "<manifest/>")
        return file.getvalue()

    assert take_bytes(opened(*rows, blank), "a.ods").ids == [IDS[0]]
    with pytest.raises(IdsError, match=r"a\.ods has cells far away"):
        take_bytes(opened(*rows, blank, far), "a.ods")


def test_formulas_that_were_never_computed_are_named_as_such():
    def fill(made):
        sheet = made.add_worksheet()
        sheet.write_row(0, 0, ["emailId", "c"])
        for row, email_id in enumerate(IDS, 1):
            sheet.write_formula(row, 0, f'="{email_id}"')
            sheet.write(row, 1, "x")

    for data in (book(fill), edited(book(fill), "sheet1.xml", lambda text: re.sub("</f><v>0</v>", "</f>", text))):
        ids = take_bytes(data, "a.xlsx")
        assert "10 formulas were never computed (row 2, row 3, row 4 and 7 more)" in ids.notices[0]
        with pytest.raises(IdsError, match="a formula that was never computed: open the file in Excel"):
            ids.check()


def test_a_merged_cell_counts_for_all_its_rows():
    def fill(made):
        sheet = made.add_worksheet()
        sheet.merge_range(0, 0, 0, 1, "Report")
        sheet.write_row(1, 0, ["campaign", "emailId"])
        sheet.merge_range(2, 0, 6, 0, "autumn")
        sheet.merge_range(7, 0, 11, 0, "winter")
        sheet.write_column(2, 1, IDS)

    ids = take_bytes(book(fill), "a.xlsx")
    assert ids.ids == IDS
    assert ids.context["campaign"].tolist() == ["autumn"] * 5 + ["winter"] * 5


def test_a_hidden_sheet_counts_only_where_no_other_will_do_and_that_is_told():
    ids = take_bytes(book(lambda made: (with_ids(made), with_ids(made, "old").hide())), "a.xlsx")
    left_out = "Sheet 'old' (hidden) was left out, and could hold ids, too: sheet= takes it, or several in a list."
    assert (ids.ids, ids.notices) == (IDS, [left_out])
    ids = take_bytes(
        book(lambda made: (made.add_worksheet("notes").write(0, 0, "x"), with_ids(made, "old").hide())), "a.xlsx"
    )
    assert (ids.ids, ids.notices) == (IDS, ["The ids were taken from the hidden sheet 'old'."])


def test_sheets_are_chosen_by_their_names():
    def fill(made):
        for name, email_id in zip(("Nov 1", "Nov 2", "Nov 3"), IDS, strict=False):
            made.add_worksheet(name).write_column(0, 0, ["emailId", email_id])

    data = book(fill)
    with pytest.raises(AmbiguousSheetError, match="'Nov 1', 'Nov 2', 'Nov 3'") as caught:
        take_bytes(data, "a.xlsx")
    assert caught.value.candidates == ("Nov 1", "Nov 2", "Nov 3")
    assert take_bytes(data, "a.xlsx", sheet="nov 2").ids == IDS[1:2]
    assert take_bytes(data, "a.xlsx", sheet=["Nov 1", "Nov 3"]).ids == [IDS[0], IDS[2]]
    with pytest.raises(IdsError, match=r"There is no sheet 'Dec' .* it has 'Nov 1', 'Nov 2', 'Nov 3'"):
        take_bytes(data, "a.xlsx", sheet="Dec")
    with pytest.raises(IdsError, match="There is no sheet '0'"):
        take_bytes(data, "a.xlsx", sheet=0)


@pytest.mark.parametrize("serial", [0, -1, 0.25, 3e6, 1e300])
def test_a_date_that_is_none_is_no_time(serial):
    def fill(made):
        sheet = made.add_worksheet()
        sheet.write_row(0, 0, ["emailId", "sent"])
        date = made.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        for row, email_id in enumerate(IDS, 1):
            sheet.write(row, 0, email_id)
            sheet.write_number(row, 1, serial if row == 4 else 46327.5, date)

    times = take_bytes(book(fill), "a.xlsx").context["sent"]
    assert times.isna().tolist() == [row == 3 for row in range(10)]
    assert set(times.dropna()) == {pd.Timestamp("2026-11-01 12:00")}
