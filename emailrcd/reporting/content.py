"""What a report says, before it has a form: the result of collecting."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from ..analysis.comparison import Comparison
from ..analysis.overview import Overview
from .masking import Mask


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


@dataclass(frozen=True)
class Content:
    """Tables and sentences of a report; no text in it holds an address, unless they are shown.

    Attributes
    ----------
    headline : str
        The result in one sentence.
    overview : Overview
        The numbers of all ids, and what the records do not tell.
    breakdowns : mapping of str to DataFrame
        Measures by group, for each column broken down by.
    timeline : DataFrame or None
        Measures by period; None if there is no time to go by, which `without_time` then explains.
    figure : str
        The timeline as SVG; empty without one.
    findings : DataFrame
        The table of `emailrcd.investigate`.
    comparison : Comparison or None
        With an earlier run; `without_comparison` says why there is none although one was given.
    mails : DataFrame
        Failed, unanswered and open mails first.
    left_out : int
        Mails that are not in it.
    provenance : mapping of str to str
        What it takes to make this report again.
    """

    title: str
    addresses_shown: bool
    tz: str
    headline: str
    overview: Overview
    breakdowns: Mapping[str, pd.DataFrame]
    timeline: pd.DataFrame | None
    without_time: str
    figure: str
    findings: pd.DataFrame
    comparison: Comparison | None
    without_comparison: str
    mails: pd.DataFrame
    left_out: int
    provenance: Mapping[str, str] = field(default_factory=dict)
