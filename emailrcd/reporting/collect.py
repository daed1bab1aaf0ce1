"""The first stage: records in, content of a report out, addresses masked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from ..analysis import tables
from ..analysis.comparison import Comparison, compare
from ..analysis.counting import measures
from ..analysis.failures import investigate
from ..analysis.inputs import check_column, groupable
from ..analysis.overview import Missing, Overview, overview
from ..errors import EmailrcdError
from ..records.frame import COLUMNS, STATUSES
from ..wording import counted, distinct, harmless, listed
from .content import MOST_GROUPS, Breakdown, Content, Options
from .headline import headline
from .masking import HIDDEN, Masking, changed
from .provenance import provenance

URGENT = ("failed", "unanswered", "invalid", "sending", "not_found", "delivered")
"""The order in which mails are listed."""

_MOST_GROUPS = 30
_MOST_COLUMNS = 6
_COMPARED_BY = "provider"
_FINDING_TEXTS = ("what", "evidence", "next_step", "sample_ids")

Hide = Callable[[str], str]
"""Makes a text fit to be seen: no addresses, unless they are shown; nothing that a terminal or a page would obey."""


def collect(
    records: pd.DataFrame, before: pd.DataFrame | None, options: Options, masking: Masking, most: int
) -> Content:
    """Return what a report on `records`, and `before` as an earlier run, says; at most so many mails are listed.

    Numbers are counted in the records as they are, and only names are masked: groups whose names look alike then stay apart.
    """
    for name in (*(options.by or ()), *options.columns):
        check_column(records, name)
    hide = harmless if options.show_addresses else masking.text
    names = dict(zip(records.columns, distinct(map(hide, records.columns)), strict=True))
    view = overview(records)
    found = investigate(records, at=options.at, tz=options.tz, before=before)
    findings = found.table[[name for name in found.table if name != "condition"]].copy()
    for name in _FINDING_TEXTS:
        findings[name] = findings[name].map(hide, na_action="ignore")
    comparison, without_comparison = _comparison(before, records)
    timeline, without_time = _timeline(records, options)
    by = _grouping_columns(records, options, timeline)
    clock = "" if timeline is None else names[str(timeline.index.name)]
    mails = _mails(records, options, masking, most)
    return Content(
        title=hide(options.title),
        addresses_shown=options.show_addresses,
        tz=options.tz,
        headline=headline(view.total, findings, comparison),
        overview=replace(view, missing=_missing(view, timeline, hide)),
        breakdowns=[
            _breakdown(tables.breakdown(records, name), names[name], hide, None if options.show_addresses else masking)
            for name in by
        ],
        timeline=None if timeline is None else timeline.rename_axis(clock),
        without_time=without_time,
        findings=findings,
        bursts=found.bursts,
        comparison=comparison,
        newly_failing="" if comparison is None else _newly_failing(comparison, options.show_addresses, masking),
        without_comparison=without_comparison,
        mails=mails.rename(columns=names),
        left_out=len(records) - len(mails),
        provenance=provenance(records, before, options, [names[name] for name in by], clock, most, hide),
    )


def _grouping_columns(records: pd.DataFrame, options: Options, timeline: pd.DataFrame | None) -> list[str]:
    """Return the columns to break down by: provider and domain, then those named, or those of the user's that form groups."""
    named = options.by
    if named is None:
        # The times of sending are in the timeline.
        known = {*COLUMNS, None if timeline is None else timeline.index.name}
        own = [str(name) for name in records.columns if name not in known]
        named = tuple(name for name in own if _forms_groups(records[name]))[:_MOST_COLUMNS]
    return list(dict.fromkeys(["provider", "domain", *named]))


def _forms_groups(values: Any) -> bool:
    if not isinstance(values, pd.Series) or pd.api.types.is_datetime64_any_dtype(values.dtype):
        return False
    groups = groupable(values).nunique(dropna=False)
    return 2 <= groups <= min(_MOST_GROUPS, len(values) // 2)


def _breakdown(table: pd.DataFrame, name: str, hide: Hide, masking: Masking | None) -> Breakdown:
    """Return a table under names that may be seen; domains that may not be named are one row, which says how many."""
    hidden = np.zeros(len(table), bool)
    if table.index.name == "domain" and masking is not None:
        hidden[:] = [isinstance(domain, str) and masking.domain(domain) == HIDDEN for domain in table.index]
    unnamed, table = table[hidden], table[~hidden]
    labels = distinct(hide(key) if isinstance(key, str) else key for key in table.index)
    rest = unnamed[list(STATUSES)].sum().to_frame(f"{counted(len(unnamed), 'domain')}, not named").T
    return Breakdown(
        name,
        table.set_axis(pd.Index(labels, name=name)),
        measures(rest).rename_axis(name) if len(unnamed) else None,
    )


def _comparison(before: pd.DataFrame | None, records: pd.DataFrame) -> tuple[Comparison | None, str]:
    if before is None:
        return None, ""
    try:
        return compare(before, records, by=_COMPARED_BY), ""
    except EmailrcdError:
        return None, "Nothing is settled in one of the two runs, so there is nothing to compare yet."


def _newly_failing(comparison: Comparison, shown: bool, masking: Masking) -> str:
    """Say which domains have begun to fail, and how many more there are, some of which may not be named."""
    domains = [str(name) for name in comparison.newly_failing.index]
    named = [name for name in domains if shown or masking.domain(name) != HIDDEN]
    if named:
        return listed(named, len(domains), MOST_GROUPS)
    return f"{counted(len(domains), 'domain')}, not named" if domains else ""


def _timeline(records: pd.DataFrame, options: Options) -> tuple[pd.DataFrame | None, str]:
    try:
        return tables.timeline(records, None, options.at, options.tz), ""
    except EmailrcdError:
        if options.at is not None:
            raise
        return None, "There is no time to go by: when these mails were sent is not known."


def _missing(view: Overview, timeline: pd.DataFrame | None, hide: Hide) -> tuple[Missing, ...]:
    """Return what the records do not tell, and how many ids have no time of sending."""
    untimed = view.total["ids"] if timeline is None else timeline.loc[timeline.index.isna(), "ids"].sum()
    missing = [each._replace(why=hide(each.why)) for each in view.missing]
    if untimed:
        missing.append(Missing("No time of sending", int(untimed), "Not in the picture over time."))
    return tuple(missing)


def _mails(records: pd.DataFrame, options: Options, masking: Masking, most: int) -> pd.DataFrame:
    """Return the mails listed, the urgent ones first; columns of the user's only where they are asked for."""
    order = np.argsort(pd.Categorical(records["status"], list(URGENT)).codes, kind="stable")[:most]
    own = [name for name in options.columns if name not in COLUMNS]
    mails = records[[*COLUMNS, *own]].iloc[order].reset_index(drop=True)
    return changed(mails, lambda _: harmless) if options.show_addresses else masking.cells(mails)
