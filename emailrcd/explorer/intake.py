"""The ids that the app has been given: from a source, and again with a chosen column."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from ..api.contract import MAX_IDS
from ..errors import AmbiguousColumnError, AmbiguousSheetError, EmailrcdError
from ..ids import Ids
from ..wording import counted
from .problems import told
from .replies import IdsContent

Read = Callable[[str | None, str | None], Ids]
"""Reads a source; takes the names of its id column and of its sheet where they had to be chosen."""

_REFUSED_SHOWN = 8


class Intake:
    """What was given as ids, and what came of it."""

    def __init__(self) -> None:
        self.ids: Ids | None = None
        self.question = ""
        self._read: Read | None = None
        self._label = ""
        self._problem = ""
        self._columns: tuple[str, ...] = ()
        self._asked: Literal["column", "sheet"] = "column"
        self._chosen: dict[str, str] = {}

    def take(self, read: Read | None, label: str) -> None:
        """Take ids from a source; what is wrong with it is kept to be shown. None clears."""
        self._read, self._label, self._chosen = read, label, {}
        self._take()

    def choose(self, name: str) -> None:
        """Read the source again, with the column of this name as that of the ids, or its sheet, if that was asked for."""
        self._chosen[self._asked] = name
        self._take()

    def _take(self) -> None:
        self.ids, self.question, self._problem, self._columns = None, "", "", ()
        if self._read is None:
            return
        try:
            self.ids = self._read(self._chosen.get("column"), self._chosen.get("sheet"))
        except (AmbiguousColumnError, AmbiguousSheetError) as exc:
            self._problem, self._columns = told(exc), exc.candidates
            self._asked = "sheet" if isinstance(exc, AmbiguousSheetError) else "column"
        except EmailrcdError as exc:
            self._problem = told(exc)

    def may_be_queried(self, anyway: bool) -> bool:
        """Tell whether no id may be rounded or, where this has been asked about, `anyway`; otherwise ask."""
        if self.ids is None or not self.ids.maybe_rounded or (self.question and anyway):
            return True
        self.question = " ".join([*self.ids.doubts, "Query all the same?"])
        return False

    def content(self) -> IdsContent:
        """Return what the browser is told: the counts, what was refused and why, the columns or sheets to choose from."""
        taken = self.ids
        refused = taken.refused if taken else []
        return IdsContent(
            count=len(taken.ids) if taken else 0,
            text=_counts(taken, self._label) if taken else "",
            problem=self._problem,
            question=self.question,
            refused=[f"{entry.where}: {entry.text} – {entry.why}" for entry in refused[:_REFUSED_SHOWN]],
            more=max(0, len(refused) - _REFUSED_SHOWN),
            notices=taken.notices if taken else [],
            columns=list(self._columns),
        )


def _counts(taken: Ids, label: str) -> str:
    parts = [f"{counted(len(taken.ids), 'id')} from {label}"]
    if taken.duplicates:
        parts.append(f"{counted(taken.duplicates, 'duplicate')}, asked once")
    if taken.refused:
        parts.append(f"{counted(len(taken.refused), 'entry', 'entries')} refused")
    if taken.ids:
        parts.append(counted(-(-len(taken.ids) // MAX_IDS), "call"))
    return " · ".join(parts)
