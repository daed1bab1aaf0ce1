"""Ids that a spreadsheet or a float has rounded.

A rounded id is another id: asking it would ask about somebody else's mail. Two traces give it away in whole numbers of 17
digits and more: a float can hold it exactly (of genuine ids of 19 digits one in 256 or 512 is such a number), or it has nothing
but zeros past its 15th digit, which is all that Excel keeps (one in 10,000).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ..errors import RoundedIdsError
from .model import SHOWN, listed

REMEDY = (
    "Asking them would ask about somebody else's mail, and the lost digits cannot be recovered: export the ids again from "
    "where they come from, and keep them text – format the column as text before pasting, or read with "
    "dtype={'emailId': str} in pandas."
)

_DIGITS = 17
_DIGITS_KEPT = 15
_UINT64_DIGITS = 19
_BLOCK = 50_000
_CHANCE = 1e-4
_CHANCE_REPEATED = 1e-2
_CHANCE_WORTH_TELLING = 0.1


class Suspicion(NamedTuple):
    """What the look at a whole source gave.

    Attributes
    ----------
    ids : list of str
        Ids that may be rounded; none where there are no more of them than chance explains.
    certain : bool
        Whether the source as a whole is taken for rounded.
    """

    ids: list[str]
    certain: bool


def suspicion(distinct: Sequence[str], given: int) -> Suspicion:
    """Look for the traces of rounding in distinct ids.

    Certain are: three ids or more that all bear a trace; fewer, if the chance that genuine ids all look so is below 1 in
    10,000; and – rounding makes neighbours equal – fewer that were given three times or more, if that chance is below 1 in 100.

    Parameters
    ----------
    distinct : sequence of str
        Valid distinct ids.
    given : int
        How many entries they were in.

    Examples
    --------
    >>> suspicion(["2208031112340999936", "2208031112341000192"], given=2).certain
    True
    >>> suspicion(["2208031112340999936", "2208031112341000001"], given=2)
    Suspicion(ids=['2208031112340999936'], certain=False)
    """
    numbers, traces = _look(distinct)
    if not len(numbers):
        return Suspicion([], certain=False)
    if np.logical_or.reduce([trace.found for trace in traces]).all():
        chance = math.exp(float(np.log(np.minimum(1.0, sum(trace.chances for trace in traces))).sum()))
        if len(numbers) >= 3 or chance < _CHANCE or (given >= 3 and chance < _CHANCE_REPEATED):
            return Suspicion([distinct[place] for place in numbers], certain=True)
        if len(numbers) == 1 and chance >= _CHANCE_REPEATED:
            return Suspicion([], certain=False)
    told = np.zeros(len(numbers), bool)
    for trace in traces:
        if _chance_of_as_many(int(trace.found.sum()), float(trace.chances.sum())) < _CHANCE_WORTH_TELLING:
            told |= trace.found
    return Suspicion([distinct[place] for place in numbers[told]], certain=False)


class Doubts:
    """What `suspicion` would tell of a whole source that is looked at block by block, and never held.

    Examples
    --------
    >>> doubts = Doubts()
    >>> doubts.add(["2208031112340999936", "2208031112341000001"])
    >>> doubts.notices()[0][:51]
    '1 id looks rounded by a spreadsheet or a float (220'
    """

    def __init__(self) -> None:
        self._found = [0, 0]
        self._expected = [0.0, 0.0]
        self._marked = dict.fromkeys(((True, False), (False, True), (True, True)), 0)
        self._first: dict[tuple[bool, bool], list[str]] = {marks: [] for marks in self._marked}

    def add(self, distinct: Sequence[str]) -> None:
        """Look at distinct ids that have not been looked at."""
        places, traces = _look(distinct)
        for trace, (found, chances) in enumerate(traces):
            self._found[trace] += int(found.sum())
            self._expected[trace] += float(chances.sum())
        for marks in self._marked:
            bearing = np.flatnonzero((traces[0].found == marks[0]) & (traces[1].found == marks[1]))
            self._marked[marks] += len(bearing)
            wanted = SHOWN - len(self._first[marks])
            self._first[marks] += [distinct[place] for place in places[bearing[:wanted]]]

    def notices(self) -> list[str]:
        """Say which ids may be rounded, if there are more of them than chance explains."""
        pairs = zip(self._found, self._expected, strict=True)
        told = [_chance_of_as_many(found, expected) < _CHANCE_WORTH_TELLING for found, expected in pairs]
        kinds = [
            marks for marks in self._marked if any(bears and tells for bears, tells in zip(marks, told, strict=True))
        ]
        total = sum(self._marked[marks] for marks in kinds)
        first = [email_id for marks in kinds for email_id in self._first[marks]]
        return [looks_rounded(total, listed(first, total))] if total else []


def rounded_error(places: Sequence[int], total: int, where: Callable[[int], str]) -> RoundedIdsError:
    """Return the error that names the places of rounded ids."""
    rows = listed((where(place) for place in places), total)
    subject = "id has" if total == 1 else "ids have"
    return RoundedIdsError(f"{total:,} {subject} been rounded by a spreadsheet or a float: {rows}. {REMEDY}")


def looks_rounded(total: int, places: str) -> str:
    """Return the notice about ids that may be rounded."""
    looks = "id looks" if total == 1 else "ids look"
    return (
        f"{total:,} {looks} rounded by a spreadsheet or a float ({places}): the answer may be about somebody else's mail. "
        "Compare with where the ids come from."
    )


class _Trace(NamedTuple):
    """Which ids bear a trace, and how likely each would if it were genuine."""

    found: npt.NDArray[np.bool_]
    chances: npt.NDArray[np.float64]


def _look(distinct: Sequence[str]) -> tuple[npt.NDArray[np.intp], tuple[_Trace, ...]]:
    """Return the places of long whole numbers among ids, and both traces in them."""
    # In blocks: what is made on the way to a few numbers an id would be the most that a query needs of memory.
    starts = range(0, max(1, len(distinct)), _BLOCK)
    looks = [_look_at(distinct[start : start + _BLOCK]) for start in starts]
    places = np.concatenate([start + look[0] for start, look in zip(starts, looks, strict=True)])
    traces = zip(*(look[1] for look in looks), strict=True)
    return places, tuple(_Trace(*map(np.concatenate, zip(*parts, strict=True))) for parts in traces)


def _look_at(distinct: Sequence[str]) -> tuple[npt.NDArray[np.intp], tuple[_Trace, ...]]:
    import pyarrow as pa
    import pyarrow.compute as pc

    ids = pa.array(distinct, pa.large_string())
    plain = pc.utf8_ltrim(ids, "0")
    long = pc.and_(pc.utf8_is_digit(ids), pc.greater_equal(pc.utf8_length(plain), _DIGITS))
    places = np.flatnonzero(long.to_numpy(zero_copy_only=False))
    plain = plain.filter(long)
    lengths = pc.utf8_length(plain).to_numpy(zero_copy_only=False)
    fits = lengths <= _UINT64_DIGITS

    floats = plain.cast(pa.float64()).to_numpy(zero_copy_only=False)
    exact, zeros = np.zeros(len(places), bool), np.zeros(len(places), bool)
    whole = plain.filter(pa.array(fits)).cast(pa.uint64()).to_numpy(zero_copy_only=False)
    exact[fits] = floats[fits].astype(np.uint64) == whole
    zeros[fits] = whole % np.power(np.uint64(10), (lengths[fits] - _DIGITS_KEPT).astype(np.uint64)) == 0
    for place in np.flatnonzero(~fits):
        text = plain[int(place)].as_py()
        exact[place] = int(float(text)) == int(text)
        zeros[place] = not text[_DIGITS_KEPT:].strip("0")
    return places, (_Trace(exact, 1 / np.spacing(floats)), _Trace(zeros, 10.0 ** (_DIGITS_KEPT - lengths)))


def _chance_of_as_many(found: int, expected: float) -> float:
    """Return the chance of so many or more by a Poisson law; by its normal limit where it is large."""
    if found == 0:
        return 1.0
    if expected > 100:
        return math.erfc((found - 0.5 - expected) / math.sqrt(2 * expected)) / 2
    fewer = sum(math.exp(-expected + n * math.log(expected) - math.lgamma(n + 1)) for n in range(found))
    return max(0.0, 1.0 - fewer)
