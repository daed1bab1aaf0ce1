"""Workbooks: xlsx, xlsm, xls and ods – which sheet is meant, merged cells, formulas without a value."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any, NamedTuple

from ..errors import AmbiguousSheetError, IdsError
from ..wording import counted, listed, quoted
from .grid import Grid, gridded
from .table import Block, Landmarks, Table, numbered
from .workbook_scan import scan, unreadable

Sheet = str | Sequence[str] | None
"""The name of a sheet, or of several; None: the one that holds what is looked for."""


class NotComputed:
    """What stands in a cell with a formula that no program has computed yet."""

    def __repr__(self) -> str:
        return "a formula that was never computed"


class Candidate(NamedTuple):
    """A table of several in a file, one of which is meant."""

    title: str
    grid: Grid
    is_hidden: bool = False


def workbook_tables(data: bytes, name: str, landmarks: Landmarks, sheet: Sheet = None) -> list[Table]:
    """Return the table of a workbook, or those of the sheets that were named.

    Raises
    ------
    IdsError
        It cannot be read, or several sheets could be meant.
    """
    scanned = scan(data, name)
    candidates = []
    for title, is_hidden, rows, merged in _sheets(data, name):
        _fill_merged(rows, merged)
        for row, column in scanned.not_computed.get(title, ()):
            if row < len(rows):
                rows[row].extend([""] * (column + 1 - len(rows[row])))
                rows[row][column] = NotComputed()
        grid = gridded(rows, range(1, len(rows) + 1), landmarks)
        if len(grid.frame.columns):
            candidates.append(Candidate(title, grid, is_hidden))
    if not candidates:
        return [Table(name)]
    tables = []
    picked = chosen(candidates, name, landmarks, sheet)
    for title, grid, is_hidden in picked:
        where = f"sheet {quoted(title)!r} of {name}"
        table = Table(where, lambda grid=grid: iter([Block(grid.frame, numbered(grid.numbers))]), list(grid.notices))  # type: ignore[misc]
        table.is_spreadsheet = True
        if is_hidden:
            table.tell(f"The ids were taken from the hidden sheet {quoted(title)!r}.")
        cells = scanned.not_computed.get(title, set())
        if cells:
            at = sorted({row for row, _ in cells})
            places = listed((f"row {row + 1:,}" for row in at), len(at))
            were = counted(len(cells), "formula was", "formulas were")
            table.tell(
                f"In {where} {were} never computed ({places}): such a cell counts as empty. Open the file in Excel and save it."
            )
        if scanned.has_merged:
            table.tell("Cells are merged over several rows: what they hold counts for the first of these rows only.")
        tables.append(table)
    for title in _left_out(candidates, picked, landmarks) if sheet is None else ():
        tables[0].tell(f"Sheet {title} was left out, and could hold ids, too: sheet= takes it, or several in a list.")
    return tables


def _left_out(candidates: Sequence[Candidate], picked: Sequence[Candidate], landmarks: Landmarks) -> list[str]:
    """Return the names of sheets that were not chosen, though the reason to look for ids in them is as good."""
    titles = {each.title for each in picked}
    ranks = {each.title: landmarks.rank(each.grid.frame) for each in candidates}
    as_good = {ranks[title] for title in titles} - {None}
    return [_titled(each) for each in candidates if each.title not in titles and ranks[each.title] in as_good]


def _titled(candidate: Candidate) -> str:
    return repr(quoted(candidate.title)) + (" (hidden)" if candidate.is_hidden else "")


def chosen(candidates: Sequence[Candidate], name: str, landmarks: Landmarks, sheet: Sheet = None) -> list[Candidate]:
    """Return the candidates that were named, else the one with the best reason to be meant; visible ones come first.

    Raises
    ------
    IdsError
        There is no sheet of that name, or several could be meant.
    """
    if sheet is not None:
        return [_named(each, candidates, name) for each in ([sheet] if isinstance(sheet, str | int) else sheet)]
    if len(candidates) <= 1:
        return list(candidates)
    ranked = [(rank, each) for each in candidates if (rank := landmarks.rank(each.grid.frame)) is not None]
    best = [each for rank, each in ranked if rank == min(rank for rank, _ in ranked)]
    best = [each for each in best if not each.is_hidden] or best
    if len(best) == 1:
        return best
    titles = ", ".join(map(_titled, best or candidates))
    problem = "Several sheets" if best else "None of the sheets"
    verb = "could hold" if best else "is known to hold"
    remedy = f"Name the one you mean with sheet={quoted((best or candidates)[0].title)!r}, or several in a list."
    raise AmbiguousSheetError(
        f"{problem} of {name} {verb} the email ids: {titles}. {remedy}",
        [each.title for each in best or candidates],
    )


def _named(sheet: str, candidates: Sequence[Candidate], name: str) -> Candidate:
    found = [each for each in candidates if each.title == sheet]
    found = found or [each for each in candidates if each.title.strip().lower() == str(sheet).strip().lower()]
    if found:
        return found[0]
    titles = [repr(quoted(each.title)) for each in candidates]
    raise IdsError(
        f"There is no sheet {quoted(sheet)!r} with anything in it in {name}; it has {listed(titles, len(titles))}."
    )


def _sheets(data: bytes, name: str) -> list[tuple[str, bool, list[list[Any]], list[Any]]]:
    """Return of every sheet its name, whether it is hidden, its rows from the first row and column on, and its merged cells."""
    from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        found = []
        for metadata in book.sheets_metadata:
            if metadata.typ == SheetTypeEnum.WorkSheet:
                sheet = book.get_sheet_by_name(metadata.name)
                is_hidden = metadata.visible != SheetVisibleEnum.Visible
                found.append(
                    (metadata.name, is_hidden, sheet.to_python(skip_empty_area=False), sheet.merged_cell_ranges or [])
                )
        return found
    except BaseException as exc:
        if isinstance(exc, KeyboardInterrupt | SystemExit):
            raise
        problem = type(exc).__name__
    raise unreadable(name, problem)


def _fill_merged(rows: list[list[Any]], merged: Sequence[tuple[tuple[int, int], tuple[int, int]]]) -> None:
    """Let what cells hold that are merged over several rows count for each of them."""
    for (top, left), (bottom, right) in merged:
        if top < len(rows) and left < len(rows[top]):
            value = rows[top][left]
            for row in rows[top + 1 : bottom + 1]:
                row[left : right + 1] = [value] * len(row[left : right + 1])
