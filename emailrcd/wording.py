"""Counts, lists, lengths of time, rates, times and text from outside, put into words the same way everywhere."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from itertools import islice
from typing import Any

SHOWN = 3
"""How many rows a message names before it says how many more there are."""

NO_VALUE = "–"
"""What stands where a rate or a change is not known."""

_ADDRESS = re.compile(r"\S*[@＠]\S*")
_SIGNATURE = re.compile(r"[0-9a-fA-F]{32}")
# Control characters but tab and newline, line separators, and what turns the direction of text.
_OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufff9-\ufffb]")
_REASON_LENGTH = 200
_QUOTED_LENGTH = 40
_UNITS = ((86_400, "days"), (3_600, "h"), (60, "min"))


def counted(number: int, noun: str, plural: str = "") -> str:
    """Return ``1 row``, ``2 rows``."""
    return f"{number:,} {noun if number == 1 else plural or f'{noun}s'}"


def listed(names: Iterable[str], total: int, most: int = SHOWN) -> str:
    """Join the first `names`, at most so many, and say how many more of `total` there are.

    Examples
    --------
    >>> listed(["row 2", "row 3", "row 4"], 20)
    'row 2, row 3, row 4 and 17 more'
    """
    shown = list(islice(names, most))
    more = total - len(shown)
    return ", ".join(shown) + (f" and {more:,} more" if more > 0 else "")


def duration(seconds: float) -> str:
    """Say how long something takes, in the largest unit of which it is at least one and a half.

    Examples
    --------
    >>> duration(0.48), duration(41.6), duration(91), duration(5_460), duration(86_400), duration(200_000)
    ('0.5 s', '42 s', '1.5 min', '1.5 h', '24 h', '2.3 days')
    """
    length, unit = next((each for each in _UNITS if seconds >= 1.5 * each[0]), (1, "s"))
    number = seconds / length
    return f"{number:,.{int(number < 10)}f}".removesuffix(".0") + f" {unit}"


def percent(share: float, decimals: int = 1) -> str:
    """Return a share as per cent; what is neither nothing nor all is never rounded to it.

    Examples
    --------
    >>> percent(0.875), percent(0.99996), percent(0.0001), percent(0.005, 0), percent(float("nan"))
    ('87.5%', '>99.9%', '<0.1%', '<1%', '–')
    """
    if share != share:
        return NO_VALUE
    told, least = f"{share:.{decimals}%}", 10 ** -(decimals + 2)
    if share > 0 and told == f"{0:.{decimals}%}":
        return f"<{least:.{decimals}%}"
    if share < 1 and told == f"{1:.{decimals}%}":
        return f">{1 - least:.{decimals}%}"
    return told


def interval(low: float, high: float, decimals: int = 1) -> str:
    """Return the ends of an interval of rates.

    Examples
    --------
    >>> interval(0.84, 0.865), interval(float("nan"), float("nan"))
    ('84.0% – 86.5%', '–')
    """
    return f"{low:.{decimals}%} – {high:.{decimals}%}" if low == low else NO_VALUE


def points(change: float) -> str:
    """Return the change of a rate in percentage points, with its sign.

    Examples
    --------
    >>> points(0.083), points(-0.011), points(0)
    ('+8.3', '−1.1', '0.0')
    """
    if change != change:
        return NO_VALUE
    return f"{change * 100:+.1f}".replace("-", "−").replace("+0.0", "0.0").replace("−0.0", "0.0")


def moment(time: datetime) -> str:
    """Return a time to the minute, in its own zone."""
    return f"{time:%Y-%m-%d %H:%M}"


def span(first: datetime, last: datetime) -> str:
    """Return the two ends of a stretch of time to the minute; a day is named once.

    Examples
    --------
    >>> span(datetime(2026, 11, 24, 14), datetime(2026, 11, 24, 16))
    '2026-11-24 14:00 to 16:00'
    """
    return f"{moment(first)} to {last:%H:%M}" if first.date() == last.date() else f"{moment(first)} to {moment(last)}"


def distinct(labels: Iterable[Any]) -> list[Any]:
    """Return labels of which no two are alike: a text that is there already is numbered.

    Examples
    --------
    >>> distinct(["x", "x", "y", "x"])
    ['x', 'x (2)', 'y', 'x (3)']
    """
    taken: set[Any] = set()
    uses: dict[str, int] = {}
    result = []
    for label in labels:
        name = label
        while isinstance(label, str) and name in taken:
            uses[label] = uses.get(label, 1) + 1
            name = f"{label} ({uses[label]})"
        taken.add(name)
        result.append(name)
    return result


def harmless(text: str) -> str:
    r"""Return text in which nothing is obeyed by a terminal, and nothing turns the direction of what follows.

    Examples
    --------
    >>> harmless("a\x1b[2Jb")
    'a�[2Jb'
    """
    return _OBEYED.sub("\ufffd", text)


def printable(text: str) -> str:
    """Return `text` without addresses, and with blanks for what cannot be printed.

    Examples
    --------
    >>> printable("Li Wei <li.wei@qq.com>")
    'Li Wei (an address)'
    """
    return _ADDRESS.sub("(an address)", "".join(c if c.isprintable() else " " for c in text))


def quotable(text: str) -> str:
    """Make a server's text fit for a message: one short line without addresses and signatures."""
    line = " ".join(printable(text).split())
    return _SIGNATURE.sub("•••", line)[:_REASON_LENGTH]


def quoted(value: Any) -> str:
    """Make text from outside fit for a message: short, printable, without addresses.

    Examples
    --------
    >>> quoted("Li Wei <li.wei@qq.com>")
    'Li Wei (an address)'
    """
    # Cut first: an address must not become unrecognisable by being cut, so a generous piece is searched.
    try:
        text = str(value)[: 10 * _QUOTED_LENGTH]
    except ValueError:
        text = "(a number of thousands of digits)"
    text = printable(text)
    return text if len(text) <= _QUOTED_LENGTH else text[: _QUOTED_LENGTH - 1] + "…"
