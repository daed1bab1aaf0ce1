"""All records that can be shown, and what is worked out of them once: times, choices, groups."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..analysis import tables
from ..analysis.time_axis import clock
from ..errors import EmailrcdError
from ..records.dates import instants
from ..records.frame import is_sandbox

HOUR = "hour of the day"
WEEKDAY = "weekday"
TIMES = (HOUR, WEEKDAY)
"""Groups by the time of sending, offered beside the columns."""

_CHOICES = 500
_FEW_GROUPS = 200
_NEVER_GROUPS = ("email_id", "to_address")


class Population:
    """Records, and what filters, breakdowns and headlines need to know of them.

    Parameters
    ----------
    records : DataFrame
        A records frame, whose columns have names that are texts and differ.
    zone : str
        The zone of hours and weekdays.
    """

    def __init__(self, records: pd.DataFrame, zone: str) -> None:
        self.records = records
        self.zone = zone
        self._order: tuple[tuple[str, bool] | None, npt.NDArray[np.intp]] = None, np.empty(0, np.intp)

    @cached_property
    def sandbox(self) -> bool:
        """Whether they come from the sandbox."""
        return is_sandbox(self.records)

    @cached_property
    def hint(self) -> str:
        """What should be known of their counts."""
        return tables.hint(self.records) or ""

    @cached_property
    def clock(self) -> str | None:
        """The column that tells when mail was sent; None if no column does."""
        try:
            return clock(self.records)
        except EmailrcdError:
            return None

    @cached_property
    def times(self) -> pd.DatetimeIndex:
        """When each mail was sent."""
        if self.clock is None:
            return pd.DatetimeIndex([pd.NaT] * len(self.records)).tz_localize(self.zone)
        return instants(self.records[self.clock], self.clock, self.zone)

    def column(self, name: str) -> pd.Series[Any]:
        """Return a column, or one made of the times of sending."""
        if name in self.records:
            return self.records[name]
        if name == HOUR:
            return pd.Series(self.times.strftime("%H:00"), index=self.records.index, dtype="str")
        if name == WEEKDAY:
            return pd.Series(self.times.day_name(), index=self.records.index, dtype="str")
        raise EmailrcdError(f"There is no column {name!r}. Those there are: {', '.join(self.groups)}.")

    def order(self, column: str | None, descending: bool) -> npt.NDArray[np.intp]:
        """Return the positions of all records in the order of a column, missing values last; the last one is kept."""
        if column is None:
            return np.arange(len(self.records))
        if self._order[0] != (column, descending):
            values = self.records[column].reset_index(drop=True)
            values = values.astype("str") if values.dtype == object else values
            ordered = values.sort_values(ascending=not descending, kind="stable", na_position="last")
            self._order = (column, descending), ordered.index.to_numpy(np.intp)
        return self._order[1]

    @cached_property
    def groups(self) -> list[str]:
        """The columns a breakdown can be made by: neither raw times, nor what is the same or different for nearly all mail."""
        names = [name for name in self.records.columns if name not in _NEVER_GROUPS and self._groups(name)]
        return [*names, *(TIMES if self.clock is not None else ())]

    def _groups(self, name: str) -> bool:
        values = self.records[name]
        if pd.api.types.is_datetime64_any_dtype(values.dtype) or name == self.clock:
            return False
        return name == "provider" or 1 < as_texts(values).nunique() <= max(_FEW_GROUPS, len(values) // 2)

    @cached_property
    def texts(self) -> dict[str, pd.Series[Any]]:
        """The columns that hold texts, in lower case, to be searched."""
        return {str(name): _searchable(values) for name, values in self.records.items() if _is_text(values)}

    @cached_property
    def providers(self) -> list[tuple[str, int]]:
        """The providers with their counts, most frequent first."""
        return frequent(self.records["provider"])

    @cached_property
    def domains(self) -> list[tuple[str, int]]:
        """The most frequent domains with their counts."""
        return frequent(self.records["domain"])


def _is_text(values: pd.Series[Any]) -> bool:
    return values.dtype == "str" or values.dtype == object or isinstance(values.dtype, pd.CategoricalDtype)


def _searchable(values: pd.Series[Any]) -> pd.Series[Any]:
    """Return texts in lower case; where they repeat as categories, of which each is looked at once."""
    texts = values.astype("str").str.lower()
    return texts.astype("category") if texts.nunique() <= len(texts) // 4 else texts


def as_texts(values: pd.Series[Any]) -> pd.Series[str]:
    """Return values as they are written, missing ones as ``""``."""
    return values.astype("str").fillna("")


def frequent(values: pd.Series[Any]) -> list[tuple[str, int]]:
    """Return the most frequent values with their counts, missing ones left out."""
    counts = values.value_counts().head(_CHOICES)
    return [(str(value), int(count)) for value, count in counts.items() if count]
