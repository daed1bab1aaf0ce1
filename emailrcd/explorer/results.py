"""What came of a query, and which part of it is shown: filters, table, charts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

import pandas as pd

from ..errors import EmailrcdError
from ..files.tables import plainly_named
from ..records.builder import empty
from . import pictures, screens
from .background import Background
from .cards import MOST_CARDS, Histories, cards
from .filters import Filters
from .population import Population
from .replies import Cards, Choices
from .replies import Results as Content
from .screens import Other
from .script import script
from .selection import Selection
from .table import Table
from .widget import Screen


class Part(NamedTuple):
    """A part of the records that is shown in place of all, in words and as code."""

    records: pd.DataFrame
    label: str
    code: str


class Results:
    """The records of the last query, and what the page shows of them.

    The table follows every change at once; numbers and charts are drawn in the background, the last wish for each alone.

    Parameters
    ----------
    screen : Screen
        Is told whatever changes.
    background : Background
        Draws what takes a while.
    histories : callable
        Returns what statuses mails have had.

    Attributes
    ----------
    records : DataFrame
        All records; their columns have names that are texts and differ.
    any : bool
        Whether there are results.
    other : Other or None
        What is compared with.
    """

    def __init__(self, screen: Screen, background: Background, histories: Histories) -> None:
        self.records = empty()
        self.any = False
        self.other: Other | None = None
        self._screen = screen
        self._background = background
        self._histories = histories
        self._part: Part | None = None
        self._selection = Selection(Population(self.records, "Asia/Shanghai"), Filters())
        self._by = "provider"
        self._chart = "timeline"
        self._table = Table()
        self._periods = pd.DatetimeIndex([])

    def take(self, records: pd.DataFrame, part: Part | None = None, *, keep_filters: bool = False) -> None:
        """Show these records, or a part of them; unfiltered, unless they are newer answers about the same mail."""
        self.records, self.any, self._part = plainly_named(records), True, part
        self._begin(self.filters if keep_filters else Filters(), fresh=not keep_filters)

    def show_part(self, part: Part | None) -> None:
        """Show a part of the records, unfiltered; None shows all again."""
        self._part = part
        self._begin(Filters(), fresh=False)

    @property
    def shown(self) -> pd.DataFrame:
        """The records that meet the filters."""
        return self._selection.records

    @property
    def before(self) -> pd.DataFrame | None:
        """What a report on what is shown compares with: the mail that meets the same filters; None for a part."""
        return self._selection.like_it(self.other.records) if self.other and not self._part else None

    def compare_with(self, other: Other | None) -> None:
        """Compare with other records from now on, or with nothing."""
        self.other = other
        self._draw_comparison()

    @property
    def filters(self) -> Filters:
        """Which of the records are shown."""
        return self._selection.filters

    @property
    def zone(self) -> str:
        """The zone of times."""
        return self._selection.population.zone

    def filter(self, filters: Filters) -> None:
        """Show what meets `filters`."""
        self._narrow(Selection(self._selection.population, filters))

    def drop_filter(self, name: str) -> None:
        """Take back one filter; an empty name takes back all."""
        if name == "part" or not name:
            self.show_part(None)
        else:
            self.filter(self.filters.without(name))

    def filter_by_periods(self, first: int, last: int) -> None:
        """Show mail sent from one period of the timeline to another."""
        periods = self._periods
        first, last = sorted((first, last))
        if not 0 <= first <= last < len(periods):
            return
        until = periods[last + 1] if last + 1 < len(periods) else None
        self.filter(replace(self.filters, since=periods[first], until=until))

    def group_by(self, column: str) -> None:
        """Break down by this column."""
        self._selection.population.column(column)
        self._by = column
        self._show_content(fresh=False)
        self._draw_breakdown()

    def choose_chart(self, chart: str) -> None:
        """Show one of the charts over time."""
        self._chart = chart
        self._show_content(fresh=False)
        self._draw_times()

    def set_zone(self, zone: str) -> None:
        """Show times in this zone."""
        self._narrow(Selection(Population(self._selection.population.records, zone), self.filters))

    def sort(self, column: str | None, descending: bool) -> None:
        """Sort the table by a column."""
        if column is not None and column not in self._selection.population.records:
            raise EmailrcdError(f"There is no column {column!r} to sort by.")
        self._show_table(column=column, descending=descending, page=0)

    def turn_to(self, page: int) -> None:
        """Show a page of the table."""
        self._show_table(page=max(page, 0))

    def set_page_rows(self, rows: int) -> None:
        """Show so many records on a page."""
        self._show_table(page_rows=rows, page=self._table.page * self._table.page_rows // rows)

    def choose_columns(self, names: list[str]) -> None:
        """Show these columns in the table."""
        self._show_table(chosen=names)

    def show(self) -> None:
        """Tell a page everything, if there is anything yet."""
        if self.any:
            self._show(fresh=False)
            self._draw_choices()

    @property
    def in_order(self) -> pd.DataFrame:
        """The records shown, in the order of the table."""
        return self._selection.population.records.iloc[self._table.positions(self._selection)]

    @property
    def described(self) -> list[tuple[str, str]]:
        """The filters, each with its name and in words."""
        part = [("part", f"Only {self._part.label}")] if self._part else []
        return [*part, *self.filters.described(self.zone).items()]

    @property
    def sandbox(self) -> bool:
        """Whether the records come from the sandbox."""
        return self._selection.population.sandbox

    @property
    def code(self) -> str:
        """The lines of Python that give what is shown."""
        return script(self._selection, self._part.code if self._part else "app.records", self._by, self._chart)

    def _begin(self, filters: Filters, fresh: bool) -> None:
        records = self.records if self._part is None else plainly_named(self._part.records)
        population = Population(records, self.zone)
        if self._table.column not in records:
            self._table = replace(self._table, column=None)
        if self._by not in records.columns and self._by not in population.groups:
            self._by = "provider"
        self._narrow(Selection(population, filters), fresh)
        if self.any:
            self._draw_choices()

    def _narrow(self, selection: Selection, fresh: bool = False) -> None:
        self._selection = selection
        self._table = replace(self._table, page=0)
        if self.any:
            self._show(fresh)

    def _show(self, fresh: bool) -> None:
        self._show_content(fresh)
        self._show_cards()
        self._show_table()
        self._draw_numbers()
        self._draw_breakdown()
        self._draw_times()
        if self.other:
            self._draw_comparison()

    # What is drawn in the background sees the records as they were when it was wanted.

    def _draw_choices(self) -> None:
        population = self._selection.population

        def work() -> None:
            self._screen.show(
                Choices(providers=population.providers, domains=population.domains, columns=population.groups)
            )
            # Typing in the search is smooth from the first letter.
            _ = population.texts

        self._background.draw("choices", work)

    def _draw_numbers(self) -> None:
        selection = self._selection
        self._background.draw("numbers", lambda: self._screen.show(screens.numbers(selection)))

    def _draw_breakdown(self) -> None:
        selection, by = self._selection, self._by
        self._background.draw("breakdown", lambda: self._screen.show(pictures.breakdown(selection.grouped_by(by), by)))

    def _draw_times(self) -> None:
        selection, chart = self._selection, self._chart

        def work() -> None:
            content, self._periods = pictures.times(selection.records, chart, selection.population.zone)
            self._screen.show(content)

        self._background.draw("times", work)

    def _draw_comparison(self) -> None:
        selection, other, is_part = self._selection, self.other, self._part is not None
        self._background.draw("comparison", lambda: self._screen.show(screens.comparison(selection, other, is_part)))

    def _show_content(self, fresh: bool) -> None:
        filters = self.filters
        total = len(self.records)
        self._screen.show(
            Content(
                fresh=fresh,
                total=total,
                rows=self._selection.count,
                shown=f"{self._selection.count:,} of {total:,} records shown",
                filters=self.described,
                provider=_single(filters.values.get("provider", ())),
                domain=filters.domain,
                text=filters.text,
                zone=self.zone,
                by=self._by,
                chart=self._chart,
            )
        )

    def _show_cards(self) -> None:
        few = len(self.records) <= MOST_CARDS
        self._screen.show(Cards(cards=cards(self.shown, self._histories, self.zone) if few else []))

    def _show_table(self, **changes: Any) -> None:
        """Show a page of the table, with these changes of how it is shown."""
        self._table = replace(self._table, **changes)
        self._screen.show(screens.table(self._table, self._selection))


def _single(values: tuple[str, ...]) -> str:
    """Return the only value; empty if there are none or several."""
    return values[0] if len(values) == 1 else ""
