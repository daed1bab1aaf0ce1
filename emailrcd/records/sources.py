"""Ids out of anything a user has, also out of an earlier answer: the columns of that are dropped."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial

from .. import ids
from .frame import COLUMNS

_OF_RECORDS = {"email_id", "status", "queried_at"}


def _pinned(names: Collection[str]) -> Collection[str]:
    """Return the names that an earlier answer has put into a table, if it is one."""
    return [name for name in COLUMNS if name != "email_id"] if set(names) >= _OF_RECORDS else ()


take = partial(ids.take, pinned=_pinned)
take_bytes = partial(ids.take_bytes, pinned=_pinned)
in_blocks = partial(ids.in_blocks, pinned=_pinned)
