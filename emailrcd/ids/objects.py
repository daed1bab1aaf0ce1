"""JSON: replies of the vendor's sending endpoints, callbacks, lists of ids, lists of objects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeGuard

import pandas as pd

from ..errors import IdsError
from .id_column import is_id_name, normal
from .model import Ids
from .tables import from_entries, from_table

_LIST_NAMES = frozenset({"ids"})
_NAME = "this JSON"


def from_json(value: object, column: str | None = None, above: int = 0) -> Ids:
    """Return the ids of a JSON value: a list of ids, or objects with an ``emailId`` at any depth.

    Parameters
    ----------
    value : object
        As `json.loads` returns it.
    column : str, optional
        The name of the id column, as the user gave it.
    above : int
        Items before the first one, which messages count, too.

    Raises
    ------
    IdsError
        There is none in it.

    Examples
    --------
    >>> from_json({"status": "0", "array": [{"emailId": "2208031112341000001", "toAddress": "123@qq.com"}]}).ids
    ['2208031112341000001']
    """

    def where(place: int) -> str:
        return f"item {above + place + 1:,}"

    if isinstance(value, list) and value and all(isinstance(item, list) and len(item) == 1 for item in value):
        value = [item[0] for item in value]
    if is_plain_list(value):
        return from_entries(value, where)
    rows = _rows(value, column)
    if not rows and isinstance(value, list) and all(isinstance(item, Mapping) for item in value):
        rows = value
    if not rows and not _is_empty_reply(value):
        raise IdsError(
            "No email ids were found in this JSON: neither a list of ids nor, at any depth, an object with emailId "
            "(or email_id, mailId). Give the vendor's reply as it came, or a list of ids."
        )
    if not rows:
        return Ids([], 0)
    frame = pd.DataFrame(
        {key: pd.Series([row.get(key) for row in rows], dtype=object) for key in _keys(rows)},
    )
    return from_table(frame, where, name=_NAME, column=column)


def _rows(value: object, column: str | None) -> list[Mapping[str, Any]]:
    """Return the objects that hold an id, and those that stand in a list with one, in their order."""
    if isinstance(value, Mapping):
        key = next((key for key in value if is_id_name(key) or (column is not None and key == column)), None)
        if key is None:
            key = next((k for k in value if normal(k) in _LIST_NAMES and is_plain_list(value[k])), None)
        if key is None:
            return [row for inner in value.values() for row in _rows(inner, column)]
        return _columns(value, key) if isinstance(value[key], list) else [value]
    if isinstance(value, list):
        found = [_rows(item, column) for item in value]
        if any(rows and rows[0] is item for rows, item in zip(found, value, strict=True)):
            # An object without an id among others that have one is a row with an empty id, to be refused and not lost.
            return [row for rows, item in zip(found, value, strict=True) for row in rows or [_row(item)]]
        return [row for rows in found for row in rows]
    return []


def _row(item: object) -> Mapping[str, Any]:
    return item if isinstance(item, Mapping) else {"emailId": item}


def _columns(value: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    """Return the rows of an object that holds lists of equal length, the ids among them."""
    length = len(value[key])
    lists = {k: v for k, v in value.items() if isinstance(v, list) and len(v) == length}
    name = key if is_id_name(key) else "emailId"
    return [{name if k == key else k: items[n] for k, items in lists.items()} for n in range(length)]


def _keys(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    return list(dict.fromkeys(key for row in rows for key in row))


def is_plain_list(value: object) -> TypeGuard[list[Any]]:
    """Tell whether `value` is a list with neither objects nor lists in it."""
    return isinstance(value, list) and not any(issubclass(kind, Mapping | list) for kind in set(map(type, value)))


def _is_empty_reply(value: object) -> bool:
    """Tell whether `value` is a place for ids with none in it: no data is no error."""
    if isinstance(value, Mapping):
        return any(
            (is_id_name(key) or key == "array" or normal(key) in _LIST_NAMES) and value[key] == [] for key in value
        )
    return value == []
