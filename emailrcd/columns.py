"""The columns of a records frame that a caller names: there, one of a kind, and fit to group by."""

from __future__ import annotations

import difflib
from typing import Any

import pandas as pd

from .errors import EmailrcdError
from .records import STATUSES


def check(records: pd.DataFrame) -> None:
    """Refuse what is no records frame."""
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


def check_column(records: pd.DataFrame, name: object) -> None:
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
