"""Ids that a spreadsheet or a float has rounded.

A rounded id is another id: asking it would ask about somebody else's mail. Two traces give it away in whole numbers of 17
digits and more: a float can hold it exactly (of genuine ids of 19 digits one in 256 or 512 is such a number), or it has nothing
but zeros past its 15th digit, which is all that Excel keeps (one in 10,000).
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ..errors import RoundedIdsError
from ..wording import counted, listed

REMEDY = (
    "Asking them would ask about somebody else's mail, and the lost digits cannot be recovered: export the ids again from "
    "where they come from, and keep them text – format the column as text before pasting, or read with "
    "dtype={'emailId': str} in pandas."
)

_DIGITS = 17
_DIGITS_KEPT = 15
_BLOCK = 50_000
_WHOLE = pa.decimal256(76)
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
    """Look for the traces of rounding in distinct ids, which were in so many entries.

    Examples
    --------
    >>> suspicion(["2208031112340999936", "2208031112341000192"], given=2).certain
    True
    >>> suspicion(["2208031112340999936", "2208031112341000001"], given=2)
    Suspicion(ids=['2208031112340999936'], certain=False)
    """
    doubts = Doubts()
    doubts.add(distinct)
    return doubts.suspicion(given)


class Doubts:
    """The traces of rounding in the distinct ids of a source, which may come block by block and are not held."""

    def __init__(self) -> None:
        self._numbers = 0
        self._log_chance = 0.0
        self._expected = np.zeros(2)
        self._found: dict[str, tuple[bool, bool]] = {}

    def add(self, distinct: Sequence[str]) -> None:
        """Look at distinct ids that have not been looked at."""
        # In blocks: what is made on the way to a few numbers would be the most that a query needs of memory.
        for start in range(0, len(distinct), _BLOCK):
            self._look(distinct[start : start + _BLOCK])

    def suspicion(self, given: int) -> Suspicion:
        """Tell which ids may be rounded, if there are more of them than chance explains.

        Certain are: three ids or more that all bear a trace; fewer, if the chance that genuine ids all look so is below 1 in
        10,000; and – rounding makes neighbours equal – fewer that were given three times or more, if that chance is below 1 in
        100.
        """
        if self._found and len(self._found) == self._numbers:
            chance = math.exp(self._log_chance)
            if self._numbers >= 3 or chance < _CHANCE or (given >= 3 and chance < _CHANCE_REPEATED):
                return Suspicion(list(self._found), certain=True)
            if self._numbers == 1 and chance >= _CHANCE_REPEATED:
                return Suspicion([], certain=False)
        counts = [sum(marks) for marks in zip(*self._found.values(), strict=True)]
        unlikely = [
            _chance_of_as_many(found, expected) < _CHANCE_WORTH_TELLING
            for found, expected in zip(counts, self._expected, strict=False)
        ]
        told = [each for each, marks in self._found.items() if any(map(operator.and_, marks, unlikely))]
        return Suspicion(told, certain=False)

    def notices(self, given: int) -> list[str]:
        """Say which ids may be rounded, if any."""
        found = self.suspicion(given).ids
        return [looks_rounded(len(found), listed(found, len(found)))] if found else []

    def _look(self, distinct: Sequence[str]) -> None:
        ids = pa.array(distinct, pa.large_string())
        plain = pc.ascii_ltrim(ids, "0")
        long = pc.match_substring_regex(plain, rf"^[0-9]{{{_DIGITS},}}$")
        plain = plain.filter(long)
        floats = plain.cast(pa.float64())
        exact = pc.equal(floats.cast(_WHOLE), plain.cast(_WHOLE)).to_numpy(zero_copy_only=False)
        zeros = pc.match_substring_regex(plain, rf"^.{{{_DIGITS_KEPT}}}0+$").to_numpy(zero_copy_only=False)
        lengths = pc.binary_length(plain).to_numpy()
        by_float, by_excel = 1 / np.spacing(floats.to_numpy()), _CHANCES_OF_ZEROS[lengths - _DIGITS_KEPT]
        self._numbers += len(plain)
        if (exact | zeros).all():
            self._log_chance += float(np.log(np.minimum(1.0, by_float + by_excel)).sum())
        self._expected += by_float.sum(), by_excel.sum()
        places = np.flatnonzero(long.to_numpy(zero_copy_only=False))
        for place in np.flatnonzero(exact | zeros):
            self._found[distinct[places[place]]] = bool(exact[place]), bool(zeros[place])


def rounded_error(places: Sequence[int], total: int, where: Callable[[int], str]) -> RoundedIdsError:
    """Return the error that names the places of rounded ids."""
    have = counted(total, "id has", "ids have")
    return RoundedIdsError(
        f"{have} been rounded by a spreadsheet or a float: {listed(map(where, places), total)}. {REMEDY}"
    )


def looks_rounded(total: int, places: str) -> str:
    """Return the notice about ids that may be rounded."""
    look = counted(total, "id looks", "ids look")
    return (
        f"{look} rounded by a spreadsheet or a float ({places}): the answer may be about somebody else's mail. Compare with "
        "where the ids come from."
    )


def _chance_of_as_many(found: int, expected: float) -> float:
    """Return the chance of so many or more by a Poisson law; by its normal limit where it is large."""
    if found == 0:
        return 1.0
    if expected > 100:
        return math.erfc((found - 0.5 - expected) / math.sqrt(2 * expected)) / 2
    fewer = sum(math.exp(-expected + n * math.log(expected) - math.lgamma(n + 1)) for n in range(found))
    return max(0.0, 1.0 - fewer)
