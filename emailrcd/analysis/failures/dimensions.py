"""What mail is sorted by: places, times, kinds of addresses, the user's columns; each as small whole numbers."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from ...records.providers import OTHER, provider_of
from ..inputs import groupable

Codes = npt.NDArray[np.int32]
Mask = npt.NDArray[np.bool_]

Remedy = Literal["retry", "correct", "suppress", ""]
"""The working list that failed mail belongs on, if any."""

_BINS = 64
"""Cuts of a number are looked for between so many equal parts of the mail."""

_ID_LIKE = 0.67
"""A column with more distinct values than this part of its mail is looked at as a number or not at all."""


_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?")
"""Text that is a number; what begins with a zero is a code."""

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[ T][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?)?")


class Term(NamedTuple):
    """One condition: the codes of a dimension from `low` to below `high`."""

    dimension: int
    low: int
    high: int


Terms = tuple[Term, ...]


class Mark(NamedTuple):
    """What a class of mails has in common: kind, hypothesis, what to do, its working list, its query."""

    kind: str
    about: str
    advice: str
    remedy: Remedy = ""
    condition: str = ""


@dataclass(frozen=True, eq=False)
class Dimension:
    """One way to sort mails.

    Attributes
    ----------
    name : str
        The column, or ``domain``, ``provider``, ``top-level domain``, ``time``, ``hour``, ``weekday``, or what a mark is about.
    kind : str
        ``domain``, ``provider``, ``time``, ``column``, or the kind of a mark.
    family : str
        Dimensions of one family are not combined with each other.
    codes : array of int
        Position of each mail's value in `labels`; −1 where it has none. Periods of the time before follow after those of now.
    labels : sequence or array
        The values, frequent ones first; of an ordered one the beginning of each bin, and the end of the last.
    ordered : bool
        Whether neighbouring bins can be one cause together.
    day : int
        How many bins make a day.
    mark : Mark or None
        What its mails have in common where it is a single class.
    """

    name: str
    kind: str
    family: str
    codes: Codes
    labels: Any
    ordered: bool = False
    day: int = 1
    mark: Mark | None = None

    @property
    def size(self) -> int:
        """Number of values or bins."""
        return len(self.labels) - self.ordered

    @property
    def scales(self) -> list[int]:
        """How many bins are taken together to begin with; edges are moved later."""
        if not self.ordered:
            return [1]
        return [scale for scale in (1, 4, 16, 64) if 2 * scale <= self.size and (scale > 1 or self.kind == "time")]

    def within(self, term: Term, rows: npt.NDArray[np.intp] | slice = slice(None)) -> Mask:
        """Return which of the mails meet a condition."""
        codes = self.codes[rows]
        return np.asarray((codes >= term.low) & (codes < term.high))

    def take(self, rows: npt.NDArray[np.intp]) -> Dimension:
        """Return the same of some of the mails."""
        return replace(self, codes=self.codes[rows])


def encoded(values: pd.Series[Any], missing: bool = False) -> tuple[Codes, list[Any]]:
    """Return values as positions in their labels, the most frequent first; a missing one is a value too, if wanted."""
    codes, found = pd.factorize(values)
    labels: list[Any] = list(found)
    if missing and (codes < 0).any():
        codes = np.where(codes < 0, len(labels), codes)
        labels.append(None)
    order = np.argsort(-np.bincount(codes[codes >= 0], minlength=len(labels)), kind="stable")
    rank = np.full(len(labels) + 1, -1, np.int32)
    rank[order] = np.arange(len(labels))
    return rank[codes], [labels[code] for code in order]


def place_dimensions(mail: pd.DataFrame) -> list[Dimension]:
    """Sort mail by recipient domain, mailbox provider and, that to small providers, top-level domain."""
    domain, domains = encoded(mail["domain"])
    provider, providers = encoded(mail["provider"].astype("str"))
    small = pd.Series(
        [str(name).rpartition(".")[2] if provider_of(name) == OTHER else None for name in domains], dtype="str"
    )
    endings, names = encoded(small)
    return [
        Dimension("domain", "domain", "place", domain, domains),
        Dimension("provider", "provider", "place", provider, providers),
        Dimension("top-level domain", "domain", "place", np.append(endings, np.int32(-1))[domain], names),
    ]


def without_time(dimensions: Sequence[Dimension], terms: Terms) -> Terms:
    """Return the conditions that are not about a stretch of time."""
    return tuple(term for term in terms if dimensions[term.dimension].name != "time")


def timeless_parts(dimensions: Sequence[Dimension], terms: Terms) -> list[Terms]:
    """Return the conditions that are not about a stretch of time: all of them, then each one and two of them."""
    timeless = without_time(dimensions, terms)
    sizes = range(1, len(timeless))
    return [timeless, *(part for size in sizes for part in itertools.combinations(timeless, size))]


def class_dimension(mark: Mark, mask: Mask) -> Dimension:
    """Sort out one class of mails."""
    return Dimension(mark.about, mark.kind, "class", np.where(mask, 0, -1).astype(np.int32), [True], mark=mark)


def column_dimensions(name: str, values: pd.Series[Any]) -> tuple[list[Dimension], str]:
    """Sort mail by a column of the user's: by value, and by size where there is one; or say why it cannot be."""
    codes, labels = encoded(_values(values), missing=True)
    if len(labels) < 2:
        return [], "one value only"
    dimensions = []
    values = _typed(values, codes, labels)
    sizes = _sizes(values)
    if sizes is not None:
        edges = np.unique(np.nanquantile(sizes, np.linspace(0, 1, _BINS + 1), method="lower"))
        bins = np.where(np.isnan(sizes), -1, np.searchsorted(edges[:-1], sizes, "right") - 1).astype(np.int32)
        sides = _moments(edges, values) if pd.api.types.is_datetime64_any_dtype(values.dtype) else edges
        dimensions.append(Dimension(name, "column", name, bins, sides, ordered=True))
    if len(labels) > _ID_LIKE * len(values) and len(labels) > 2:
        missing = None in labels or "" in labels
        return dimensions, "" if dimensions and not missing else "nearly every value differs"
    return [*dimensions, Dimension(name, "column", name, codes, labels)], ""


