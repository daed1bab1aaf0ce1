"""Before and after: the failure rate of each group on both sides, and the change with its interval."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from ..analysis.comparison import Comparison
from ..analysis.statistics import wilson
from ..wording import percent, points
from .figure import describe, mark
from .labels import group_label
from .palette import DIM, INK, PAPER, STATUS_COLORS
from .style import badge_sandbox, drawing, name_rows, note_row, percent_axis, rows_height, split_right, title

_MOST_GROUPS = 12
_COLORS = {"worse": STATUS_COLORS["failed"], "better": STATUS_COLORS["delivered"], "no clear change": DIM}
_APART = 0.14
"""Half the distance of the two rates of a row."""


def compare(compared: Comparison, ax: Axes | None = None, most: int = _MOST_GROUPS) -> Axes:
    """Draw each group's failure rate before and after, and beside it the change; all with 95 % intervals.

    Hollow is before, filled is after, and the line between them is the slope. The first row is all mail together.

    Parameters
    ----------
    compared : Comparison
        What `emailrcd.compare` returned.
    ax : Axes, optional
        Its place is divided between the rates, which are drawn on it, and the changes.
    most : int
        Groups drawn: those that add most to the change.
    """
    table = compared.table.head(max(most, 1))
    labels = ["all mail", *(group_label(key) for key in table.index)]
    rows = pd.concat([compared.overall.assign(verdict=""), table], ignore_index=True)
    groups = [None, *table.index]
    hidden = len(compared.table) - len(table)
    if hidden:
        labels.append(f"{hidden:,} more")
    with drawing(ax, (9.6, rows_height(len(labels)))) as drawn:
        _draw_rates(drawn, rows, labels, groups)
        name_rows(drawn, labels)
        drawn.set_xlabel("failure rate: hollow before, filled after")
        percent_axis(drawn.xaxis)
        text = _in_words(compared.overall.iloc[0])
        title(drawn, f"Before and after by {compared.table.index.name}: {text}", 8)
        changes = split_right(drawn)
        _draw_changes(changes, rows, labels, groups)
        if hidden:
            note_row(changes, len(rows), "changed less", DIM)
        badge_sandbox(changes, compared.sandbox)
        describe(drawn, ". ".join([f"Failure rate {text}", *map(_described, labels[1:], table.itertuples())]))
        return drawn


def _draw_rates(ax: Axes, rows: pd.DataFrame, labels: Sequence[str], groups: Sequence[Any]) -> None:
    for side, shift, filling in (("before", -_APART, PAPER), ("after", _APART, None)):
        rates = rows[f"rate_{side}"].to_numpy(float)
        low, high = wilson(rows[f"failed_{side}"], rows[f"settled_{side}"])
        for row, verdict in enumerate(rows["verdict"]):
            color = _COLORS.get(verdict, INK)
            place = row + shift
            ax.hlines(place, low[row], high[row], color=color, linewidth=1.4)
            (point,) = ax.plot(rates[row], place, "o", color=color, markerfacecolor=filling or color, markersize=6)
            text = f"{labels[row]} {side}: {percent(rates[row])} of {rows[f'settled_{side}'].iloc[row]:,} failed"
            mark(point, f"compare-{row}-{side}", text, groups[row])
    for row, verdict in enumerate(rows["verdict"]):
        ends = rows.loc[row, ["rate_before", "rate_after"]].to_numpy(float)
        ax.plot(ends, [row - _APART, row + _APART], color=_COLORS.get(verdict, INK), linewidth=1.4, zorder=1.5)
    ax.set_xlim(left=-0.02 * ax.get_xlim()[1])


def _draw_changes(ax: Axes, rows: pd.DataFrame, labels: Sequence[str], groups: Sequence[Any]) -> None:
    ax.axvline(0, color=DIM, linewidth=1.2, linestyle=":")
    group: Any
    for row, group in enumerate(rows.itertuples()):
        color = _COLORS.get(group.verdict, INK)
        if np.isnan(group.change):
            text = "only after" if not group.settled_before else "only before"
        else:
            ax.hlines(row, group.change_low, group.change_high, color=color, linewidth=1.6)
            (point,) = ax.plot(group.change, row, "o", color=color, markersize=6, markeredgecolor=PAPER)
            text = f"{points(group.change)} {group.verdict}"
            spread = f"{points(group.change_low)} to {points(group.change_high)}"
            mark(point, f"compare-{row}-change", f"{labels[row]}: {text.strip()} ({spread})", groups[row])
        note_row(ax, row, text, color)
    ax.xaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value * 100:+.0f}" if value else "0"))
    ax.set_xlabel("change in percentage points, 95 % interval")


def _in_words(overall: pd.Series[Any]) -> str:
    return (
        f"{percent(overall['rate_before'])} to {percent(overall['rate_after'])} failed, "
        f"{points(overall['change'])} points ({points(overall['change_low'])} to {points(overall['change_high'])})\n"
        f"of which {points(overall['mix'])} by other recipients, {points(overall['rate'])} at the same"
    )


def _described(label: str, row: Any) -> str:
    if np.isnan(row.change):
        return f"{label}: only {'after' if not row.settled_before else 'before'}"
    return f"{label}: {percent(row.rate_before)} to {percent(row.rate_after)}, {row.verdict}"
