"""Excel files: which sheet holds the ids, and where its table begins."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any, NamedTuple

import pandas as pd

from ..errors import AmbiguousColumnError, IdsError
from ..wording import quoted
from .id_column import choose, naming_row
from .model import Ids
from .tables import from_table, named, names_of
from .values import is_empty, looks_like_id

SIGNATURES = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
"""How .xlsx and .xls files begin."""


class _Sheet(NamedTuple):
    name: str
    frame: pd.DataFrame
    first_row: int


def from_workbook(data: bytes, name: str, column: str | None = None) -> Ids:
    """Return the ids of an Excel file; of several sheets, the one that holds them.

    Numbers of more than 15 digits are refused: Excel has rounded them.

    Raises
    ------
    IdsError
        The file cannot be read, several of its sheets hold ids, or the id column cannot be told.
    """
    sheets = [_sheet(title, rows) for title, rows in _rows(data, name) if any(map(_is_filled, rows))]
    if not sheets:
        return Ids([], 0)
    sheet = sheets[0] if len(sheets) == 1 else _with_ids(sheets, name, column)
    where = f"sheet {quoted(sheet.name)!r} of {name}"
    return from_table(
        sheet.frame, lambda row: f"row {sheet.first_row + row}", name=where, column=column, spreadsheet=True
    )


def _rows(data: bytes, name: str) -> list[tuple[str, list[list[Any]]]]:
    """Return the names and rows of all sheets, from the first row and column on."""
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        return [(title, book.get_sheet_by_name(title).to_python(skip_empty_area=False)) for title in book.sheet_names]
    except (CalamineError, ValueError, OSError) as exc:
        problem = f"{type(exc).__name__}"
    raise IdsError(
        f"{name} cannot be read as an Excel file ({problem}). It may be damaged or protected by a password: "
        "save it in Excel as an .xlsx file without a password and try again."
    )


def _sheet(title: str, rows: list[list[Any]]) -> _Sheet:
    """Find the header: a row that names an id column, else the first that is not blank, if it holds no id."""
    first = next(place for place, row in enumerate(rows) if _is_filled(row))
    header = first + (naming_row(rows[first:]) or 0)
    if any(map(looks_like_id, rows[header])):
        frame = pd.DataFrame(rows[header:], dtype=object)
        return _Sheet(title, named(frame, names_of(frame, [])), header + 1)
    frame = pd.DataFrame(rows[header + 1 :], columns=range(len(rows[header])), dtype=object)
    return _Sheet(title, named(frame, names_of(frame, [str(cell) for cell in rows[header]])), header + 2)


def _with_ids(sheets: Sequence[_Sheet], name: str, column: str | None) -> _Sheet:
    """Return the sheet with the best reason to be taken for the one that holds the ids."""
    found = []
    for sheet in sheets:
        try:
            found.append((choose(sheet.frame, column).rule, sheet))
        except AmbiguousColumnError:
            continue
    best = [sheet for rule, sheet in found if rule == min(rule for rule, _ in found)]
    if len(best) == 1:
        return best[0]
    titles = ", ".join(repr(quoted(sheet.name)) for sheet in best or sheets)
    problem = "Several sheets" if best else "None of the sheets"
    verb = "could hold" if best else "is known to hold"
    raise AmbiguousColumnError(
        f"{problem} of {name} {verb} the email ids: {titles}. Save the one you mean as a file of its own, "
        "with the id column named emailId."
    )


def _is_filled(row: Sequence[Any]) -> bool:
    return not all(map(is_empty, row))
