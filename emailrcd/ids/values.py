"""Single values: which of them are ids, as text, and why the others are not."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from numbers import Integral, Real
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ..api.contract import EMAIL_ID
from ..files.cells import bare, is_empty, plain
from ..files.workbooks import NotComputed
from ..wording import quoted
from .model import Refused
from .rounding import rounded_error

Where = Callable[[int], str]
"""Names the place of an entry as the user sees it."""

_LONGEST = 64
_BLOCK = 50_000
_EXACT_IN_FLOAT = 2.0**53
_EXACT_IN_EXCEL = 1e15
_SPREADSHEET_NUMBER = re.compile(
    r"\d+(?:[.,]\d+)?[eE]\+\d+|\d+[.,]\d+[eE](?:1[4-9]|2[0-4])|\d{16,}[.,]0+|\d{16}\.|\d{17}0*\."
)
"""A float as text, of which 17 digits are kept; more of them before a dot are an id at the end of a sentence."""


class Rounded(Exception):
    """A value that has been rounded; never leaves this package."""


class Gathered(NamedTuple):
    """The ids among values.

    Attributes
    ----------
    texts : list of str
        Valid ids, duplicates among them.
    places : array of int
        The place of each among the values.
    refused : list of Refused
        What is not an id.
    left_out : list of Refused
        What is not an entry either.
    """

    texts: list[str]
    places: npt.NDArray[np.intp]
    refused: list[Refused]
    left_out: list[Refused]


def gather(
    values: Sequence[Any],
    where: Where,
    *,
    leftover: Callable[[int], str | None] | None = None,
    spreadsheet: bool = False,
) -> Gathered:
    """Take the ids out of `values`.

    Parameters
    ----------
    values : sequence
        Texts and numbers.
    where : callable
        Names a place.
    leftover : callable, optional
        Tells of the place of a value without digits, or one that cannot be an id, what it is if it is left out; "" where it
        is not an entry at all, such as that of a row with nothing in it.
    spreadsheet : bool
        The values are cells: numbers are exact up to 15 digits only.

    Raises
    ------
    RoundedIdsError
        Values are floats, or were, that cannot hold an id.
    """
    texts, doubtful = _at_once(values, needs_digit=leftover is not None)
    if not doubtful:
        return Gathered(texts, np.arange(len(texts)), [], [])
    refused: list[Refused] = []
    left_out: list[Refused] = []
    rounded: list[int] = []
    dropped: list[int] = []
    for place in doubtful:
        value = values[place]
        what = None if leftover is None else leftover(place)
        if what is not None:
            dropped.append(place)
            if what:
                left_out.append(Refused(where(place), quoted(bare(str(value))), what))
            continue
        try:
            texts[place] = as_id(value, spreadsheet=spreadsheet)
        except Rounded:
            rounded.append(place)
        except ValueError as exc:
            dropped.append(place)
            refused.append(Refused(where(place), "" if is_empty(value) else quoted(value), str(exc)))
    if rounded:
        raise rounded_error(rounded, len(rounded), where)
    places = np.delete(np.arange(len(texts)), dropped)
    if dropped:
        texts = [texts[place] for place in places.tolist()]
    return Gathered(texts, places, refused, left_out)


def as_id(value: Any, *, spreadsheet: bool = False) -> str:
    """Return the id that `value` is.

    Raises
    ------
    ValueError
        It is not one; the message tells why.

    Examples
    --------
    >>> as_id(' "2208031112341000001"')
    '2208031112341000001'
    >>> as_id(2208031112341000001)
    '2208031112341000001'
    """
    if isinstance(value, tuple) and len(value) == 1:
        # A row of a cursor.
        value = value[0]
    if is_empty(value):
        raise ValueError("empty id")
    if isinstance(value, str):
        return _text_as_id(bare(value))
    if isinstance(value, NotComputed):
        raise ValueError("a formula that was never computed: open the file in Excel and save it")
    if isinstance(value, Integral | Real | Decimal) and not isinstance(value, bool):
        return _number_as_id(value, spreadsheet)
    hint = ": give rows as a list or a DataFrame" if isinstance(value, list | tuple | dict) else ""
    raise ValueError(f"neither text nor a number, but {type(value).__name__}{hint}")


def looks_like_id(value: Any) -> bool:
    """Tell whether `value` has the shape of a platform's email id, or of one that was rounded."""
    if isinstance(value, str):
        text = plain(value)
        return _SPREADSHEET_NUMBER.fullmatch(text) is not None or (
            15 <= len(text) <= 25 and text.isascii() and text.isdigit()
        )
    if isinstance(value, bool | np.bool_) or not isinstance(value, Real | Decimal):
        return False
    if isinstance(value, Integral):
        return 10**14 <= int(value) < 10**25
    return _EXACT_IN_EXCEL <= float(value) < 1e25


def _at_once(values: Sequence[Any], needs_digit: bool) -> tuple[list[str], list[int]]:
    """Return `values` as texts, and the places that need a closer look: a million good ids need none."""
    texts: list[str] = []
    doubtful: list[int] = []
    for start in range(0, len(values), _BLOCK):
        of_block, in_block = _block_at_once(values[start : start + _BLOCK], needs_digit)
        doubtful += [start + place for place in in_block]
        texts += of_block
    return texts, doubtful


def _block_at_once(values: Sequence[Any], needs_digit: bool) -> tuple[list[str], Sequence[int]]:
    import pyarrow as pa
    import pyarrow.compute as pc

    try:
        array = pa.array(values, from_pandas=True)
    except (pa.ArrowException, OverflowError, TypeError, ValueError):
        return [""] * len(values), range(len(values))
    if pa.types.is_string(array.type) or pa.types.is_large_string(array.type):
        valid = pc.fill_null(pc.match_substring_regex(array, rf"\A{EMAIL_ID.pattern}\z"), False)
        if needs_digit:
            valid = pc.and_(valid, pc.fill_null(pc.match_substring_regex(array, "[0-9]"), False))
        doubtful = np.flatnonzero(~valid.to_numpy(zero_copy_only=False)).tolist()
        return (array.to_pylist() if not isinstance(values, list) else list(values)), doubtful
    if pa.types.is_integer(array.type) and not array.null_count and (pc.min(array).as_py() or 0) >= 0:
        return array.cast(pa.large_string()).to_pylist(), []
    return [""] * len(values), range(len(values))


def _text_as_id(text: str) -> str:
    if EMAIL_ID.fullmatch(text):
        return text
    text = plain(text)
    if EMAIL_ID.fullmatch(text):
        return text
    if _SPREADSHEET_NUMBER.fullmatch(text):
        raise Rounded
    if "@" in text:
        raise ValueError("an e-mail address is not an email id")
    strange = next((c for c in text if not EMAIL_ID.fullmatch(c)), None)
    if strange is not None:
        raise ValueError(f"{strange!r} cannot be in an id: give the id alone")
    raise ValueError(f"too long: {len(text)} characters, an id has at most {_LONGEST}")


def _number_as_id(value: Any, spreadsheet: bool) -> str:
    is_finite = not isinstance(value, Decimal) or value.is_finite()
    if not isinstance(value, Integral | Decimal) and (math.isinf(value) or abs(value) >= _EXACT_IN_FLOAT):
        raise Rounded
    if is_finite and spreadsheet and abs(value) >= _EXACT_IN_EXCEL:
        raise Rounded
    whole = int(value) if is_finite else -1
    if value != whole or not 0 <= whole < 10**_LONGEST:
        raise ValueError(f"only a whole number of at most {_LONGEST} digits can be an id")
    return str(whole)
