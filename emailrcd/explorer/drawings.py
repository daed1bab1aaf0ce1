"""What is drawn in the background; it sees the records as they were when it was wanted."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd

from ..analysis.comparison import compare
from ..errors import EmailrcdError
from . import pictures, screens
from .background import Background
from .population import Population
from .problems import told
from .replies import Choices
from .selection import Selection
from .widget import Screen


class Other(NamedTuple):
    """Other records that the results are compared with, and what they are called."""

    label: str
    records: pd.DataFrame


class Drawings:
    """Draws numbers and charts, the last wish for each alone.

    Parameters
    ----------
    screen : Screen
        Is told.
    background : Background
        Draws.

    Attributes
    ----------
    periods : DatetimeIndex
        The beginnings of the periods of the timeline that was drawn last.
    """

    def __init__(self, screen: Screen, background: Background) -> None:
        self.periods = pd.DatetimeIndex([])
        self._screen = screen
        self._background = background

    def choices(self, population: Population) -> None:
        """Show what filters and breakdowns can be set to."""

        def work() -> None:
            self._screen.show(
                Choices(providers=population.providers, domains=population.domains, columns=population.groups)
            )
            # Typing in the search is smooth from the first letter.
            _ = population.texts

        self._background.draw("choices", work)

    def numbers(self, selection: Selection) -> None:
        """Show the headline."""
        self._background.draw("numbers", lambda: self._screen.show(screens.numbers(selection)))

    def breakdown(self, selection: Selection, by: str) -> None:
        """Show the breakdown by a column."""
        self._background.draw("breakdown", lambda: self._screen.show(pictures.breakdown(selection.grouped_by(by), by)))

    def times(self, selection: Selection, chart: str) -> None:
        """Show one of the charts over time."""
        zone = selection.population.zone

        def work() -> None:
            periods = pd.DatetimeIndex([])
            try:
                if chart == "timeline":
                    content, periods = pictures.timeline(selection.records, zone)
                elif chart == "heatmap":
                    content = pictures.heatmap(selection.records, zone)
                else:
                    content = pictures.settle_times(selection.records, zone)
            except EmailrcdError as exc:
                content = pictures.without_picture("timeline", told(exc))
            self.periods = periods
            self._screen.show(content)

        self._background.draw("times", work)

    def comparison(self, selection: Selection, other: Other | None, is_part: bool) -> None:
        """Show what changed since other records."""

        def work() -> None:
            if other is None:
                content = screens.not_compared("", "")
            elif is_part:
                content = screens.not_compared(other.label, "A part of the records is not compared: show all.")
            else:
                try:
                    found = compare(selection.like_it(other.records), selection.records)
                    content = screens.compared(other.label, found)
                except EmailrcdError as exc:
                    content = screens.not_compared(other.label, told(exc))
            self._screen.show(content)

        self._background.draw("comparison", work)
