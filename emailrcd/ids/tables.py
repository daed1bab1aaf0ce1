"""Ids out of entries and tables, with the columns that stand beside them."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import count
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..records.frame import COLUMNS
from ..wording import listed, quoted
from .id_column import choose, is_id_name
from .kinds import unlike
from .model import Ids
from .rounding import looks_rounded, rounded_error, suspicion
from .values import Gathered, Where, bare, gather, is_empty

FIRST_KEPT = "Of rows with the same id the first one's columns are kept."
"""The notice about rows with the same id."""

_RECORDS_MARKS = {"email_id", "status", "queried_at"}
_EXACT_IN_FLOAT = 2**53


def from_entries(values: Sequence[Any], where: Where) -> Ids:
    """Return the ids among plain entries.

    Raises
    ------
    RoundedIdsError
        They are rounded.
    """
    return _ids(gather(values, where), where)


def from_table(
    frame: pd.DataFrame, where: Where, *, name: str, column: str | None = None, spreadsheet: bool = False
) -> Ids:
    """Return the ids of a table that was read from a file or text, with a row of context for each.

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

    Raises
    ------
    AmbiguousColumnError, RoundedIdsError
        As for `take`.
    """
    frame = _without_pinned(frame)
    place = choose(frame, column, name).place
    rest = frame.iloc[:, [n for n in range(frame.shape[1]) if n != place]]

    def is_blank(row: int) -> bool:
        return all(is_empty(rest.iat[row, n]) for n in range(rest.shape[1]))

    gathered = gather(frame.iloc[:, place].tolist(), where, is_blank=is_blank, spreadsheet=spreadsheet)
    ids = _ids(gathered, where)
    if ids.duplicates and rest.shape[1]:
        ids.remarks.append(FIRST_KEPT)
    context = None
    if rest.shape[1]:
        rows = gathered.places[_first_places(gathered.texts, ids.ids)]
        context = tidy(rest.iloc[rows].reset_index(drop=True))
    return replace(ids, context=context, column=str(frame.columns[place]))


def from_frame(frame: pd.DataFrame, column: str | None = None) -> Ids:
    """Return the ids of a user's DataFrame, which keeps its rows and index.

    Raises
    ------
    AmbiguousColumnError, RoundedIdsError
        As for `take`.
    """
    own, index = _without_pinned(frame, _index_names(frame)), frame.index
    in_index = next((n for n, name in enumerate(index.names) if is_id_name(name)), None)
    if column is None and in_index is not None and not any(map(is_id_name, own.columns)):
        name, values, rest = index.names[in_index], index.get_level_values(in_index).tolist(), own
    else:
        place = choose(own, column, "this DataFrame").place
        name, values = own.columns[place], own.iloc[:, place].tolist()
        rest = own.iloc[:, [n for n in range(own.shape[1]) if n != place]]

    def where(row: int) -> str:
        return f"index {quoted(index[row])}"

    gathered = gather(values, where)
    ids = _ids(gathered, where)
    return replace(
        ids, context=rest.iloc[gathered.places], positions=_positions(gathered.texts, ids.ids), column=str(name)
    )


def names_of(frame: pd.DataFrame, header: Sequence[str]) -> dict[int, str]:
    """Return names for the places of columns, by `header` or their numbers; not for those without a name and a value."""
    names: dict[int, str] = {}
    for place in range(frame.shape[1]):
        name = bare(header[place]) if header else ""
        if header and not name and all(map(is_empty, frame.iloc[:, place])):
            continue
        name = name or f"column {place + 1}"
        taken = names.values()
        numbered = (f"{name} ({n})" for n in count(2))
        names[place] = name if name not in taken else next(other for other in numbered if other not in taken)
    return names


def named(frame: pd.DataFrame, names: Mapping[int, str]) -> pd.DataFrame:
    """Return the columns at the places that have names, under these."""
    return frame.iloc[:, list(names)].set_axis(list(names.values()), axis=1)


def tidy(frame: pd.DataFrame) -> pd.DataFrame:
    """Give columns of cells, which can hold any kind of value, the dtypes they would have in a table.

    Whole numbers become `Int64`, also where a spreadsheet has kept them as floats; empty cells are missing.
    """
    columns = [_tidied(frame.iloc[:, place]) for place in range(frame.shape[1])]
    return pd.concat(columns, axis=1) if columns else frame


def _ids(gathered: Gathered, where: Where) -> Ids:
    """Make ids of what was gathered, unless they look rounded."""
    texts, places, refused = gathered
    distinct = list(dict.fromkeys(texts))
    duplicates = len(texts) - len(distinct)
    found = suspicion(distinct, len(texts))
    rows: list[int] = []
    if found.ids:
        suspicious = set(found.ids)
        rows = [row for row, text in zip(places.tolist(), texts, strict=True) if text in suspicious]
    if found.certain:
        raise rounded_error(rows, len(rows), where)
    doubts = [looks_rounded(len(rows), listed(map(where, rows), len(rows)))] if found.ids else []
    suspects = dict.fromkeys(unlike(distinct), "")
    if suspects:
        for place, text in zip(reversed(places.tolist()), reversed(texts), strict=True):
            if text in suspects:
                suspects[text] = where(place)
    return Ids(distinct, len(texts) + len(refused), duplicates, refused, doubts=doubts, suspects=suspects)


def _positions(texts: list[str], distinct: list[str]) -> npt.NDArray[np.intp]:
    """Return the place of each text among the distinct ones."""
    if len(texts) == len(distinct):
        return np.arange(len(texts))
    place_of = {text: place for place, text in enumerate(distinct)}
    return np.fromiter((place_of[text] for text in texts), np.intp, len(texts))


def _first_places(texts: list[str], distinct: list[str]) -> npt.NDArray[np.intp]:
    """Return where each distinct text appears first."""
    return np.unique(_positions(texts, distinct), return_index=True)[1]


def _index_names(frame: pd.DataFrame) -> set[str]:
    return {str(name) for name in frame.index.names}


def _without_pinned(frame: pd.DataFrame, index_names: set[str] | None = None) -> pd.DataFrame:
    """Take the columns of an earlier answer out of a records frame that is asked again."""
    # A spreadsheet's header names the zone too: "queried_at (Asia/Shanghai)".
    names = [str(name).split(" (")[0] for name in frame.columns]
    if not {*names, *(index_names or ())} >= _RECORDS_MARKS:
        return frame
    kept = [place for place, name in enumerate(names) if name == "email_id" or name not in COLUMNS]
    return frame.iloc[:, kept]


def _tidied(column: pd.Series[Any]) -> pd.Series[Any]:
    if column.dtype != object:
        return column
    filled = (value is not None and not (isinstance(value, str) and not value) for value in column)
    column = column.where(np.fromiter(filled, bool, len(column)), None)
    kinds = {type(value) for value in column.dropna()}
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
    if kinds and kinds <= {datetime.datetime, datetime.date}:
        return pd.to_datetime(column).astype("datetime64[us]")
    return column
