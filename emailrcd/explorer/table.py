"""Records in the order of one column and in pages. Pure pandas, no widget."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..analysis.rows import cells
from ..errors import EmailrcdError
from ..records.frame import COLUMNS
from .filters import Mask

PAGE_ROWS = (20, 50, 100)
"""How long a page can be."""


class Table:
    """What is shown of the records: sorted once, however they are narrowed down.

    Parameters
    ----------
    records : DataFrame
        All that can be shown.

    Attributes
    ----------
    column : str or None
        The column to sort by; None for the order of the records.
    descending : bool
        Largest first; missing values come last either way.
    names : list of str
        The columns shown.
    page_rows : int
        Records on a page.
    """

    def __init__(self, records: pd.DataFrame) -> None:
        self.records = records
        self.page_rows = PAGE_ROWS[0]
        self.names = in_reading_order(records)
        self._mask = np.ones(len(records), bool)
        self.sort(None, False)

    def like(self, records: pd.DataFrame) -> Table:
        """Return a table of other records in the same order, on pages as long."""
        table = Table(records)
        table.page_rows = self.page_rows
        if self.column in records.columns:
            table.sort(self.column, self.descending)
        if self.names != in_reading_order(self.records):
            table.choose([name for name in self.names if name in records.columns])
        return table

    def narrow(self, mask: Mask) -> None:
        """Show the records only that `mask` is true of."""
        self._mask, self._places = mask, self._order[mask[self._order]]

    def sort(self, column: str | None, descending: bool) -> None:
        """Sort by this column; None for the order of the records."""
        if column is not None and column not in self.records.columns:
            raise EmailrcdError(f"There is no column {column!r} to sort by.")
        self.column: str | None = column
        self.descending = descending
        self._order = np.arange(len(self.records)) if column is None else _order(self.records[column], descending)
        self.narrow(self._mask)

    def choose(self, names: list[str]) -> None:
        """Show these columns, in reading order; the id is always there."""
        self.names = [name for name in in_reading_order(self.records) if name in names or name == "email_id"]

    @property
    def total(self) -> int:
        """How many records are shown."""
        return len(self._places)

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.total // self.page_rows))

    def page(self, number: int, zone: str) -> list[list[str]]:
        """Return the texts of page `number` (from 0), times in `zone`."""
        start = min(max(number, 0), self.pages - 1) * self.page_rows
        rows = self.records.iloc[self._places[start : start + self.page_rows]]
        columns = [cells(rows[name], zone) for name in self.names]
        return [list(row) for row in zip(*columns, strict=True)]

    def in_order(self) -> pd.DataFrame:
        """Return the records shown, in the order shown."""
        return self.records.iloc[self._places]


def _order(values: pd.Series[Any], descending: bool) -> npt.NDArray[np.intp]:
    """Return the positions of values in their order, missing ones last."""
    values = values.reset_index(drop=True)
    if values.dtype == object:
        values = values.astype("str")
    return values.sort_values(ascending=not descending, kind="stable", na_position="last").index.to_numpy(np.intp)


def in_reading_order(records: pd.DataFrame) -> list[str]:
    """Return the columns in the order in which a table is read: the answer, the user's own, then what is derived."""
    first = ["email_id", "status", "to_address", *(["error"] if records["error"].notna().any() else [])]
    own = [name for name in records.columns if name not in COLUMNS]
    return [*first, *own, *(name for name in COLUMNS if name not in first)]
