"""What came of a query, and which part of it is shown: filters, charts, table."""

from __future__ import annotations

import pandas as pd

from ..files.tables import plainly_named
from ..records.builder import empty
from . import screens
from .view import Filters, Table, chosen, in_reading_order
from .widget import Screen


class Results:
    """The records of the last query, and what the browser shows of them.

    Parameters
    ----------
    screen : Screen
        Is told whatever changes.

    Attributes
    ----------
    records, shown : DataFrame
        All records, and those that meet the filters; their columns have names that are texts and differ.
    any : bool
        Whether there has been a query.
    """

    def __init__(self, screen: Screen) -> None:
        self.records = empty()
        self.shown = self.records
        self.zone = "Asia/Shanghai"
        self._screen = screen
        self.any = False
        self._filters = Filters()
        self._only: pd.DataFrame | None = None
        self._only_label = ""
        self._by = "provider"
        self._table = Table(in_reading_order(self.shown))
        self._page = 0

    @property
    def described(self) -> str:
        """The filters in words; empty if all records are shown."""
        only = "" if self._only is None else f"only {self._only_label}"
        return "; ".join(part for part in (only, self._filters.described) if part)

    def take(self, records: pd.DataFrame, *, keep_filters: bool = False) -> None:
        """Show these records, unfiltered unless they are newer answers about the same mail."""
        self.records, self.any, self._only = plainly_named(records), True, None
        if not keep_filters:
            self._filters = Filters()
        if self._by not in records.columns:
            self._by = "provider"
        self._begin()

    def filter(self, filters: Filters) -> None:
        """Show what meets `filters`."""
        self._filters = filters
        self._narrow()

    def show_only(self, records: pd.DataFrame | None, label: str = "") -> None:
        """Show these records of all, as far as they meet the filters; None shows all again."""
        self._only, self._only_label = records, label
        self._filters = Filters()
        self._begin()

    def group_by(self, column: str) -> None:
        """Break down by this column."""
        self._show_breakdown(column)
        self._by = column

    def set_zone(self, zone: str) -> None:
        """Show times in this zone."""
        self.zone = zone
        self._show_timeline()
        self._show_table()

    def sort(self, column: int | None, descending: bool) -> None:
        """Sort the table by the column at this position."""
        self._table.sort(column, descending)
        self._page = 0
        self._show_table()

    def turn_to(self, page: int) -> None:
        """Show a page of the table."""
        self._page = min(max(page, 0), self._table.pages - 1)
        self._show_table()

    def show(self) -> None:
        """Tell the browser everything, if there is anything yet."""
        if self.any:
            self._show(self._filters.without_statuses().select(self._some))

    @property
    def _some(self) -> pd.DataFrame:
        return self.records if self._only is None else self._only

    def _begin(self) -> None:
        table = Table(in_reading_order(self._some))
        table.sort(self._table.column, self._table.descending)
        self._table = table
        self._narrow()

    def _narrow(self) -> None:
        counted = self._filters.without_statuses().mask(self._some)
        shown = counted & Filters(statuses=self._filters.statuses).mask(self._some)
        self.shown = chosen(self._some, shown)
        self._table.narrow(shown)
        self._page = 0
        if self.any:
            self._show(chosen(self._some, counted) if self._filters.statuses else self.shown)

    def _show(self, counted: pd.DataFrame) -> None:
        label = "" if self._only is None else self._only_label
        content = screens.results(self._some, counted, self.shown, self._filters, self._by, self.zone)
        self._screen.show("results", only=label, **content)
        self._show_table()
        self._show_breakdown(self._by)
        self._show_timeline()

    def _show_table(self) -> None:
        self._screen.show("table", **screens.table(self._table, self._page, self.zone))

    def _show_breakdown(self, by: str) -> None:
        content, picture = screens.breakdown(self.shown, by)
        self._screen.show("breakdown", picture, **content)

    def _show_timeline(self) -> None:
        content, picture = screens.timeline(self.shown, self.zone)
        self._screen.show("timeline", picture, **content)
