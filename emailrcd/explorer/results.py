"""What came of a query, and which part of it is shown: filters, table, charts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from typing import NamedTuple

import pandas as pd

from ..files.tables import plainly_named
from ..records.builder import empty
from . import pictures, screens
from .background import Background
from .cards import MOST_CARDS, Histories, cards
from .filters import Filters, Mask
from .population import Population
from .replies import Cards, Choices
from .replies import Results as Content
from .table import PAGE_ROWS, Table
from .widget import Screen


class Part(NamedTuple):
    """A part of the records that is shown in place of all, in words and as code."""

    records: pd.DataFrame
    label: str
    code: str


class Selection:
    """The records that meet the filters; they are picked out when somebody needs more of them than one page."""

    def __init__(self, population: Population, mask: Mask) -> None:
        self.population = population
        self.mask = mask
        self.count = int(mask.sum())

    @cached_property
    def records(self) -> pd.DataFrame:
        """The records themselves; all of them as they are where none is left out."""
        everything = self.population.records
        return everything if self.count == len(everything) else everything[self.mask]


class Results:
    """The records of the last query, and what the page shows of them.

    The table follows every change at once; numbers and charts are drawn in the background, the last wish for each alone.

    Parameters
    ----------
    screen : Screen
        Is told whatever changes.
    background : Background
        Draws.
    histories : callable
        Returns what statuses mails have had.

    Attributes
    ----------
    records : DataFrame
        All records; their columns have names that are texts and differ.
    any : bool
        Whether there are results.
    zone : str
        The zone of times.
    """

    def __init__(self, screen: Screen, background: Background, histories: Histories) -> None:
        self.records = empty()
        self.zone = "Asia/Shanghai"
        self.any = False
        self._screen = screen
        self._background = background
        self._histories = histories
        self._part: Part | None = None
        self._population = Population(self.records, self.zone)
        self._filters = Filters()
        self._selection = Selection(self._population, self._filters.mask(self._population))
        self._by = "provider"
        self._chart = "timeline"
        self._periods = pd.DatetimeIndex([])
        self._table = Table(self.records)
        self._page = 0

    def take(self, records: pd.DataFrame, part: Part | None = None, *, keep_filters: bool = False) -> None:
        """Show these records, or a part of them; unfiltered, unless they are newer answers about the same mail."""
        self.records, self.any, self._part = plainly_named(records), True, part
        self._begin(self._filters if keep_filters else Filters(), fresh=not keep_filters)

    def show_part(self, part: Part | None) -> None:
        """Show a part of the records, unfiltered; None shows all again."""
        self._part = part
        self._begin(Filters(), fresh=False)

    @property
    def shown(self) -> pd.DataFrame:
        """The records that meet the filters."""
        return self._selection.records

    @property
    def is_part(self) -> bool:
        """Whether a part of the records is shown in place of all."""
        return self._part is not None

    def alike(self, records: pd.DataFrame) -> pd.DataFrame:
        """Return of other records those that meet the same filters, but for the time of sending, which is another."""
        population = Population(plainly_named(records), self.zone)
        return Selection(population, self._filters.without("period").mask(population)).records

    @property
    def filters(self) -> Filters:
        """What is shown of the records."""
        return self._filters

    def filter(self, filters: Filters) -> None:
        """Show what meets `filters`."""
        self._narrow(filters, fresh=False)

    def drop_filter(self, name: str) -> None:
        """Take back one filter; an empty name takes back all."""
        if name == "part" or not name:
            self.show_part(None)
        else:
            self.filter(self._filters.without(name))

    def filter_by_periods(self, first: int, last: int) -> None:
        """Show mail sent from one period of the timeline to another."""
        first, last = sorted((first, last))
        if not 0 <= first <= last < len(self._periods):
            return
        step = self._periods[1] - self._periods[0] if len(self._periods) > 1 else pd.Timedelta(hours=1)
        until = self._periods[last + 1] if last + 1 < len(self._periods) else self._periods[last] + step
        self.filter(replace(self._filters, since=self._periods[first], until=until))

    def group_by(self, column: str) -> None:
        """Break down by this column."""
        self._population.column(column)
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
        self.zone = zone
        self._population = Population(self._population.records, zone)
        self._narrow(self._filters, fresh=False)

    def sort(self, column: str | None, descending: bool) -> None:
        """Sort the table by a column."""
        self._table.sort(column, descending)
        self._page = 0
        self._show_table()

    def turn_to(self, page: int) -> None:
        """Show a page of the table."""
        self._page = min(max(page, 0), self._table.pages - 1)
        self._show_table()

    def set_page_rows(self, rows: int) -> None:
        """Show so many records on a page."""
        first = self._page * self._table.page_rows
        self._table.page_rows = rows if rows in PAGE_ROWS else PAGE_ROWS[0]
        self.turn_to(first // self._table.page_rows)

    def choose_columns(self, names: list[str]) -> None:
        """Show these columns in the table."""
        self._table.choose(names)
        self._show_table()

    def show(self) -> None:
        """Tell a page everything, if there is anything yet."""
        if self.any:
            self._show(fresh=False)
            self._draw_choices()

    @property
    def in_order(self) -> pd.DataFrame:
        """The records shown, in the order of the table."""
        return self._table.in_order()

    @property
    def described(self) -> list[tuple[str, str]]:
        """The filters, each with its name and in words."""
        part = [("part", f"Only {self._part.label}")] if self._part else []
        return [*part, *self._filters.described(self.zone).items()]

    @property
    def sandbox(self) -> bool:
        """Whether the records come from the sandbox."""
        return self._population.sandbox

    @property
    def code(self) -> str:
        """The lines of Python that give what is shown."""
        conditions = self._filters.code(self._population)
        by = repr(self._by)
        lines = [
            "import emailrcd",
            "import pandas as pd",
            "",
            f"records = {self._part.code if self._part else 'app.records'}  # app is your emailrcd.Explorer()",
        ]
        if self._by not in self._population.records:
            lines.append(f"records = records.assign(**{{{by}: {self._population.code_of(self._by)}}})")
        lines += [
            f"shown = records[{' & '.join(conditions)}]" if conditions else "shown = records",
            "emailrcd.summary(shown)",
            f"emailrcd.charts.breakdown(shown, by={by})",
            f'emailrcd.charts.{self._chart}(shown, tz="{self.zone}")',
        ]
        return "\n".join(lines)

    def _begin(self, filters: Filters, fresh: bool) -> None:
        records = self.records if self._part is None else plainly_named(self._part.records)
        self._population = Population(records, self.zone)
        self._table = self._table.like(records)
        if self._by not in records.columns and self._by not in self._population.groups:
            self._by = "provider"
        self._narrow(filters, fresh)
        if self.any:
            self._draw_choices()

    def _narrow(self, filters: Filters, fresh: bool) -> None:
        self._selection = Selection(self._population, filters.mask(self._population))
        self._filters = filters
        self._table.narrow(self._selection.mask)
        self._page = 0
        if self.any:
            self._show(fresh)

    def _show(self, fresh: bool) -> None:
        self._show_content(fresh)
        self._show_cards()
        self._show_table()
        self._draw_numbers()
        self._draw_breakdown()
        self._draw_times()

    def _show_content(self, fresh: bool) -> None:
        filters = self._filters
        total = len(self.records)
        self._screen.show(
            Content(
                fresh=fresh,
                total=total,
                rows=self._selection.count,
                shown=f"{self._selection.count:,} of {total:,} records shown",
                only=self._part.label if self._part else "",
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

    def _show_table(self) -> None:
        self._screen.show(screens.table(self._table, self._page, self.zone))

    # What is drawn sees the records as they were when it was wanted.

    def _draw_choices(self) -> None:
        population = self._population

        def work() -> None:
            self._screen.show(
                Choices(providers=population.providers, domains=population.domains, columns=population.groups)
            )
            # Typing in the search is smooth from the first letter.
            _ = population.texts

        self._background.draw("choices", work)

    def _draw_numbers(self) -> None:
        selection, population, filters = self._selection, self._population, self._filters

        def work() -> None:
            counted = selection.records
            if filters.statuses:
                counted = population.records[filters.without("statuses").mask(population)]
            self._screen.show(screens.numbers(population, counted, filters.statuses))

        self._background.draw("numbers", work)

    def _draw_breakdown(self) -> None:
        population, mask, by = self._population, self._selection.mask, self._by
        self._background.draw(
            "breakdown", lambda: self._screen.show(pictures.breakdown(population.chosen(mask, by), by))
        )

    def _draw_times(self) -> None:
        selection, zone, chart = self._selection, self.zone, self._chart

        def draw_timeline() -> None:
            content, periods = pictures.timeline(selection.records, zone)
            self._periods = periods
            self._screen.show(content)

        work: Callable[[], None] = draw_timeline
        if chart == "heatmap":
            work = lambda: self._screen.show(pictures.heatmap(selection.records, zone))  # noqa: E731
        elif chart == "settle_times":
            work = lambda: self._screen.show(pictures.settle_times(selection.records, zone))  # noqa: E731
        self._background.draw("times", work)


def _single(values: tuple[str, ...]) -> str:
    """Return the only value; empty if there are none or several."""
    return values[0] if len(values) == 1 else ""