def _values(values: pd.Series[Any]) -> pd.Series[Any]:
    """Make values of mixed kinds texts; those of one kind stay what they are."""
    if values.dtype == object and pd.api.types.infer_dtype(values, skipna=True) in ("boolean", "string", "integer"):
        return values
    return groupable(values)


def _typed(values: pd.Series[Any], codes: Codes, labels: list[Any]) -> pd.Series[Any]:
    """Return texts that are all numbers or all dates as such: in a CSV file everything is text."""
    filled = [label for label in labels if label is not None and label != ""]
    if all(isinstance(label, str) for label in filled):
        texts: Any = pd.Series(labels, dtype="str").replace("", None)
        for pattern, dtype in ((_NUMBER, "float64"), (_DATE, "datetime64[us]")):
            if all(map(pattern.fullmatch, filled)):
                with suppress(ValueError):  # a 30th of February
                    typed: pd.Series[Any] = texts.astype(dtype).take(codes)
                    return typed
    return values


def _sizes(values: pd.Series[Any]) -> npt.NDArray[np.float64] | None:
    if pd.api.types.is_bool_dtype(values.dtype) or values.isna().all():
        return None
    if pd.api.types.is_numeric_dtype(values.dtype):
        sizes = values.to_numpy(float, na_value=np.nan)
        finite = np.where(np.isfinite(sizes), sizes, np.nan)
        return None if np.isnan(finite).all() else finite
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        return np.where(values.isna(), np.nan, values.astype("int64").to_numpy(float))
    return None


def _moments(edges: npt.NDArray[np.float64], values: pd.Series[Any]) -> list[pd.Timestamp]:
    unit = np.datetime_data(np.asarray(values.head(0).dt.tz_localize(None)).dtype)[0]
    zone = getattr(values.dtype, "tz", None)
    moments = pd.DatetimeIndex(edges.astype(np.int64).astype(f"datetime64[{unit}]"))
    return list(moments.tz_localize("UTC").tz_convert(zone) if zone else moments)


def time_dimensions(seconds: npt.NDArray[np.int64], known: Mask, earlier: Mask, width: int) -> list[Dimension]:
    """Sort mail by when it was sent, in wall-clock seconds: period, hour of the day, weekday; earlier periods come after."""
    now = seconds[known & ~earlier]
    first, last = int(now.min()), int(now.max())
    periods = last // width - first // width + 1
    starts = ((first // width + np.arange(periods + 1)) * width).astype("datetime64[s]")
    period = seconds // width - first // width
    if (known & earlier).any():
        period[earlier] += periods - period[known & earlier].min()

    def coded(values: npt.NDArray[np.int64]) -> Codes:
        return np.where(known, values, -1).astype(np.int32)

    dimensions = [Dimension("time", "time", "time", coded(period), starts, ordered=True, day=86_400 // width)]
    if last - first > 3 * 86_400:
        dimensions.append(Dimension("hour", "time", "time", coded(seconds // 3_600 % 24), range(25), ordered=True))
    if last - first > 14 * 86_400:
        dimensions.append(Dimension("weekday", "time", "time", coded((seconds // 86_400 + 3) % 7), range(7)))
    return dimensions
