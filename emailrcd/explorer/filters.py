"""Which records are shown, as a choice that can be said in words and as code. Pure pandas, no widget."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..errors import EmailrcdError
from ..wording import moment
from .population import Population, as_texts

Mask = npt.NDArray[np.bool_]
"""A truth for each row."""


@dataclass(frozen=True)
class Filters:
    """Which records are shown: those that meet every filter that is set.

    Parameters
    ----------
    values : dict of str to tuple of str
        For a column, the values as they are written: any of them; ``""`` is a missing one.
    domain : str
        Part of a domain, or several parts with commas between; ``""`` means all.
    text : str
        Part of any text column, in whatever case; ``""`` means all.
    since, until : Timestamp or None
        Mail sent from then on, and before then.
    """

    values: dict[str, tuple[str, ...]] = field(default_factory=dict)
    domain: str = ""
    text: str = ""
    since: pd.Timestamp | None = None
    until: pd.Timestamp | None = None

    def mask(self, population: Population) -> Mask:
        """Tell of each record whether it meets all filters."""
        mask = np.ones(len(population.records), bool)
        for column, values in self.values.items():
            mask &= _is_any(population.column(column), values)
        if parts := self.domains:
            mask &= np.logical_or.reduce([_contain(population.texts["domain"], part) for part in parts])
        if self.text:
            mask &= np.logical_or.reduce([_contain(texts, self.text.lower()) for texts in population.texts.values()])
        if self.since is not None or self.until is not None:
            times = population.times
            mask &= (times >= self.since) if self.since is not None else True
            mask &= (times < self.until) if self.until is not None else True
        return mask

    def described(self, zone: str) -> dict[str, str]:
        """Return each filter that is set in words, by its name."""
        words = {
            **{f"value:{column}": _in_words(column, values) for column, values in self.values.items()},
            "domain": "Domain contains " + " or ".join(self.domains) if self.domains else "",
            "text": f"Search: {self.text}" if self.text else "",
            "period": self._period(zone),
        }
        return {name: text for name, text in words.items() if text}

    def without(self, name: str) -> Filters:
        """Return the same filters but for the one of this name."""
        kind, _, column = name.partition(":")
        if kind == "value":
            return self.with_values(column, ())
        cleared: dict[str, dict[str, Any]] = {
            "domain": {"domain": ""},
            "text": {"text": ""},
            "period": {"since": None, "until": None},
        }
        if name not in cleared:
            raise EmailrcdError(f"There is no filter {name!r}.")
        return replace(self, **cleared[name])

    def toggled(self, column: str, value: str) -> Filters:
        """Return the same filters with one more value of a column, or one less."""
        chosen = self.values.get(column, ())
        values = tuple(each for each in chosen if each != value) if value in chosen else (*chosen, value)
        return self.with_values(column, values)

    def with_values(self, column: str, values: tuple[str, ...]) -> Filters:
        """Return the same filters with these values of a column; none means all."""
        rest = {key: others for key, others in self.values.items() if key != column}
        return replace(self, values={**rest, column: values} if values else rest)

    @property
    def domains(self) -> list[str]:
        """The parts of domains that are looked for."""
        return [part.strip().lower() for part in self.domain.split(",") if part.strip()]

    def _period(self, zone: str) -> str:
        ends = [moment(time.tz_convert(zone)) for time in (self.since, self.until) if time]
        if not ends:
            return ""
        if self.since is None:
            return f"Sent before {ends[0]}"
        return f"Sent {ends[0]} to {ends[1]}" if len(ends) == 2 else f"Sent since {ends[0]}"


def _in_words(column: str, values: tuple[str, ...]) -> str:
    names = (value.replace("_", " ") if column == "status" else value or "(none)" for value in values)
    return f"{column.capitalize()}: {' or '.join(names)}"


def _contain(texts: pd.Series[Any], part: str) -> Mask:
    return texts.str.contains(part, regex=False, na=False).to_numpy(bool)


def _is_any(values: pd.Series[Any], wanted: tuple[str, ...]) -> Mask:
    if isinstance(values.dtype, pd.CategoricalDtype):
        categories = [category for category in values.cat.categories if str(category) in wanted]
        mask = values.isin(categories).to_numpy()
        return mask | values.isna().to_numpy() if "" in wanted else mask
    return as_texts(values).isin(wanted).to_numpy()
