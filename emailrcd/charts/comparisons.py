"""Before and after: the failure rate of each group on both sides, and the change with its interval."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from ..analysis.comparison import Comparison
from ..analysis.statistics import wilson
from ..wording import percent, points
from .figure import describe
from .labels import group_label
from .palette import DIM, INK, PAPER, STATUS_COLORS
from .style import drawing, name_rows, note_row, percent_axis, rows_height, split_right, title

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
    hidden = len(compared.table) - len(table)
    if hidden:
        labels.append(f"{hidden:,} more")
    with drawing(ax, (9.6, rows_height(len(labels)))) as drawn:
        _draw_rates(drawn, rows)
        name_rows(drawn, labels)
        drawn.set_xlabel("failure rate: hollow before, filled after")
        percent_axis(drawn.xaxis)
        changes = split_right(drawn)
        _draw_changes(changes, rows)
        if hidden:
            note_row(changes, len(rows), "changed less", DIM)
        text = _in_words(compared.overall.iloc[0])
        title(drawn, f"Before and after by {compared.table.index.name}: {text}", compared.sandbox, 8, changes)
        describe(drawn, ". ".join([f"Failure rate {text}", *map(_described, labels[1:], table.itertuples())]))
        return drawn


def _draw_rates(ax: Axes, rows: pd.DataFrame) -> None:
    """Draw both rates of each row with their intervals, and the line between them."""
    sides = [wilson(rows[f"failed_{side}"], rows[f"settled_{side}"]) for side in ("before", "after")]
    group: Any
    for group, *intervals in zip(rows.itertuples(), *(zip(*side, strict=True) for side in sides), strict=True):
        color = _COLORS.get(group.verdict, INK)
        rates, places = (group.rate_before, group.rate_after), (group.Index - _APART, group.Index + _APART)
        ax.plot(rates, places, color=color, linewidth=1.4, zorder=1.5)
        for rate, place, (low, high), filling in zip(rates, places, intervals, (PAPER, color), strict=True):
            ax.hlines(place, low, high, color=color, linewidth=1.4)
            ax.plot(rate, place, "o", color=color, markerfacecolor=filling, markersize=6)
    ax.set_xlim(left=-0.02 * ax.get_xlim()[1])


def _draw_changes(ax: Axes, rows: pd.DataFrame) -> None:
    ax.axvline(0, color=DIM, linewidth=1.2, linestyle=":")
    group: Any
    for row, group in enumerate(rows.itertuples()):
        color = _COLORS.get(group.verdict, INK)
        if np.isnan(group.change):
            text = "only after" if not group.settled_before else "only before"
        else:
            ax.hlines(row, group.change_low, group.change_high, color=color, linewidth=1.6)
            ax.plot(group.change, row, "o", color=color, markersize=6, markeredgecolor=PAPER)
            text = f"{points(group.change)} {group.verdict}"
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
