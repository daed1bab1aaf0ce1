"""The first stage: records in, content of a report out, addresses masked."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from ..analysis import tables
from ..analysis.comparison import Comparison, compare
from ..analysis.failures import investigate
from ..analysis.inputs import check_column, groupable
from ..analysis.overview import Missing, Overview, overview
from ..errors import EmailrcdError
from ..files.tables import plainly_named
from ..records.frame import COLUMNS, is_sandbox
from .content import Content, Options
from .headline import headline
from .masking import Masking
from .provenance import provenance
from .svg import timeline_figure

URGENT = ("failed", "unanswered", "invalid", "sending", "not_found", "delivered")
"""The order in which mails are listed."""

_MOST_GROUPS = 30
_MOST_COLUMNS = 6
_COMPARED_BY = "provider"


def collect(
    records: pd.DataFrame, before: pd.DataFrame | None, options: Options, masking: Masking, most: int
) -> Content:
    """Return what a report on `records` says.

    Parameters
    ----------
    records, before : DataFrame
        Records frames; `before` is an earlier run, or None.
    options : Options
        What is asked for.
    masking : Masking
        Made of both frames; not used where addresses are shown.
    most : int
        Mails listed.

    Raises
    ------
    EmailrcdError
        It is no records frame, or a column is named that it does not have.
    """
    for name in (*(options.by or ()), *options.columns):
        check_column(records, name)
    hide = (lambda text: text) if options.show_addresses else masking.text
    shown = _shown(records, options, masking)
    # Two names may be one when their addresses are masked.
    names = dict(zip(records.columns, shown.columns, strict=True))
    view = overview(records)
    found = investigate(records, at=options.at, tz=options.tz)
    findings = found.table.copy()
    for name in ("what", "evidence", "next_step", "sample_ids"):
        findings[name] = findings[name].map(hide, na_action="ignore")
    by = _broken_down(records, options)
    comparison, without_comparison = _comparison(before, shown, options, masking)
    at = options.at and names[options.at]
    timeline, without_time = _timeline(shown, at, options.tz)
    clock = "" if timeline is None else str(timeline.index.name)
    missing = [each._replace(why=hide(each.why)) for each in view.missing]
    if untimed := _untimed(timeline, view):
        missing.append(Missing("No time of sending", untimed, "Not in the picture over time."))
    told = provenance(records, before, options, by, clock, most)
    order = np.argsort(pd.Categorical(records["status"], list(URGENT)).codes, kind="stable")
    own = [names[name] for name in options.columns if name not in COLUMNS]
    mails = _listed(shown, own).iloc[order[:most]].reset_index(drop=True)
    return Content(
        title=hide(options.title),
        addresses_shown=options.show_addresses,
        tz=options.tz,
        headline=headline(view.total, findings, comparison),
        overview=replace(view, missing=tuple(missing)),
        breakdowns={names[name]: tables.breakdown(shown, names[name]) for name in by},
        timeline=timeline,
        without_time=without_time,
        figure="" if timeline is None else timeline_figure(shown, at, options.tz, found),
        findings=findings,
        comparison=comparison,
        without_comparison=hide(without_comparison),
        mails=mails,
        left_out=len(records) - len(mails),
        provenance={name: hide(text) for name, text in told.items()},
    )


def _shown(records: pd.DataFrame, options: Options, masking: Masking) -> pd.DataFrame:
    """Return the records as they may be seen; that they are the sandbox's is still known when the mark is masked."""
    shown = records.copy(deep=False) if options.show_addresses else plainly_named(masking.frame(records))
    shown.attrs = {"emailrcd": {"sandbox": is_sandbox(records)}}
    return shown


def _broken_down(records: pd.DataFrame, options: Options) -> list[str]:
    """Return the columns to break down by: provider and domain, then those named, or those of the user's that form groups."""
    own = [str(name) for name in records.columns if name not in COLUMNS] if options.by is None else []
    grouping = [name for name in own if _forms_groups(records[name])][:_MOST_COLUMNS]
    return list(dict.fromkeys(["provider", "domain", *(options.by or grouping)]))


def _forms_groups(values: Any) -> bool:
    if not isinstance(values, pd.Series) or pd.api.types.is_datetime64_any_dtype(values.dtype):
        return False
    groups = groupable(values).nunique(dropna=False)
    return 2 <= groups <= min(_MOST_GROUPS, len(values) // 2)


def _comparison(
    before: pd.DataFrame | None, shown: pd.DataFrame, options: Options, masking: Masking
) -> tuple[Comparison | None, str]:
    if before is None:
        return None, ""
    try:
        return compare(_shown(before, options, masking), shown, by=_COMPARED_BY), ""
    except EmailrcdError as exc:
        return None, str(exc)


def _timeline(shown: pd.DataFrame, at: str | None, tz: str) -> tuple[pd.DataFrame | None, str]:
    try:
        return tables.timeline(shown, None, at, tz), ""
    except EmailrcdError as exc:
        if at is not None:
            raise
        return None, str(exc)


def _untimed(timeline: pd.DataFrame | None, view: Overview) -> int:
    """Return how many ids have no time of sending."""
    if timeline is None:
        return int(view.total["ids"])
    return int(timeline.loc[timeline.index.isna(), "ids"].sum())


def _listed(shown: pd.DataFrame, own: list[str]) -> pd.DataFrame:
    """Return the columns of the mail list: the user's only where they are asked for."""
    return shown[[name for name in (*COLUMNS, *own) if name in shown.columns]]
