"""Rows of cells become a table with named columns: which row is the header, what stands above and below."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd

from ..wording import counted, distinct, quoted
from .cells import bare, is_empty
from .table import Landmarks

_TITLE_ROWS = 40


class Head(NamedTuple):
    """The place of the first row of a table, its column names if a row holds them, and the titles that stand above."""

    first: int
    names: list[str] | None
    titles: list[str]


class Grid(NamedTuple):
    """A table of cells under names, the number of each of its rows, and what is to be told."""

    frame: pd.DataFrame
    numbers: list[int]
    notices: list[str]


def head_of(rows: Sequence[Sequence[Any]], landmarks: Landmarks) -> Head:
    """Find the header: the row that names a column looked for, else the first that is as wide as the rows with values."""
    filled = [place for place, row in enumerate(rows[:_TITLE_ROWS]) if not all(map(is_empty, row))]
    if not filled:
        return Head(0, None, [])
    valued = next((each for each in filled if any(map(landmarks.is_value, rows[each]))), None)
    above = filled if valued is None else filled[: filled.index(valued)]
    place = next((each for each in above if any(map(landmarks.is_name, rows[each]))), None)
    if place is None:
        if not above:
            return Head(filled[0], None, [])
        place = above[0] if valued is None else _heading(rows, above, _width(rows[valued]))
    titles = [" ".join(str(cell) for cell in rows[above] if not is_empty(cell)) for above in filled if above < place]
    return Head(place + 1, ["" if is_empty(cell) else str(cell) for cell in rows[place]], titles)


def gridded(rows: Sequence[Sequence[Any]], numbers: Sequence[int], landmarks: Landmarks) -> Grid:
    """Return the table that `rows` hold, each of which bears a number."""
    filled = [(number, row) for number, row in zip(numbers, rows, strict=False) if any(map(_is_filled, row))]
    numbers, rows = [number for number, _ in filled], [row for _, row in filled]
    head = head_of(rows, landmarks)
    below, header = rows[head.first :], dict(enumerate(head.names or ()))
    # Only these columns: a sheet may have one cell, and thousands of empty columns before it.
    with_cells = {place for row in below for place, cell in enumerate(row) if _is_filled(cell)}
    used = sorted(with_cells | {place for place, name in header.items() if name})
    columns = [[row[place] if place < len(row) else None for row in below] for place in used]
    names = column_names({place: header.get(place, "") for place in used})
    frame = pd.DataFrame({name: pd.Series(cells, dtype=object) for name, cells in zip(names, columns, strict=True)})
    return Grid(frame, numbers[head.first :], titles_told(head.titles))


def titles_told(titles: Sequence[str]) -> list[str]:
    """Say which lines above the header were left out."""
    if not titles:
        return []
    were = counted(len(titles), "line above the header was", "lines above the header were")
    return [f"{were} left out, the first of them {quoted(titles[0])!r}."]


def column_names(header: Mapping[int, str]) -> list[str]:
    """Return names that differ for columns: those of a header or, where there is none, their places."""
    return distinct(bare(name) or f"column {place + 1}" for place, name in header.items())


def _heading(rows: Sequence[Sequence[Any]], above: Sequence[int], width: int) -> int:
    """Return the first of the rows above the values that names each of their columns, else the first that is as wide."""
    wide = [place for place in above if len(rows[place]) >= width]
    full = [place for place in wide if not any(map(is_empty, rows[place][:width]))]
    return (full or wide or list(above))[0]


def _is_filled(cell: Any) -> bool:
    return cell is not None and cell != ""


def _width(row: Sequence[Any]) -> int:
    """Return how many cells a row has without empty ones at its end."""
    return max((place for place, cell in enumerate(row, 1) if not is_empty(cell)), default=0)
