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
from ..wording import SHOWN, listed

REMEDY = (
    "Asking them would ask about somebody else's mail, and the lost digits cannot be recovered: export the ids again from "
    "where they come from, and keep them text – format the column as text before pasting, or read with "
    "dtype={'emailId': str} in pandas."
)

_DIGITS = 17
_DIGITS_KEPT = 15
_UINT64_DIGITS = 19
_BLOCK = 50_000
_POWERS = np.power(np.uint64(10), np.arange(_UINT64_DIGITS - _DIGITS_KEPT + 1, dtype=np.uint64))
_CHANCES_OF_ZEROS = 10.0 ** -np.arange(50.0)  # for up to 64 digits, the longest an id can be
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
    # In blocks: what is made on the way to a few numbers would be the most that a query needs of memory.
    looks = [_look(distinct[start : start + _BLOCK], start) for start in range(0, len(distinct), _BLOCK)]
    numbers = sum(look.numbers for look in looks)
    if not numbers:
        return Suspicion([], certain=False)
    traces = [_together(traces) for traces in zip(*(look.traces for look in looks), strict=True)]
    found = np.unique(np.concatenate([trace.found for trace in traces]))
    if len(found) == numbers:
        chance = math.exp(sum(look.log_chance for look in looks))
        if numbers >= 3 or chance < _CHANCE or (given >= 3 and chance < _CHANCE_REPEATED):
            return Suspicion([distinct[place] for place in found], certain=True)
        if numbers == 1 and chance >= _CHANCE_REPEATED:
            return Suspicion([], certain=False)
    unlikely = [
        trace.found for trace in traces if _chance_of_as_many(len(trace.found), trace.expected) < _CHANCE_WORTH_TELLING
    ]
    told = np.unique(np.concatenate([found[:0], *unlikely]))
    return Suspicion([distinct[place] for place in told], certain=False)


class Doubts:
    """What `suspicion` would tell of a source that is looked at block by block and never held.

    Examples
    --------
    >>> doubts = Doubts()
    >>> doubts.add(["2208031112340999936", "2208031112341000001"])
    >>> doubts.notices()[0][:67]
    '1 id looks rounded by a spreadsheet or a float (2208031112340999936'
    """

    def __init__(self) -> None:
        self._expected = [0.0, 0.0]
        self._found = [0, 0]
        self._found_in_both = 0
        self._first: tuple[list[str], list[str]] = ([], [])

    def add(self, distinct: Sequence[str]) -> None:
        """Look at distinct ids that have not been looked at."""
        traces = _look(distinct, 0).traces
        for number, trace in enumerate(traces):
            self._expected[number] += trace.expected
            self._found[number] += len(trace.found)
            self._first[number].extend(distinct[place] for place in trace.found[: SHOWN - len(self._first[number])])
        self._found_in_both += len(np.intersect1d(traces[0].found, traces[1].found))

    def notices(self) -> list[str]:
        """Say which ids may be rounded, if there are more of them than chance explains."""
        pairs = enumerate(zip(self._found, self._expected, strict=True))
        told = [trace for trace, counts in pairs if _chance_of_as_many(*counts) < _CHANCE_WORTH_TELLING]
        total = sum(self._found[trace] for trace in told) - (self._found_in_both if len(told) == 2 else 0)
        first = dict.fromkeys(email_id for trace in told for email_id in self._first[trace])
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
    """Where ids bear a trace, and how many would if all were genuine."""

    found: npt.NDArray[np.intp]
    expected: float


class _Look(NamedTuple):
    """What is to be seen in a block of ids: its long whole numbers, the chance that all bear a trace if they do, the traces."""

    numbers: int
    log_chance: float
    traces: tuple[_Trace, _Trace]


def _together(traces: Sequence[_Trace]) -> _Trace:
    return _Trace(np.concatenate([trace.found for trace in traces]), sum(trace.expected for trace in traces))


def _look(distinct: Sequence[str], start: int) -> _Look:
    """Look at the block of distinct ids that begins at `start`."""
    import pyarrow as pa
    import pyarrow.compute as pc

    ids = pa.array(distinct, pa.large_string())
    plain = pc.ascii_ltrim(ids, "0")
    long = pc.and_(pc.ascii_is_decimal(ids), pc.greater_equal(pc.binary_length(plain), _DIGITS))
    places = start + np.flatnonzero(long.to_numpy(zero_copy_only=False))
    plain = plain.filter(long)
    lengths = pc.binary_length(plain).to_numpy()
    exact, zeros = np.empty(len(places), bool), np.empty(len(places), bool)
    floats = np.empty(len(places))
    fits = lengths <= _UINT64_DIGITS
    whole = plain.filter(pa.array(fits)).cast(pa.uint64()).to_numpy()
    floats[fits] = whole
    exact[fits] = floats[fits].astype(np.uint64) == whole
    zeros[fits] = whole % _POWERS[lengths[fits] - _DIGITS_KEPT] == 0
    for place in np.flatnonzero(~fits):
        text = plain[int(place)].as_py()
        floats[place] = float(text)
        exact[place] = int(floats[place]) == int(text)
        zeros[place] = not text[_DIGITS_KEPT:].strip("0")
    by_float, by_excel = 1 / np.spacing(floats), _CHANCES_OF_ZEROS[lengths - _DIGITS_KEPT]
    all_marked = (exact | zeros).all()
    return _Look(
        numbers=len(places),
        log_chance=float(np.log(np.minimum(1.0, by_float + by_excel)).sum()) if all_marked else 0.0,
        traces=(_Trace(places[exact], float(by_float.sum())), _Trace(places[zeros], float(by_excel.sum()))),
    )


def _chance_of_as_many(found: int, expected: float) -> float:
    """Return the chance of so many or more by a Poisson law; by its normal limit where it is large."""
    if found == 0:
        return 1.0
    if expected > 100:
        return math.erfc((found - 0.5 - expected) / math.sqrt(2 * expected)) / 2
    fewer = sum(math.exp(-expected + n * math.log(expected) - math.lgamma(n + 1)) for n in range(found))
    return max(0.0, 1.0 - fewer)
