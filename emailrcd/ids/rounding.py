"""Ids that a spreadsheet or a float has rounded.

A rounded id is another id: asking it would ask about somebody else's mail. Two traces give it away in whole numbers of 17 digits
and more: a float can hold it exactly (of genuine ids of 19 digits only one in 256 is such a number), or it has nothing but
zeros past its 15th digit, which is all that Excel keeps.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ..errors import RoundedIdsError
from .model import listed

REMEDY = (
    "Asking them would ask about somebody else's mail, and the lost digits cannot be recovered: export the ids again from "
    "where they come from, and keep them text – format the column as text before pasting, or read with "
    "dtype={'emailId': str} in pandas."
)

_DIGITS = 17
_DIGITS_KEPT = 15
_UINT64_DIGITS = 19
_CHANCE = 1e-4
_CHANCE_REPEATED = 1e-2
_TIMES_EXPECTED = 3


class Suspicion(NamedTuple):
    """What the look at a whole source gave.

    Attributes
    ----------
    ids : list of str
        Ids that may be rounded.
    certain : bool
        Whether the source as a whole is taken for rounded.
    worth_telling : bool
        Whether there are more of them than chance explains.
    """

    ids: list[str]
    certain: bool
    worth_telling: bool


def suspicion(distinct: Sequence[str], given: int) -> Suspicion:
    """Look for the traces of rounding in distinct ids.

    Certain are: three ids or more that all bear a trace; fewer, if the chance that genuine ids all look so is below 1 in 10,000;
    and – rounding makes neighbours equal – fewer that were given three times or more, if that chance is below 1 in 100.

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
    Suspicion(ids=['2208031112340999936'], certain=False, worth_telling=True)
    """
    numbers, traces, chances = _look(distinct)
    if not len(numbers):
        return Suspicion([], certain=False, worth_telling=False)
    suspicious = [number for number, trace in zip(numbers, traces.tolist(), strict=True) if trace]
    chance = math.exp(float(np.log(chances).sum()))
    certain = len(suspicious) == len(numbers) and (
        len(numbers) >= 3 or chance < _CHANCE or (given >= 3 and chance < _CHANCE_REPEATED)
    )
    expected = float(chances.sum())
    # One id alone proves little: it is told only where chance hardly explains it.
    told = len(suspicious) > _TIMES_EXPECTED * expected and (len(numbers) > 1 or chance < _CHANCE_REPEATED)
    return Suspicion(suspicious, certain, told and not certain)


def rounded_error(places: Sequence[int], total: int, where: Callable[[int], str]) -> RoundedIdsError:
    """Return the error that names the places of rounded ids."""
    rows = listed((where(place) for place in places), total)
    subject = "id has" if total == 1 else "ids have"
    return RoundedIdsError(f"{total:,} {subject} been rounded by a spreadsheet or a float: {rows}. {REMEDY}")


def _look(distinct: Sequence[str]) -> tuple[list[str], npt.NDArray[np.bool_], npt.NDArray[np.float64]]:
    """Return the long whole numbers among ids, whether each bears a trace, and the chance of that in a genuine one."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not distinct:
        return [], np.empty(0, bool), np.empty(0)
    ids = pa.array(distinct, pa.large_string())
    ids = ids.filter(pc.and_(pc.utf8_is_digit(ids), pc.greater_equal(pc.utf8_length(ids), _DIGITS)))
    plain = pc.utf8_ltrim(ids, "0")
    lengths = pc.utf8_length(plain)
    long = pc.greater_equal(lengths, _DIGITS)
    ids, plain, lengths = ids.filter(long), plain.filter(long), lengths.filter(long).to_numpy(zero_copy_only=False)
    fits = pc.less_equal(lengths, _UINT64_DIGITS).to_numpy(zero_copy_only=False)

    floats = plain.cast(pa.float64()).to_numpy(zero_copy_only=False)
    traces = np.zeros(len(ids), bool)
    whole = plain.filter(pa.array(fits)).cast(pa.uint64()).to_numpy(zero_copy_only=False)
    exact = floats[fits].astype(np.uint64) == whole
    zeros = whole % np.power(np.uint64(10), (lengths[fits] - _DIGITS_KEPT).astype(np.uint64)) == 0
    traces[fits] = exact | zeros
    for place in np.flatnonzero(~fits):
        text = plain[int(place)].as_py()
        traces[place] = int(float(text)) == int(text) or not text[_DIGITS_KEPT:].strip("0")
    chances = np.minimum(1.0, 1 / np.spacing(floats) + 10.0 ** (_DIGITS_KEPT - lengths))
    return ids.to_pylist(), traces, chances
