"""What is shown of the records: filters, order, pages. Pure pandas, no widget."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..errors import EmailrcdError
from ..records.frame import COLUMNS, STATUSES

PAGE_ROWS = 20

Mask = npt.NDArray[np.bool_]
"""A truth for each row."""


@dataclass(frozen=True)
class Filters:
    """Which records are shown: those that meet every filter that is set.

    Parameters
    ----------
    statuses : tuple of str
        Any of the six; none means all.
    provider, domain : str
        Exactly this one; ``""`` means all.
    text : str
        Part of any text column, in whatever case; ``""`` means all.
    """

    statuses: tuple[str, ...] = ()
    provider: str = ""
    domain: str = ""
    text: str = ""

    def __post_init__(self) -> None:
        unknown = [status for status in self.statuses if status not in STATUSES]
        if unknown:
            raise EmailrcdError(f"There is no status {unknown[0]!r}. The statuses are {', '.join(STATUSES)}.")

    def select(self, records: pd.DataFrame) -> pd.DataFrame:
        """Return the records that meet all filters, in their order."""
        return chosen(records, self.mask(records))

    def mask(self, records: pd.DataFrame) -> Mask:
        """Tell of each record whether it meets all filters."""
        mask = np.ones(len(records), bool)
        if self.statuses:
            mask &= records["status"].isin(self.statuses).to_numpy()
        if self.provider:
            mask &= (records["provider"] == self.provider).to_numpy()
        if self.domain:
            mask &= (records["domain"] == self.domain).to_numpy(bool, na_value=False)
        if self.text:
            mask &= _contains(records, self.text)
        return mask

    @property
    def described(self) -> str:
        """The filters in words; empty if there are none."""
        named = {
            "status": ", ".join(self.statuses),
            "provider": self.provider,
            "domain": self.domain,
            "text": self.text,
        }
        return "; ".join(f"{name}: {value}" for name, value in named.items() if value)

    def without_statuses(self) -> Filters:
        """Return the same filters for all statuses: what the counts of the statuses refer to."""
        return replace(self, statuses=())


def chosen(records: pd.DataFrame, mask: Mask) -> pd.DataFrame:
    """Return the records that `mask` is true of; they themselves if it is true of all."""
    return records if mask.all() else records[mask]


def _contains(records: pd.DataFrame, text: str) -> Mask:
    mask = np.zeros(len(records), bool)
    # Arrow is several times as fast where it need not look at the case; ids and Chinese have none.
    case = text.lower() == text.upper()
    for _, column in records.items():
        if column.dtype == "str":
            found = column.str.contains(text, case=case, regex=False, na=False)
        elif isinstance(column.dtype, pd.CategoricalDtype):
            wanted = [value for value in column.cat.categories if text.casefold() in str(value).casefold()]
            found = column.isin(wanted)
        elif column.dtype == object:
            found = column.astype("str").str.contains(text, case=case, regex=False, na=False)
        else:
            continue
        mask |= found.to_numpy(bool)
    return mask


@dataclass
class Table:
    """Records in the order of one column and in pages; sorted once, however they are narrowed down.

    Parameters
    ----------
    records : DataFrame
        All that can be shown.
    column : int or None
        Position of the column to sort by; None for the order of the records.
    descending : bool
        Largest first; missing values come last either way.
    """

    records: pd.DataFrame
    column: int | None = None
    descending: bool = False
    _mask: Mask | None = field(default=None, init=False, repr=False)
    _order: npt.NDArray[np.intp] | None = field(default=None, init=False, repr=False)
    _rows: npt.NDArray[np.intp] | None = field(default=None, init=False, repr=False)

    def narrow(self, mask: Mask) -> None:
        """Show the records only that `mask` is true of."""
        self._mask, self._rows = mask, None

    def sort(self, column: int | None, descending: bool) -> None:
        """Sort by the column at this position; None for the order of the records."""
        if column is not None and not 0 <= column < self.records.shape[1]:
            column = None
        self.column, self.descending, self._order, self._rows = column, descending, None, None

    @property
    def total(self) -> int:
        """How many records are shown."""
        return len(self._shown())

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.total // PAGE_ROWS))

    def page(self, number: int, zone: str) -> list[list[str]]:
        """Return the texts of page `number` (from 0), times in `zone`."""
        start = min(max(number, 0), self.pages - 1) * PAGE_ROWS
        part = self.records.iloc[self._shown()[start : start + PAGE_ROWS]]
        columns = [cells(part.iloc[:, position], zone) for position in range(part.shape[1])]
        return [list(row) for row in zip(*columns, strict=True)]

    def _shown(self) -> npt.NDArray[np.intp]:
        """Return the positions of the records shown, in their order."""
        if self._rows is None:
            order = self._sorted()
            self._rows = order if self._mask is None else order[self._mask[order]]
        return self._rows

    def _sorted(self) -> npt.NDArray[np.intp]:
        if self._order is None and self.column is not None:
            values = self.records.iloc[:, self.column].reset_index(drop=True)
            if values.dtype == object:
                values = values.astype("str")
            ordered = values.sort_values(ascending=not self.descending, kind="stable", na_position="last")
            self._order = ordered.index.to_numpy(np.intp)
        return self._order if self._order is not None else np.arange(len(self.records))


def cells(values: pd.Series[Any], zone: str) -> list[str]:
    """Return values as texts for a table: times in `zone` to the second, ``""`` where missing."""
    if isinstance(values.dtype, pd.DatetimeTZDtype):
        values = values.dt.tz_convert(zone).dt.strftime("%Y-%m-%d %H:%M:%S")
    return ["" if pd.isna(value) else str(value) for value in values.astype(object)]


def in_reading_order(records: pd.DataFrame) -> pd.DataFrame:
    """Return the columns in the order in which a table is read: the answer, the user's own, then what is derived."""
    first = ["email_id", "status", "to_address", *(["error"] if records["error"].notna().any() else [])]
    own = [name for name in records.columns if name not in COLUMNS]
    return records[[*first, *own, *(name for name in COLUMNS if name not in first)]]


def frequent(values: pd.Series[Any], most: int) -> list[tuple[str, int]]:
    """Return the most frequent values with their counts, missing ones left out."""
    counts = values.value_counts().head(most)
    return [(str(value), int(count)) for value, count in counts.items() if count]


def groupable(records: pd.DataFrame) -> Sequence[str]:
    """Return the columns a breakdown can be made by: all but the id."""
    return [str(name) for name in records.columns if name != "email_id"]
