"""What comes out of a source: the ids, what stands beside them, and what was refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..errors import IdsError
from ..wording import SHOWN, counted, listed, quoted


class Refused(NamedTuple):
    """An entry that is not an email id.

    Attributes
    ----------
    where : str
        Its place as the user sees it: ``row 7`` (the header is row 1), ``line 3``, ``item 5``, ``index 0``.
    text : str
        What stands there, shortened and without addresses.
    why : str
        Why it cannot be an id.
    """

    where: str
    text: str
    why: str


@dataclass(frozen=True, eq=False)
class Ids:
    """The ids of a source.

    Every entry given is an id, a duplicate or refused: ``given == len(ids) + duplicates + len(refused)``.

    Attributes
    ----------
    ids : list of str
        Distinct ids in order of first appearance.
    given : int
        How many entries there were.
    duplicates : int
        How many of them repeat an id.
    refused : list of Refused
        Entries that are not ids.
    context : DataFrame or None
        The other columns of a table: a row for each id, the one where it first appears. Of a DataFrame: all its rows but
        refused ones, with their index.
    positions : array of int, or None
        For a DataFrame: the place in `ids` of each row of `context`.
    doubts : list of str
        What the user should know of ids that look rounded.
    maybe_rounded : list of str
        Those ids, which are best confirmed before they are queried.
    left_out : list of Refused
        What stood among the entries of a file or a text and is not an id: repeated headers, totals, NULLs, bullets.
    suspects : dict of str to str
        Ids that are unlike the others, such as a word, and where they stand; a query asks each of them alone.
    remarks : list of str
        What the user should know of how the source was read.
    column : str or None
        Name of the column the ids were found in.
    """

    ids: list[str]
    given: int
    duplicates: int = 0
    refused: list[Refused] = field(default_factory=list)
    context: pd.DataFrame | None = None
    positions: npt.NDArray[np.intp] | None = None
    doubts: list[str] = field(default_factory=list)
    maybe_rounded: list[str] = field(default_factory=list)
    left_out: list[Refused] = field(default_factory=list)
    suspects: dict[str, str] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)
    column: str | None = None

    def __repr__(self) -> str:
        return f"<Ids: {len(self.ids):,} ids, {self.duplicates:,} duplicates, {len(self.refused):,} refused>"

    @property
    def notices(self) -> list[str]:
        """All that the user should know."""
        return [
            *duplicates_told(self.duplicates),
            *self.doubts,
            *left_out_told(self.left_out),
            *unlike_told(self.suspects),
            *self.remarks,
        ]

    def check(self) -> None:
        """Refuse the whole source if an entry of it was refused.

        Raises
        ------
        IdsError
            Naming the first refused entries, why, and how many there are.
        """
        if self.refused:
            raise refusal(self.refused, self.given)


def refusal(refused: Sequence[Refused], given: int) -> IdsError:
    """Return the error for `refused` among `given` entries."""
    told = [f"{entry.where} ({entry.text!r}: {entry.why})" for entry in refused[:SHOWN]]
    verdict = "is not an email id" if len(refused) == 1 else "are not email ids"
    return IdsError(
        f"{len(refused):,} of {counted(given, 'entry', 'entries')} {verdict}: {listed(told, len(refused))}. "
        "Correct these entries or take them out, then try again."
    )


def duplicates_told(duplicates: int) -> list[str]:
    """Say that `duplicates` are asked once, if there are any."""
    if not duplicates:
        return []
    return [f"{counted(duplicates, 'duplicate')} {'is' if duplicates == 1 else 'are'} asked once."]


def left_out_told(left_out: Sequence[Refused]) -> list[str]:
    """Say what was left out, by its place, if anything was."""
    if not left_out:
        return []
    places = listed((f"{entry.where} ({entry.text!r}, {entry.why})" for entry in left_out), len(left_out))
    if len(left_out) == 1:
        return [f"1 entry was left out because it is not an email id: {places}."]
    return [f"{len(left_out):,} entries were left out because they are not email ids: {places}."]


def unlike_told(suspects: Mapping[str, str]) -> list[str]:
    """Say which ids are unlike the others, if any are, by the places where they stand."""
    if not suspects:
        return []
    places = (f"{quoted(text)!r} ({where})" for text, where in suspects.items())
    return [
        f"{counted(len(suspects), 'entry is', 'entries are')} unlike the other ids: "
        f"{listed(places, len(suspects))}. {'It is' if len(suspects) == 1 else 'They are'} queried all the same."
    ]
