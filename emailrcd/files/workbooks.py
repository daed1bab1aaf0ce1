"""Workbooks: xlsx, xlsm, xls and ods – which sheet is meant, merged cells, formulas without a value."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from functools import partial
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
    is_hidden: bool
    not_computed: list[int]
    """The rows with formulas that have no value, once for each."""


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
        not_computed = _mark_not_computed(rows, scanned.formulas.get(title, ()), scanned.is_recomputed)
        grid = gridded(rows, range(1, len(rows) + 1), landmarks)
        if len(grid.frame.columns):
            candidates.append(Candidate(title, grid, is_hidden, not_computed))
    if not candidates:
        return [Table(name)]
    tables = []
    picked, left_out = _chosen(candidates, name, landmarks, sheet)
    for title, grid, is_hidden, not_computed in picked:
        table = Table(
            f"sheet {quoted(title)!r} of {name}",
            partial(iter, [Block(grid.frame, numbered(grid.numbers))]),
            list(grid.notices),
            is_spreadsheet=True,
        )
        if is_hidden:
            table.tell(f"The ids were taken from the hidden sheet {quoted(title)!r}.")
        if not_computed:
            were = counted(len(not_computed), "formula was", "formulas were")
            places = [f"row {row:,}" for row in sorted(set(not_computed))]
            table.tell(
                f"In {table.name} {were} never computed ({listed(places, len(places))}): such a cell counts as empty. Open the "
                "file in Excel and save it."
            )
        if scanned.has_merged:
            table.tell("Cells are merged over several rows: what they hold counts for the first of these rows only.")
        tables.append(table)
    for each in left_out:
        tables[0].tell(
            f"Sheet {_titled(each)} was left out, and could hold ids, too: sheet= takes it, or several in a list."
        )
    return tables


def _chosen(
    candidates: list[Candidate], name: str, landmarks: Landmarks, sheet: Sheet
) -> tuple[list[Candidate], list[Candidate]]:
    """Return the candidates that were named, else the one with the best reason to be meant, and hidden ones with as good a one.

    Raises
    ------
    IdsError
        There is no sheet of that name, or several could be meant.
    """
    if sheet is not None:
        return [_named(each, candidates, name) for each in ([sheet] if isinstance(sheet, str | int) else sheet)], []
    if len(candidates) == 1:
        return candidates, []
    ranked = [(rank, each) for each in candidates if (rank := landmarks.rank(each.grid.frame)) is not None]
    best = [each for rank, each in ranked if rank == min(rank for rank, _ in ranked)]
    visible = [each for each in best if not each.is_hidden] or best
    if len(visible) == 1:
        return visible, [each for each in best if each is not visible[0]]
    titles = [each.title for each in visible or candidates]
    problem, verb = ("Several sheets", "could hold") if best else ("None of the sheets", "is known to hold")
    raise AmbiguousSheetError(
        f"{problem} of {name} {verb} the email ids: {', '.join(map(_titled, visible or candidates))}. Name the one you mean "
        f"with sheet={quoted(titles[0])!r}, or several in a list.",
        titles,
    )


def _titled(candidate: Candidate) -> str:
    return repr(quoted(candidate.title)) + (" (hidden)" if candidate.is_hidden else "")


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


def _mark_not_computed(rows: list[list[Any]], formulas: Iterable[tuple[int, int]], is_recomputed: bool) -> list[int]:
    """Mark the cells whose formulas have no value, or 0 for Excel to compute it; return the number of the row of each."""
    marked = []
    for row, column in formulas:
        if row < len(rows):
            rows[row].extend([""] * (column + 1 - len(rows[row])))
            if rows[row][column] == "" or (is_recomputed and rows[row][column] == 0):
                rows[row][column] = NotComputed()
                marked.append(row + 1)
    return marked
