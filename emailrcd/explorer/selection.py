"""What is shown of the records: the population, the filters on it, and what meets them."""

from __future__ import annotations

from functools import cached_property

import pandas as pd

from ..files.tables import plainly_named
from .filters import Filters, Mask
from .population import Population


class Selection:
    """The records that meet the filters; they are picked out when somebody needs more of them than one page.

    Parameters
    ----------
    population : Population
        All records.
    filters : Filters
        Those that are set.
    """

    def __init__(self, population: Population, filters: Filters) -> None:
        self.population = population
        self.filters = filters
        self.mask = filters.mask(population)
        self.count = int(self.mask.sum())

    @cached_property
    def records(self) -> pd.DataFrame:
        """The records themselves."""
        return self._picked(self.mask)

    @property
    def of_any_status(self) -> pd.DataFrame:
        """The records that meet all filters but that of the status."""
        if "status" not in self.filters.values:
            return self.records
        return self._picked(self.filters.with_values("status", ()).mask(self.population))

    def like_it(self, records: pd.DataFrame) -> pd.DataFrame:
        """Return of other records those that meet the same filters, but for the time of sending, which is another."""
        others = Population(plainly_named(records), self.population.zone)
        return Selection(others, self.filters.without("period")).records

    def grouped_by(self, column: str) -> pd.DataFrame:
        """Return the records with the column to group them by, which may be made of times."""
        if column in self.records:
            return self.records
        return self.records.assign(**{column: self.population.column(column).to_numpy()[self.mask]})

    def _picked(self, mask: Mask) -> pd.DataFrame:
        everything = self.population.records
        return everything if mask.all() else everything[mask]
