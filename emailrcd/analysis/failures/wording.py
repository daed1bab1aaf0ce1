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
    first = mails.dimensions[terms[0].dimension]
    if first.mark is not None:
        return first.mark.about, first.mark.advice, first.mark.remedy
    columns, place, time = _parts(mails, terms, windows)
    if time:
        time += f" ({mails.tz}{', estimated' if mails.clock.endswith('_estimated') else ''})"
    if columns:
        what = columns + (f", only at {place}" if place else "") + (f", only {time}" if time else "")
        return what, "Compare its content, links, sender and list with those of the others.", ""
    if not time:
        return _placed(first, place, rate)
    what = f"mail to {place or 'all providers'} fails {time}"
    timed = [(mails.dimensions[term.dimension], term) for term in terms]
    if not any(dimension.name == "time" and term.high < dimension.size for dimension, term in timed):
        return what, "It has not ended or comes again: look at what else happens at that time.", ""
    if not place:
        advice = "Every provider is concerned: look at your own sending at that time, then send these again."
        return what, advice, "retry"
    return what, f"Send these again, more slowly; ask {place} if it repeats.", "retry"


def _parts(mails: Mails, terms: Terms, windows: Terms = ()) -> tuple[str, str, str]:
    """Name the columns, the place and the time that mail is described by; empty where it is not."""
    columns, place, time = [], "", ""
    for term in terms:
        dimension = mails.dimensions[term.dimension]
        if dimension.family == "place":
            place = _place(dimension, term)
        elif dimension.kind == "time":
            time = _time(dimension, term, windows)
        else:
            columns.append(value_in_words(dimension, term))
    return " with ".join(columns), place, time


def _placed(dimension: Dimension, place: str, rate: float) -> Words:
    dead = rate >= _DEAD_RATE
    if dimension.name == "domain" and dead:
        advice = f"Write no more to {place} until it has an MX again."
        return f"nothing arrives at {place}: a dead domain?", advice, "suppress"
    if dead:
        return f"nothing arrives at {place}", "Check sender reputation and block lists.", "retry"
    advice = f"Check sender reputation, authentication and rate towards {place}."
    return f"a share of the mail to {place} fails", advice, "retry" if dimension.name != "top-level domain" else ""


def mail_in_words(mails: Mails, terms: Terms) -> str:
    """Name the mail that meets these conditions."""
    columns, place, time = _parts(mails, terms)
    if columns:
        return " ".join(filter(None, [columns, f"at {place}" if place else "", time]))
    return " ".join(filter(None, ["the mail", f"to {place}" if place else "", time]))


def _place(dimension: Dimension, term: Term) -> str:
    name = str(dimension.labels[term.low])
    if dimension.name == "top-level domain":
        return f"small domains in .{name}"
    return {OTHER: "small providers", UNKNOWN: "unknown addresses"}.get(name, name)


def value_in_words(dimension: Dimension, term: Term) -> str:
    """Name the value of a column, or the stretch of its numbers."""
    name, label = dimension.name, dimension.labels[term.low]
    if not dimension.ordered:
        if label is None:
            return f"{name} is missing"
        return f"{name} is empty" if label == "" else f"{name} = {label}"
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
