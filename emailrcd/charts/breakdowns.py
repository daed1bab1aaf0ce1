"""Volume by status: of all ids, and of groups as rows, with their rates and intervals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from ..analysis import tables
from ..analysis.counting import measures
from ..analysis.inputs import Records, check
from ..analysis.overview import rate_in_words
from ..records.frame import SETTLED, STATUSES, is_sandbox
from ..wording import percent
from .figure import describe
from .labels import LABEL_WIDTH, group_label, status_label
from .palette import DIM, INK, PAPER, STATUS_COLORS
from .style import (
    LEGEND_POINTS,
    count_axis,
    drawing,
    legend,
    name_rows,
    note,
    note_if_empty,
    note_row,
    percent_axis,
    rate_limits,
    rows_height,
    split_right,
    title,
)

_MOST_GROUPS = 12


def summary(records: Records, ax: Axes | None = None) -> Axes:
    """Draw how many ids have each status, under the delivery rate with its interval.

    Parameters
    ----------
    records : DataFrame or Parts
        A records frame, or records in parts.
    ax : Axes, optional
        Where to draw.
    """
    records = check(records)
    total = tables.summary(records).iloc[0]
    statuses = [status for status in STATUSES if total[status] or status in SETTLED]
    counts = [int(total[status]) for status in statuses]
    with drawing(ax, (8.4, 1.2 + 0.4 * len(statuses))) as drawn:
        drawn.barh(range(len(statuses)), counts, color=[STATUS_COLORS[status] for status in statuses], height=0.66)
        name_rows(drawn, [status_label(status) for status in statuses])
        for row, count in enumerate(counts):
            share = f"  ·  {percent(count / total['ids'])}" if total["ids"] else ""
            note(drawn, f"{count:,}{share}", (count, row), (5, 0))
        drawn.set_xlim(0, max(1, *counts) * 1.25)
        drawn.set_xlabel("distinct ids")
        count_axis(drawn.xaxis)
        title(drawn, rate_in_words(total), is_sandbox(records))
        counted = ", ".join(f"{count:,} {status_label(status)}" for status, count in zip(statuses, counts, strict=True))
        describe(drawn, f"{rate_in_words(total)}. {counted}")
        return drawn


def breakdown(records: Records, by: str | Sequence[str], ax: Axes | None = None, most: int = _MOST_GROUPS) -> Axes:
    """Draw each group's volume by status, and beside it its delivery rate with the 95 % interval.

    Parameters
    ----------
    records : DataFrame or Parts
        A records frame, or records in parts.
    by : str or sequence of str
        One or several of its columns.
    ax : Axes, optional
        Its place is divided between the volume, which is drawn on it, and the rates.
    most : int
        Groups drawn, largest first; the others are added up in one row, "N more".

    Raises
    ------
    EmailrcdError
        As for `emailrcd.breakdown`.
    """
    records = check(records)
    table, labels = folded(tables.breakdown(records, by), max(most, 1))
    name = by if isinstance(by, str) else ", ".join(by)
    return draw_breakdown(table, labels, name, is_sandbox(records), ax)


def draw_breakdown(
    table: pd.DataFrame, labels: Sequence[str], name: str, sandbox: bool, ax: Axes | None = None
) -> Axes:
    """Draw the table of a breakdown, as `breakdown` does."""
    with drawing(ax, (9.2, rows_height(len(table)))) as drawn:
        left = np.zeros(len(table))
        for status in STATUSES:
            counts = table[status].to_numpy(float)
            if counts.any():
                color, label = STATUS_COLORS[status], status_label(status)
                drawn.barh(range(len(table)), counts, 0.66, left, color=color, label=label)
            left += counts
        name_rows(drawn, labels)
        for row, count in enumerate(left):
            note(drawn, f"{count:,.0f}", (count, row), (4, 0), DIM)
        drawn.set_xlim(0, max([1.0, *left]) * 1.18)
        drawn.set_xlabel("distinct ids")
        count_axis(drawn.xaxis)
        legend(drawn)
        rates = split_right(drawn)
        _draw_row_rates(rates, table)
        title(drawn, f"Delivery by {name}", sandbox, LEGEND_POINTS, rates)
        note_if_empty(drawn, table)
        describe(drawn, f"Delivery by {name}: {'; '.join(map(_in_words, labels, table.itertuples()))}")
        return drawn


def folded(table: pd.DataFrame, most: int, width: int = LABEL_WIDTH) -> tuple[pd.DataFrame, list[str]]:
    """Return the first rows of a breakdown and their labels, all others added up in a last row, "N more".

    Parameters
    ----------
    table : DataFrame
        Measures by group, largest first.
    most : int
        Rows first as they are; one more is first where folding would hide just one.
    width : int
        Latin characters' width of a label; a longer one is cut.
    """
    labels = [group_label(key, width) for key in table.index]
    if len(table) <= most + 1:
        return table, labels
    rest = table.iloc[most:][list(STATUSES)].sum().to_frame().T
    more = f"{len(table) - most:,} more"
    first = table.iloc[:most][list(STATUSES)].reset_index(drop=True)
    return measures(pd.concat([first, rest], ignore_index=True)), [*labels[:most], more]


def _in_words(label: str, row: Any) -> str:
    rate = f"{percent(row.delivery_rate)} of {row.settled:,} delivered" if row.settled else "nothing settled"
    return f"{label} {rate}"


def _draw_row_rates(ax: Axes, table: pd.DataFrame) -> None:
    """Draw the rate of each row as a point with its interval; a dotted line marks the rate of all rows together."""
    settled = table["settled"].to_numpy(float)
    has_rate = settled > 0
    rows = np.flatnonzero(has_rate)
    rate, low, high = (table[f"delivery_rate{end}"].to_numpy(float) for end in ("", "_low", "_high"))
    ax.hlines(rows, low[rows], high[rows], color=INK, linewidth=1.6)
    ax.plot(rate[rows], rows, "o", color=STATUS_COLORS["delivered"], markersize=6, markeredgecolor=PAPER)
    if has_rate.any():
        ax.axvline(table["delivered"].sum() / settled.sum(), color=DIM, linestyle=":", linewidth=1.2)
    ax.set_xlim(*rate_limits(low))
    percent_axis(ax.xaxis)
    ax.set_xlabel("delivery rate, 95 % interval")
    for row, rated in enumerate(has_rate):
        text = f"{percent(rate[row])} of {settled[row]:,.0f}" if rated else "nothing settled"
        note_row(ax, row, text, INK if rated else DIM)
