"""JSON: replies, callbacks, exports of databases, lists – the objects in them that hold what is looked for, as rows."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any, TypeGuard

import pandas as pd

from ..errors import IdsError
from .ends import tell_cut
from .grid import gridded
from .table import Block, Landmarks, Table, in_batches, numbered


def parsed(text: str) -> Any:
    """Return the value of a JSON text.

    Raises
    ------
    ValueError
        It is not JSON; the message tells why.
    """
    try:
        return json.loads(text, parse_constant=_refused)
    except json.JSONDecodeError as exc:
        raise ValueError(f"{exc.msg} in line {exc.lineno}") from None
    except RecursionError:
        raise ValueError("nested too deeply") from None


def is_json_lines(begin: str) -> bool:
    r"""Tell whether a file that begins so has a JSON value in each of several lines.

    Examples
    --------
    >>> is_json_lines('{"emailId": "2208031112341000001"}\n{"emailId"'), is_json_lines('[\n"2208031112341000001"]')
    (True, False)
    """
    first, *others = [line for line in begin.split("\n") if line.strip()][:2] or [""]
    try:
        parsed(first)
    except ValueError:
        return False
    return bool(others) and first[0] in "{[" and others[0].lstrip()[:1] in ("{", "[")


def json_line_blocks(table: Table, lines: Iterable[str], landmarks: Landmarks) -> Iterator[Block]:
    """Yield the rows of a text with a JSON value in each line.

    Raises
    ------
    IdsError
        One is not JSON.
    """
    above = 0
    values: list[Any] = []
    for drawn in in_batches(filter(str.strip, lines)):
        values = []
        for line in drawn:
            try:
                values.append(parsed(line.strip("\ufeff")))
            except ValueError:
                raise IdsError(
                    f"Entry {above + len(values) + 1:,} of {table.name} cannot be read as JSON, unlike the first: the file may "
                    "be damaged or cut off. Put one JSON value in each line."
                ) from None
        if values:
            yield from json_blocks(table, values, landmarks, above)
        above += len(values)
    # An object that is cut is not JSON; a number may be.
    if values and isinstance(values[-1], int):
        tell_cut(table, values, landmarks)


def json_blocks(table: Table, value: Any, landmarks: Landmarks, above: int = 0) -> Iterator[Block]:
    """Yield the rows of a JSON value: of a list of entries, or of the objects that hold what is looked for.

    Raises
    ------
    IdsError
        There is nothing in it that is looked for, and no place for it.
    """
    value = _spread(value)
    if is_plain_list(value):
        table.is_list = True
        yield _block(pd.DataFrame({"entries": pd.Series(value, dtype=object)}), above)
        return
    if _is_grid(value):
        grid = gridded(value, range(1, len(value) + 1), landmarks)
        yield Block(grid.frame, numbered([above + number for number in grid.numbers], "item"))
        return
    rows = _rows(value, landmarks)
    if not rows and isinstance(value, list) and all(isinstance(item, Mapping) for item in value):
        rows = value
    if rows:
        keys = dict.fromkeys(key for row in rows for key in row)
        columns = {key: pd.Series([row.get(key) for row in rows], dtype=object) for key in keys}
        yield _block(pd.DataFrame(columns), above)
    elif not _is_empty_reply(value, landmarks):
        raise IdsError(
            f"No email ids were found in {table.name}: neither a list of ids nor, at any depth, an object with emailId "
            "(or email_id, mailId). Give the vendor's reply as it came, or a list of ids."
        )


def is_plain_list(value: object) -> TypeGuard[list[Any]]:
    """Tell whether `value` is a list with neither objects nor lists in it, and not one of rows."""
    if not isinstance(value, list):
        return False
    kinds = set(map(type, value))
    return not any(issubclass(kind, Mapping | list) for kind in kinds) and not (
        kinds and all(issubclass(kind, tuple) for kind in kinds)
    )


def _block(frame: pd.DataFrame, above: int) -> Block:
    return Block(frame, lambda row: f"item {above + row + 1:,}")


def _rows(value: object, landmarks: Landmarks) -> list[Mapping[str, Any]]:
    """Return the objects that hold a value, and those that stand in a list with one, in their order."""
    if isinstance(value, str):
        return _rows(_spread(_within(value)), landmarks)
    if isinstance(value, Mapping):
        key = next((key for key in value if landmarks.is_name(key)), None)
        if key is None:
            key = next((k for k in value if _is_list_name(k) and is_plain_list(value[k])), None)
        if key is None:
            return [row for inner in value.values() for row in _rows(inner, landmarks)]
        return _columns(value, key, landmarks)
    if isinstance(value, list):
        found = [_rows(item, landmarks) for item in value]
        if any(rows and rows[0] is item for rows, item in zip(found, value, strict=True)):
            # An object without a value among others that have one is a row with an empty one, to be refused and not lost.
            return [row for rows, item in zip(found, value, strict=True) for row in rows or [_row(item)]]
        return [row for rows in found for row in rows]
    return []


def _row(item: object) -> Mapping[str, Any]:
    return item if isinstance(item, Mapping) else {"emailId": item}


def _columns(value: Mapping[str, Any], key: str, landmarks: Landmarks) -> list[Mapping[str, Any]]:
    """Return the rows of an object that holds its values in lists of equal length, or in one text."""
    values = value[key]
    name = key if landmarks.is_name(key) else "emailId"
    if isinstance(values, str) and "," in values:
        return [{name: each.strip()} for each in values.split(",")]
    if isinstance(values, Mapping):
        lists = {k: [v.get(label) for label in values] for k, v in value.items() if isinstance(v, Mapping)}
    elif isinstance(values, list):
        lists = {k: v for k, v in value.items() if isinstance(v, list) and len(v) == len(values)}
    else:
        return [value]
    return [{name if k == key else k: items[n] for k, items in lists.items()} for n in range(len(values))]


def _spread(value: Any) -> Any:
    """Return a JSON value with what databases wrap single values in taken off, and tuples and split tables as lists."""
    if isinstance(value, Mapping):
        if len(value) == 1 and (key := next(iter(value))) and str(key).startswith("$"):
            return value[key]
        if isinstance(value.get("columns"), list) and _is_grid(value.get("data")):
            return [value["columns"], *value["data"]]
        return {key: _spread(inner) for key, inner in value.items()}
    return [_spread(item) for item in value] if isinstance(value, list | tuple) else value


def _is_grid(value: object) -> TypeGuard[list[list[Any]]]:
    """Tell whether `value` is a list of rows of single cells."""
    return isinstance(value, list) and bool(value) and all(bool(row) and is_plain_list(row) for row in value)


def _within(text: str) -> Any:
    """Return the JSON that a text holds, as queues wrap it; None if it holds none."""
    with suppress(ValueError):
        return parsed(text) if text.lstrip()[:1] in ("{", "[") else None


def _is_list_name(name: object) -> bool:
    return str(name).lower() == "ids"


def _is_empty_reply(value: object, landmarks: Landmarks) -> bool:
    """Tell whether `value` is a place for values with none in it: no data is not an error."""
    if isinstance(value, Mapping):
        return any(
            (landmarks.is_name(key) or key == "array" or _is_list_name(key)) and value[key] == [] for key in value
        )
    return value == []


def _refused(word: str) -> Any:
    raise ValueError(f"{word} is not JSON")
