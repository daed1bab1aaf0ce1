"""Ids out of entries and tables, with the columns that stand beside them."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..files.cells import is_empty, is_total
from ..files.workbooks import NotComputed
from ..wording import listed, quoted
from .id_column import choose, is_id_name, normal
from .kinds import unlike
from .model import Ids
from .rounding import looks_rounded, rounded_error, suspicion
from .values import Gathered, Where, gather
from .words import leftover

_EXACT_IN_FLOAT = 2**53
_OF_DATES = {datetime.datetime, datetime.date, datetime.time, datetime.timedelta, int, float}


def from_entries(values: Sequence[Any], where: Where, *, is_text: bool = False) -> Ids:
    """Return the ids among plain entries; words that are not ids are left out of a text.

    Raises
    ------
    RoundedIdsError
        They are rounded.
    """
    return _ids(gather(values, where, leftover=(lambda row: leftover(values[row])) if is_text else None), where)


def from_table(
    frame: pd.DataFrame,
    where: Where,
    *,
    name: str,
    column: str | None = None,
    spreadsheet: bool = False,
    every_row: bool = False,
) -> Ids:
    """Return the ids of a table that was read from a file or text, with a row of context for each, blank rows left out.

    Parameters
    ----------
    frame : DataFrame
        The table as it was read, text and numbers untouched.
    where : callable
        Names a row.
    name : str
        What to call the table in a message.
    column : str, optional
        The name of the id column, as the user gave it.
    spreadsheet : bool
        The values are cells of a spreadsheet.
    every_row : bool
        Keep all rows with an id, and say by `positions` which that is.

    Raises
    ------
    AmbiguousColumnError, RoundedIdsError
        As for `take`.
    """
    place = choose(frame, column, name).place
    values = frame.iloc[:, place].tolist()
    names = set(map(normal, frame.columns))

    def beside(row: int) -> Iterator[Any]:
        return (frame.iat[row, n] for n in range(frame.shape[1]) if n != place)

    def what(row: int) -> str | None:
        if not is_empty(values[row]):
            return leftover(values[row], names)
        cells = [cell for cell in beside(row) if not is_empty(cell)]
        return "a total" if any(isinstance(cell, str) and is_total(cell) for cell in cells) else None if cells else ""

    gathered = gather(values, where, leftover=what, spreadsheet=spreadsheet)
    ids = replace(_ids(gathered, where), column=str(frame.columns[place]))
    rest = frame.iloc[:, [n for n in range(frame.shape[1]) if n != place]]
    positions, rows = _positions(gathered.texts, ids.ids), gathered.places
    if every_row:
        return replace(ids, context=tidy(rest.iloc[rows].reset_index(drop=True)), positions=positions)
    if not rest.shape[1]:
        return ids
    return replace(ids, context=tidy(rest.iloc[rows[_firsts(positions)]].reset_index(drop=True)))


def from_frame(frame: pd.DataFrame, column: str | None = None) -> Ids:
    """Return the ids of a user's DataFrame, which keeps its rows and index.

    Raises
    ------
    AmbiguousColumnError, RoundedIdsError
        As for `take`.
    """
    index = frame.index
    in_index = next((n for n, name in enumerate(index.names) if is_id_name(name)), None)
    if column is None and in_index is not None and not any(map(is_id_name, frame.columns)):
        name, values, rest = index.names[in_index], index.get_level_values(in_index).tolist(), frame
    else:
        place = choose(frame, column, "this DataFrame").place
        name, values = frame.columns[place], frame.iloc[:, place].tolist()
        rest = frame.iloc[:, [n for n in range(frame.shape[1]) if n != place]]

    def where(row: int) -> str:
        return f"index {quoted(index[row])}"

    gathered = gather(values, where)
    ids = _ids(gathered, where)
    return replace(
        ids, context=rest.iloc[gathered.places], positions=_positions(gathered.texts, ids.ids), column=str(name)
    )


def tidy(frame: pd.DataFrame) -> pd.DataFrame:
    """Give columns of cells, which can hold any kind of value, the dtypes they would have in a table.

    Whole numbers become `Int64`, also where a spreadsheet has kept them as floats; empty cells are missing.
    """
    columns = [_tidied(frame.iloc[:, place]) for place in range(frame.shape[1])]
    return pd.concat(columns, axis=1) if columns else frame


def merged(parts: Sequence[Ids]) -> Ids:
    """Return the ids of several tables as those of one: each distinct id where it first appears."""
    if len(parts) == 1:
        return parts[0]
    texts = [email_id for part in parts for email_id in part.ids]
    distinct = list(dict.fromkeys(texts))
    context = None
    if any(part.context is not None for part in parts):
        contexts = [
            pd.DataFrame(index=range(len(part.ids))) if part.context is None else part.context for part in parts
        ]
        rows = _firsts(_positions(texts, distinct))
        context = pd.concat(contexts, ignore_index=True).iloc[rows].reset_index(drop=True)
    return Ids(
        distinct,
        sum(part.given for part in parts),
        sum(part.duplicates for part in parts) + len(texts) - len(distinct),
        [entry for part in parts for entry in part.refused],
        context,
        doubts=[doubt for part in parts for doubt in part.doubts],
        maybe_rounded=list(dict.fromkeys(email_id for part in parts for email_id in part.maybe_rounded)),
        left_out=[entry for part in parts for entry in part.left_out],
        suspects={email_id: where for part in reversed(parts) for email_id, where in part.suspects.items()},
        remarks=list(dict.fromkeys(remark for part in parts for remark in part.remarks)),
        column=parts[0].column if parts else None,
    )


def _ids(gathered: Gathered, where: Where) -> Ids:
    """Make ids of what was gathered, unless they look rounded."""
    texts, places, refused, left_out = gathered
    distinct = list(dict.fromkeys(texts))
    found = suspicion(distinct, len(texts))
    suspicious = _places_of(found.ids, texts, places)
    if found.certain:
        raise rounded_error(suspicious, len(suspicious), where)
    suspects = dict.fromkeys(unlike(distinct), "")
    for place, text in reversed(list(zip(places.tolist(), texts, strict=True)) if suspects else []):
        if text in suspects:
            suspects[text] = where(place)
    return Ids(
        distinct,
        len(texts) + len(refused),
        len(texts) - len(distinct),
        refused,
        doubts=[looks_rounded(len(suspicious), listed(map(where, suspicious), len(suspicious)))] if found.ids else [],
        maybe_rounded=found.ids,
        left_out=left_out,
        suspects=suspects,
    )


def _places_of(ids: Sequence[str], texts: Sequence[str], places: npt.NDArray[np.intp]) -> list[int]:
    if not ids:
        return []
    wanted = set(ids)
    return [place for place, text in zip(places.tolist(), texts, strict=True) if text in wanted]


def _positions(texts: list[str], distinct: list[str]) -> npt.NDArray[np.intp]:
    """Return the place of each text among the distinct ones."""
    return pd.Index(distinct, dtype=object).get_indexer(pd.Index(texts, dtype=object))


def _firsts(positions: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
    """Return where each position appears first."""
    return np.unique(positions, return_index=True)[1]


def _tidied(column: pd.Series[Any]) -> pd.Series[Any]:
    if column.dtype != object:
        return column
    column = column.where(np.fromiter((not _is_missing(value) for value in column), bool, len(column)), None)
    kinds = {type(value) for value in column.dropna()}
    if kinds & {datetime.datetime, datetime.date} and kinds <= _OF_DATES:
        # Day 0 of a spreadsheet, or one beyond its calendar, is not a date: as a mere time of day it would become today's.
        is_date = column.map(lambda value: isinstance(value, datetime.date))
        return pd.to_datetime(column.where(is_date, None)).astype("datetime64[us]")
    if kinds and kinds <= {int, float}:
        numbers = column.dropna()
        if all(float(number).is_integer() and abs(number) < _EXACT_IN_FLOAT for number in numbers):
            return column.astype("Int64")
        if float in kinds:
            return column.astype("float64")
        return column
    if kinds == {str}:
        # JSON may hold halves of characters, such as an emoji cut in two; a column of text cannot.
        return column.map(lambda text: text.encode(errors="replace").decode(), na_action="ignore").astype("str")
    if kinds == {bool}:
        return column.astype("boolean")
    return column


def _is_missing(value: Any) -> bool:
    return value is None or isinstance(value, NotComputed) or (isinstance(value, str) and not value)
