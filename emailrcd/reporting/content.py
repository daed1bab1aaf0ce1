"""What a report says, before it has a form: the result of collecting."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import pandas as pd

from ..analysis.comparison import Comparison
from ..analysis.overview import Overview
from ..charts.breakdowns import folded
from ..charts.labels import LABEL_WIDTH
from .masking import Mask

MOST_GROUPS = 12
"""Groups that a breakdown or a comparison shows by name."""


@dataclass(frozen=True)
class Options:
    """How a report is made; see `emailrcd.report` for what each means."""

    title: str = "Delivery report"
    by: tuple[str, ...] | None = None
    at: str | None = None
    columns: tuple[str, ...] = ()
    mask: Mask = "mask"
    show_addresses: bool = False
    most: int | None = None
    filters: str = ""
    tz: str = "Asia/Shanghai"


class Breakdown(NamedTuple):
    """Measures by the groups of a column, under names that may be seen; ``unnamed`` is a row of all groups that have none."""

    name: str
    table: pd.DataFrame
    unnamed: pd.DataFrame | None

    def folded(self, most: int, width: int = LABEL_WIDTH) -> tuple[pd.DataFrame, list[str]]:
        """Return the first rows and their labels, then one for the rest, and one for the groups without a name."""
        table, labels = folded(self.table, most, width)
        if self.unnamed is None:
            return table, labels
        return pd.concat([table, self.unnamed]), [*labels, *self.unnamed.index]


@dataclass(frozen=True)
class Content:
    """Tables and sentences of a report; no text in it holds an address, unless they are shown."""

    title: str
    addresses_shown: bool
    tz: str
    headline: str
    overview: Overview
    breakdowns: Sequence[Breakdown]
    timeline: pd.DataFrame | None
    """Measures by period; None if there is no time to go by, which `without_time` then explains."""

    without_time: str
    findings: pd.DataFrame
    bursts: pd.DataFrame
    """Beginning and end of each burst, with its row among the findings."""

    comparison: Comparison | None
    """With an earlier run; `without_comparison` says why there is none although one was given."""

    newly_failing: str
    without_comparison: str
    mails: pd.DataFrame
    """Failed, unanswered and open mails first."""

    left_out: int
    provenance: Mapping[str, str]
    """What it takes to make this report again."""
