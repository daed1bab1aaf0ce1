"""Ids out of anything a user has, also out of an earlier answer: the columns of that are dropped."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from .. import ids
from ..ids import Ids
from .frame import COLUMNS, are_of_records, zone_in


def take(source: object, column: str | None = None, **settings: Any) -> Ids:
    """Return the ids of anything a user has, as `emailrcd.ids.take`."""
    return _asked_anew(ids.take(source, column, **settings))


def take_bytes(data: bytes, name: str, column: str | None = None, **settings: Any) -> Ids:
    """Return the ids of a file's content, as `emailrcd.ids.take_bytes`."""
    return _asked_anew(ids.take_bytes(data, name, column, **settings))


def in_blocks(source: object, column: str | None = None, **settings: Any) -> Callable[[], Iterator[Ids]]:
    """Return what goes through the ids of `source` a block at a time, as `emailrcd.ids.in_blocks`."""
    blocks = ids.in_blocks(source, column, **settings)
    return lambda: map(_asked_anew, blocks())


def _asked_anew(taken: Ids) -> Ids:
    """Return ids without what an earlier answer has put beside them, if one has."""
    if taken.context is None:
        return taken
    headings = taken.context.columns
    if not are_of_records([taken.column, *headings, *taken.context.index.names]):
        return taken
    own = [place for place, heading in enumerate(headings) if zone_in(str(heading))[0] not in COLUMNS]
    context = taken.context.iloc[:, own]
    return replace(taken, context=context if context.shape[1] or taken.positions is not None else None)
