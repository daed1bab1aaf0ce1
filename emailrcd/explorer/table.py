"""How records are shown in a table: in the order of one column, some of the columns, in pages. Pure pandas, no widget."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..records.frame import COLUMNS
from .selection import Selection


@dataclass(frozen=True)
class Table:
    """How the records of a selection are shown.

    Attributes
    ----------
    column : str or None
        The column to sort by; None for the order of the records.
    descending : bool
        Largest first; missing values come last either way.
    chosen : list of str or None
        The columns shown beside the id; None for all.
    page_rows : int
        Records on a page.
    page : int
        Which page is shown, from 0; beyond the last it is the last.
    """

    column: str | None = None
    descending: bool = False
    chosen: list[str] | None = None
    page_rows: int = 20
    page: int = 0

    def positions(self, selection: Selection) -> npt.NDArray[np.intp]:
        """Return where the records shown are, in the order shown."""
        order = selection.population.order(self.column, self.descending)
        return order[selection.mask[order]]

    def names(self, records: pd.DataFrame) -> list[str]:
        """Return the columns shown, in reading order; the id is always there."""
        names = in_reading_order(records)
        return [name for name in names if self.chosen is None or name in self.chosen or name == "email_id"]


def in_reading_order(records: pd.DataFrame) -> list[str]:
    """Return the columns in the order in which a table is read: the answer, the user's own, then what is derived."""
    first = ["email_id", "status", "to_address", *(["error"] if records["error"].notna().any() else [])]
    own = [name for name in records.columns if name not in COLUMNS]
    return [*first, *own, *(name for name in COLUMNS if name not in first)]
