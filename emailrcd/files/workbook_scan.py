"""A look into the XML of a workbook before it is read: calamine makes the whole rectangle of a sheet, however large.

One stray cell in the last row and column of Excel would ask for half a terabyte and end the process.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from html import unescape
from typing import IO, NamedTuple

from ..errors import IdsError
from ..wording import quoted

_CHUNK = 1 << 22
_LONGEST_CELL = 1 << 16
_LARGEST = 4 << 30
_SMALL_AREA = 5_000_000
_CELLS_SHARE = 0.05

_SHEET = re.compile(rb'<(?:\w+:)?sheet\s[^>]*?\bname="([^"]*)"[^>]*?\bid="([^"]*)"')
_RELATION = re.compile(rb"<(?:\w+:)?Relationship\s[^>]*>")
_CELL = re.compile(rb'<c r="([A-Z]{1,3})([0-9]{1,7})"(?:[^>]*[^/])?>')
_CELL_OTHERWISE = re.compile(rb'<(?:\w+:)?c\s(?:[^>]*?\s)?r="([A-Z]{1,3})([0-9]{1,7})"(?:[^>]*[^/])?>')
"""As some write it, which takes twice the time to find."""
_FORMULA = re.compile(
    rb'<c\s(?![^>]*\bt="str")(?:[^>]*?\s)?r="([A-Z]{1,3})([0-9]{1,7})"[^>]*>\s*<f(?:\s[^>]*)?(?:/>|>[^<]*</f>)\s*'
    rb"(<v\s*/>|<v>\s*</v>|<v>0</v>)?\s*</c>"
)
_COUNT = re.compile(rb'\b(?:uniqueCount|count)="(\d+)"')
_ODS_TAG = re.compile(rb"<(/?)table:(table|table-row|table-cell|covered-table-cell)(?=[\s/>])([^>]*)>")
_ODS_ROWS = re.compile(rb'number-rows-repeated="(\d+)"')
_ODS_COLUMNS = re.compile(rb'number-columns-repeated="(\d+)"')
_ODS_SPANNED = re.compile(rb'number-rows-spanned="(?!1")\d+"')


class Scan(NamedTuple):
    """What is known of a workbook: its formulas that have no value, by sheet and (row, column); whether cells are merged."""

    not_computed: dict[str, set[tuple[int, int]]]
    has_merged: bool = False


def scan(data: bytes, name: str) -> Scan:
    """Look into a workbook.

    Raises
    ------
    IdsError
        To read it would take more memory than its content is worth.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(member.file_size for member in archive.infolist()) > _LARGEST:
                raise IdsError(f"{name} is too large to be read as a workbook. Save the table in it as CSV UTF-8.")
            members = set(archive.namelist())
            if "content.xml" in members:
                return Scan({}, _check_ods(archive.read("content.xml"), name))
            if "xl/workbook.xml" in members:
                return _scan_xlsx(archive, members, name)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, OSError, EOFError, RuntimeError, NotImplementedError):
        # What is wrong with it is said by who reads it.
        return Scan({})
    return Scan({})


def _scan_xlsx(archive: zipfile.ZipFile, members: set[str], name: str) -> Scan:
    if "xl/sharedStrings.xml" in members:
        with archive.open("xl/sharedStrings.xml") as opened:
            counts = map(int, _COUNT.findall(opened.read(1_000).partition(b"<si")[0]))
        if max(counts, default=0) > archive.getinfo("xl/sharedStrings.xml").file_size:
            raise IdsError(
                f"{name} is damaged: it announces more texts than it can hold. Open it in Excel and save it again."
            )
    book = archive.read("xl/workbook.xml")
    is_recomputed = b'fullCalcOnLoad="1"' in book
    found: dict[str, set[tuple[int, int]]] = {}
    for title, member in _sheet_members(archive, book, members):
        with archive.open(member) as opened:
            found[title] = _check_sheet(opened, title, name, is_recomputed)
    return Scan({title: cells for title, cells in found.items() if cells})


def _sheet_members(archive: zipfile.ZipFile, book: bytes, members: set[str]) -> Iterator[tuple[str, str]]:
    relations = archive.read("xl/_rels/workbook.xml.rels") if "xl/_rels/workbook.xml.rels" in members else b""
    targets: dict[bytes, str] = {}
    for relation in _RELATION.findall(relations):
        found = dict(re.findall(rb'\b(Id|Target)="([^"]*)"', relation))
        targets[found.get(b"Id", b"")] = found.get(b"Target", b"").decode(errors="replace")
    for title, relation in _SHEET.findall(book):
        target = targets.get(relation, "")
        member = target.removeprefix("/") if target.startswith("/") else f"xl/{target}"
        if member in members and "chartsheet" not in member:
            yield unescape(title.decode(errors="replace")), member


def _check_sheet(opened: IO[bytes], title: str, name: str, is_recomputed: bool) -> set[tuple[int, int]]:
    """Refuse a sheet with a cell far from the others; return its formulas without a value."""
    last_row = last_column = cells = 0
    far_column = ""
    not_computed: set[tuple[int, int]] = set()
    rest = b""
    while data := opened.read(_CHUNK):
        data = rest + data
        # Up to the end of the last cell; the one that is cut in two is looked at with what follows.
        end = data.rfind(b"</c>") + len(b"</c>") if b"</c>" in data else max(0, len(data) - _LONGEST_CELL)
        data, rest = data[:end], data[end:][-16 * _LONGEST_CELL :]
        found = _CELL.findall(data) or _CELL_OTHERWISE.findall(data)
        cells += len(found)
        if found:
            widest = max({letters for letters, _ in found}, key=_column)
            lowest = max(map(int, {number for _, number in found}))
            if _column(widest) > last_column:
                last_column, far_column = _column(widest), widest.decode()
            last_row = max(last_row, lowest)
        if last_row * last_column > _SMALL_AREA and cells < _CELLS_SHARE * last_row * last_column:
            raise _far_away(name, f"Sheet {quoted(title)!r}", f"column {far_column}, row {last_row:,}")
        for column, number, value in _FORMULA.findall(data) if b"<f" in data else ():
            if is_recomputed or not value.startswith(b"<v>0"):
                not_computed.add((int(number) - 1, _column(column) - 1))
    return not_computed


def _far_away(name: str, title: str, cells: str) -> IdsError:
    return IdsError(
        f"{title} of {name} has cells far away from its table ({cells}): the sheet between them would fill the memory. Delete "
        "the rows and columns that do not belong to the table (Ctrl+End in Excel goes to the last), save it and try again."
    )


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = 26 * number + letter - 64
    return number


def _check_ods(content: bytes, name: str) -> bool:
    """Refuse a sheet with a cell far from the others; tell whether cells are merged over rows."""
    height = width = cells = row_end = column = 0
    repeated = 1
    for closing, tag, attributes in _ODS_TAG.findall(content):
        if tag == b"table" and not closing:
            height = width = cells = row_end = 0
        elif tag == b"table-row" and not closing:
            repeated = int(found[1]) if (found := _ODS_ROWS.search(attributes)) else 1
            row_end += repeated
            column = 0
        elif not closing and tag != b"table":
            columns = int(found[1]) if (found := _ODS_COLUMNS.search(attributes)) else 1
            column += columns
            if b"value-type=" in attributes:
                cells += 1
                height, width = row_end, max(width, column)
        if height * width > _SMALL_AREA and cells < _CELLS_SHARE * height * width:
            raise _far_away(name, "A sheet", f"column {width:,}, row {height:,}")
    return _ODS_SPANNED.search(content) is not None
