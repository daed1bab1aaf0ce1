"""The columns of records that a caller names: there, one of a kind, and fit to group by; of a frame or of parts."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from .errors import EmailrcdError
from .parts import Parts
from .records import STATUSES


def frames_of(records: pd.DataFrame | Parts, columns: Sequence[str]) -> Iterator[pd.DataFrame]:
    """Yield the frame itself, or of each part one with these columns at least."""
    return records.frames(columns) if isinstance(records, Parts) else iter((records,))


def check(records: pd.DataFrame | Parts) -> None:
    """Refuse what is no records frame; parts have been looked at when they were opened."""
    if isinstance(records, Parts):
        return
    for name in ("email_id", "status", "to_address", "submitted_at_estimated"):
        if name not in records.columns:
            raise EmailrcdError(
                f"This is no records frame: it has no column {name}. Client.query and read_records give one."
            )
    if not records["status"].isin(STATUSES).all():
        raise EmailrcdError(
            f"This is no records frame: its column status holds other words than {', '.join(STATUSES)}. "
            "Client.query and read_records give one."
        )


def check_column(records: pd.DataFrame | Parts, name: object) -> None:
    """Refuse the name of a column that is not there, and name those that are."""
    if name not in records.columns:
        near = difflib.get_close_matches(str(name), [str(column) for column in records.columns], 1)
        guess = f" Did you mean {near[0]!r}?" if near else ""
        raise EmailrcdError(f"There is no column {name!r}.{guess} There are {', '.join(map(str, records.columns))}.")
    if (records.columns == name).sum() > 1:
        raise EmailrcdError(f"There are several columns {name!r}. Rename the one you mean, then name it.")


def groupable(values: pd.Series[Any]) -> pd.Series[Any]:
    """Make values of mixed kinds (lists, numbers and text in one column) texts, so that they can be told apart and sorted."""
    if values.dtype != object:
        return values
    return values.astype("str").where(values.notna())
