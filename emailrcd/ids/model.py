"""What comes out of a source: the ids, what stands beside them, and what was refused."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..errors import IdsError
from ..wording import counted, listed, quoted


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
        return [*self._duplicates_told(), *self.doubts, *self._left_out_told(), *self._suspects_told(), *self.remarks]

    def check(self) -> None:
        """Refuse the whole source if an entry of it was refused.

        Raises
        ------
        IdsError
            Naming the first refused entries, why, and how many there are.
        """
        if self.refused:
            raise refusal(self.refused, self.given)

    def _duplicates_told(self) -> Iterator[str]:
        if self.duplicates:
            yield f"{counted(self.duplicates, 'duplicate is', 'duplicates are')} asked once."
        if self.duplicates and self.context is not None and self.positions is None:
            yield "Of rows with the same id the first one's columns are kept."

    def _left_out_told(self) -> Iterator[str]:
        if self.left_out:
            were = "entry was left out because it is not an email id"
            were_all = "entries were left out because they are not email ids"
            places = (f"{entry.where} ({entry.text!r}, {entry.why})" for entry in self.left_out)
            yield f"{counted(len(self.left_out), were, were_all)}: {listed(places, len(self.left_out))}."

    def _suspects_told(self) -> Iterator[str]:
        if self.suspects:
            places = (f"{quoted(text)!r} ({where})" for text, where in self.suspects.items())
            yield (
                f"{counted(len(self.suspects), 'entry is', 'entries are')} unlike the other ids: "
                f"{listed(places, len(self.suspects))}. {'It is' if len(self.suspects) == 1 else 'They are'} queried all "
                "the same."
            )


def refusal(refused: Sequence[Refused], given: int) -> IdsError:
    """Return the error for `refused` among `given` entries."""
    told = (f"{entry.where} ({entry.text!r}: {entry.why})" for entry in refused)
    verdict = "is not an email id" if len(refused) == 1 else "are not email ids"
    return IdsError(
        f"{len(refused):,} of {counted(given, 'entry', 'entries')} {verdict}: {listed(told, len(refused))}. "
        "Correct these entries or take them out, then try again."
    )
