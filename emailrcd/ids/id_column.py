"""Which column of a table holds the ids: told by name, else by the shape of its values – never guessed between several."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any, NamedTuple

import pandas as pd

from ..errors import AmbiguousColumnError
from ..files.cells import is_empty, plain
from ..wording import listed, quoted
from .values import looks_like_id

NAMES = frozenset(
    {"emailid", "emailids", "mailid", "mailids", "itnioemailid", "邮件id", "邮件ids", "邮件编号", "平台邮件id"}
)
"""Names that are enough by themselves; upper and lower case, blanks, ``_`` and ``-`` make no difference."""

_WEAK_NAMES = frozenset({"id", "ids"})
_IGNORED = re.compile(r"[\s_-]|\(\d+\)\s*$")
"""The number at the end is what tells columns of the same name apart."""

_SAMPLE = 1_000
_SHARE = 0.95
_LISTED = 12


class Choice(NamedTuple):
    """The place of the id column, and the rank of the reason for which it is taken for that, the best being 0."""

    place: int
    rank: int


def normal(name: object) -> str:
    """Return a column's name without what makes no difference.

    Examples
    --------
    >>> normal(" Email_ID "), normal("ｅｍａｉｌ－ＩＤ")
    ('emailid', 'emailid')
    """
    return _IGNORED.sub("", plain(str(name))).lower()


def is_id_name(name: object) -> bool:
    """Tell whether a column of this name holds email ids."""
    return normal(name) in NAMES


def is_heading(text: str) -> bool:
    """Tell whether a text can stand above or before ids as their name: ``Email ID``, ``邮件编号``, ``id``."""
    return normal(text) in NAMES | _WEAK_NAMES


def choose(frame: pd.DataFrame, column: str | None = None, where: str = "this table") -> Choice:
    """Choose the id column of `frame`.

    Parameters
    ----------
    frame : DataFrame
        The table.
    column : str, optional
        The name the user gave.
    where : str
        What to call the table in a message.

    Raises
    ------
    AmbiguousColumnError
        Several columns could hold the ids, or none.
    """
    names = list(frame.columns)
    if column is not None:
        return Choice(_asked_for(names, column, where), 0)
    by_name = [place for place, name in enumerate(names) if is_id_name(name)]
    by_shape = [] if by_name else [place for place in range(len(names)) if _has_shape(frame.iloc[:, place])]
    by_weak_name = [place for place, name in enumerate(names) if normal(name) in _WEAK_NAMES]
    as_only_one = [0] if len(names) == 1 else []
    for rank, places in enumerate((by_name, by_shape, by_weak_name, as_only_one), 1):
        if len(places) == 1:
            return Choice(places[0], rank)
        if places:
            raise AmbiguousColumnError(
                f"Several columns of {where} could hold the email ids: {_listed(names[place] for place in places)}. "
                "Name the one that does emailId and rename the others, or pass column='<its name>'.",
                [str(names[place]) for place in places],
            )
    raise AmbiguousColumnError(
        f"No column of {where} is known to hold email ids; it has {_listed(names) or 'no columns'}. "
        "Name the one that does emailId, or pass column='<its name>'.",
        [str(name) for name in names],
    )


def _asked_for(names: Sequence[Any], column: str, where: str) -> int:
    exact = [place for place, name in enumerate(names) if name == column]
    alike = exact or [place for place, name in enumerate(names) if normal(name) == normal(column)]
    if len(alike) == 1:
        return alike[0]
    problem = f"{len(alike)} columns" if alike else "no column"
    raise AmbiguousColumnError(
        f"There is {problem} named {quoted(column)!r} in {where}; it has {_listed(names)}. "
        "Pass the name of one column as it stands there."
    )


def _has_shape(values: pd.Series[Any]) -> bool:
    """Tell whether nearly all values have the shape of ids, or of ids that were rounded."""
    sample = list(islice((value for value in values if not is_empty(value)), _SAMPLE))
    return bool(sample) and sum(map(looks_like_id, sample)) >= _SHARE * len(sample)


def _listed(names: Iterable[Any]) -> str:
    shown = [repr(quoted(name)) for name in names]
    return listed(shown, len(shown), _LISTED)
