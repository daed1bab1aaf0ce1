"""A cause in words: what it is, what the numbers say, what to do next."""

from __future__ import annotations

from typing import Any

import pandas as pd

from ...records.providers import OTHER, UNKNOWN
from ...wording import moment, span
from .conditions import number
from .dimensions import Dimension, Remedy, Term, Terms
from .mails import Mails

_DEAD_RATE = 0.95
_WEEKDAYS = ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays")

Words = tuple[str, str, Remedy]
"""What it is, what to do next, and the working list."""


def in_words(mails: Mails, terms: Terms, windows: Terms, rate: float) -> Words:
    """Say what fails, `rate` being the share of it that does, and what to do about it."""
    parts = [(mails.dimensions[term.dimension], term) for term in terms]
    first = parts[0][0]
    if first.mark is not None:
        return first.mark.about, first.mark.advice, first.mark.remedy
    places = [_place(dimension, term) for dimension, term in parts if dimension.family == "place"]
    times = [_time(dimension, term, windows) for dimension, term in parts if dimension.kind == "time"]
    columns = [value_in_words(dimension, term) for dimension, term in parts if dimension.kind == "column"]
    if columns:
        what = " with ".join(columns) + "".join(f", only at {place}" for place in places)
        what += "".join(f", only {time}" for time in times)
        return what, "Compare its content, links, sender and list with those of the others.", ""
    if times:
        return _timed(mails, parts, places, times)
    return _placed(first, places[0], rate)


def _timed(mails: Mails, parts: list[tuple[Dimension, Term]], places: list[str], times: list[str]) -> Words:
    where = places[0] if places else "all providers"
    clock = mails.tz + (", estimated" if mails.clock.endswith("_estimated") else "")
    what = f"mail to {where} fails {' and '.join(times)} ({clock})"
    burst = [term for dimension, term in parts if dimension.name == "time" and term.high < dimension.size]
    if not burst:
        return what, "It has not ended or comes again: look at what else happens at that time.", ""
    if not places:
        advice = "Every provider is concerned: look at your own sending at that time, then send these again."
        return what, advice, "retry"
    return what, f"Send these again, more slowly; ask {places[0]} if it repeats.", "retry"


def _placed(dimension: Dimension, place: str, rate: float) -> Words:
    dead = rate >= _DEAD_RATE
    if dimension.name == "domain" and dead:
        advice = f"Write no more to {place} until it has an MX again."
        return f"nothing arrives at {place}: a dead domain?", advice, "suppress"
    if dead:
        return f"nothing arrives at {place}", "Check sender reputation and block lists.", "retry"
    advice = f"Check sender reputation, authentication and rate towards {place}."
    return f"a share of the mail to {place} fails", advice, "retry" if dimension.name != "top-level domain" else ""


def term_in_words(mails: Mails, term: Term) -> str:
    """Name one condition."""
    dimension = mails.dimensions[term.dimension]
    if dimension.family == "place":
        return f"mail to {_place(dimension, term)}"
    if dimension.kind == "time":
        return f"mail {_time(dimension, term)}"
    return value_in_words(dimension, term)


def _place(dimension: Dimension, term: Term) -> str:
    name = str(dimension.labels[term.low])
    if dimension.name == "top-level domain":
        return f"small domains in .{name}"
    return {OTHER: "small providers", UNKNOWN: "unknown addresses"}.get(name, name)


def value_in_words(dimension: Dimension, term: Term) -> str:
    """Name the value of a column, or the stretch of its numbers."""
    name, label = dimension.name, dimension.labels[term.low]
    if not dimension.ordered:
        return f"{name} is missing" if label is None else f"{name} = {label}"
    low, high = (_size(dimension.labels[edge]) for edge in (term.low, term.high))
    if term.high == dimension.size:
        return f"{name} ≥ {low}"
    return f"{name} < {high}" if term.low == 0 else f"{name} from {low} to below {high}"


def _size(value: Any) -> str:
    return moment(value) if isinstance(value, pd.Timestamp) else number(value)


def _time(dimension: Dimension, term: Term, windows: Terms = ()) -> str:
    if dimension.name == "weekday":
        return f"on {_WEEKDAYS[term.low]}"
    if dimension.name == "hour":
        return f"from {term.low:02}:00 to {term.high % 24:02}:00 on any day"
    if term.high == dimension.size and not windows:
        return f"since {moment(pd.Timestamp(dimension.labels[term.low]))}"
    edges = [(dimension.labels[each.low], dimension.labels[each.high]) for each in sorted((term, *windows))]
    return _stretches([(pd.Timestamp(first), pd.Timestamp(end)) for first, end in edges])


def _stretches(spans: list[tuple[pd.Timestamp, pd.Timestamp]]) -> str:
    """Say when: each stretch of time, but hours that recur from day to day only once."""
    hours = {f"from {first:%H:%M} to {end:%H:%M}" for first, end in spans}
    if len(spans) > 1 and len(hours) == 1 and all(first.date() == end.date() for first, end in spans):
        return f"{hours.pop()} on {_listed([f'{first:%Y-%m-%d}' for first, _ in spans], 'days')}"
    texts = [span(first, end) for first, end in spans]
    return f"from {_listed(texts, 'times')}"


def _listed(texts: list[str], unit: str) -> str:
    shown = texts if len(texts) <= 4 else [*texts[:3], f"{len(texts) - 3} more {unit}"]
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)
