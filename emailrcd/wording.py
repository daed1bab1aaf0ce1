"""Words for counts, lists and text from outside, put the same way everywhere."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import islice
from typing import Any

_ADDRESS = re.compile(r"\S*[@＠]\S*")


_SIGNATURE = re.compile(r"[0-9a-fA-F]{32}")


_REASON_LENGTH = 200


def quotable(text: str) -> str:
    """Make a server's text fit for a message: one short line without addresses and signatures."""
    line = " ".join(printable(text).split())
    return _SIGNATURE.sub("•••", line)[:_REASON_LENGTH]


def printable(text: str) -> str:
    """Return `text` without addresses, and with blanks for what cannot be printed.

    Examples
    --------
    >>> printable("Li Wei <li.wei@qq.com>")
    'Li Wei (an address)'
    """
    return _ADDRESS.sub("(an address)", "".join(c if c.isprintable() else " " for c in text))


SHOWN = 3
"""How many rows a message names before it says how many more there are."""


_QUOTED_LENGTH = 40


def listed(names: Iterable[str], total: int) -> str:
    """Join the first `names`, and say how many more of `total` there are.

    Examples
    --------
    >>> listed(["row 2", "row 3", "row 4"], 20)
    'row 2, row 3, row 4 and 17 more'
    """
    shown = list(islice(names, SHOWN))
    more = total - len(shown)
    return ", ".join(shown) + (f" and {more:,} more" if more > 0 else "")


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


def counted(number: int, noun: str, plural: str = "") -> str:
    """Return ``1 row``, ``2 rows``."""
    return f"{number:,} {noun if number == 1 else plural or f'{noun}s'}"
