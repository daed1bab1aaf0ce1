"""Records in, matplotlib out: one chart for each table of `emailrcd.analysis`, of the same name.

Every function takes ``ax`` (an Axes to draw on; a new figure's otherwise) and returns the Axes; none shows or saves anything.
A status has the same colour everywhere. The colours are told apart by colour-blind eyes, and by their lightness in grey print.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from zoneinfo import ZoneInfo

import matplotlib as mpl
import matplotlib.dates as mdates
import matplotlib.pyplot as plt
import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.gridspec import GridSpec, SubplotSpec
from matplotlib.ticker import FuncFormatter, MaxNLocator, PercentFormatter

from . import analysis
from .fonts import families
from .records import SETTLED, STATUSES

STATUS_COLORS = {
    "delivered": "#0072b2",
    "failed": "#d55e00",
    "sending": "#56b4e9",
    "not_found": "#ead46b",
    "invalid": "#9a9a9a",
    "unanswered": "#4d4d4d",
}
"""The colour of each status: Okabe and Ito's palette, with a paler yellow and two greys."""

INK = "#1c1e21"
DIM = "#5b6067"
_GRID = "#e3e5e8"
_SANDBOX = "#a86400"
_LABEL_LENGTH = 26
_LEGEND_POINTS = 24
_MOST_GROUPS = 12


def summary(records: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw how many ids have each status, under the delivery rate with its interval.

    Parameters
    ----------
    records : DataFrame
        A records frame.
    ax : Axes, optional
        Where to draw.
    """
    total = analysis.summary(records).iloc[0]
    shown = [status for status in STATUSES if total[status] or status in SETTLED]
    counts = [int(total[status]) for status in shown]
    with _style(), _drawn(ax, (8.4, 1.2 + 0.4 * len(shown))) as drawn:
        drawn.barh(range(len(shown)), counts, color=[STATUS_COLORS[status] for status in shown], height=0.66)
        _name_rows(drawn, [_words(status) for status in shown])
        for row, count in enumerate(counts):
            share = f"  ·  {count / total['ids']:.1%}" if total["ids"] else ""
            drawn.annotate(f"{count:,}{share}", (count, row), (5, 0), textcoords="offset points", va="center")
        drawn.set_xlim(0, max(1, *counts) * 1.25)
        drawn.set_xlabel("distinct ids", color=DIM)
        _count_ids(drawn.xaxis)
        _title(drawn, rate_in_words(total))
        _mark(drawn, records)
        return drawn


def breakdown(records: pd.DataFrame, by: str | Sequence[str], ax: Axes | None = None, most: int = _MOST_GROUPS) -> Axes:
    """Draw each group's volume by status, and beside it its delivery rate with the 95 % interval.

    Parameters
    ----------
    records : DataFrame
        A records frame.
    by : str or sequence of str
        One or several of its columns.
    ax : Axes, optional
        Its place is divided between the volume, which is drawn on it, and the rates.
    most : int
        Groups drawn, largest first; the others are added up in one row, "N more".

    Raises
    ------
    EmailrcdError
        As for `analysis.breakdown`.
    """
    table, labels = folded(analysis.breakdown(records, by), max(most, 1))
    with _style(), _drawn(ax, (9.2, 1.5 + 0.34 * max(len(table), 2))) as drawn:
        left = np.zeros(len(table))
        for status in STATUSES:
            counts = table[status].to_numpy(float)
            if counts.any():
                drawn.barh(range(len(table)), counts, 0.66, left, color=STATUS_COLORS[status], label=_words(status))
            left += counts
        _name_rows(drawn, labels)
        for row, count in enumerate(left):
            drawn.annotate(f"{count:,.0f}", (count, row), (4, 0), textcoords="offset points", va="center", color=DIM)
        drawn.set_xlim(0, max([1.0, *left]) * 1.18)
        drawn.set_xlabel("distinct ids", color=DIM)
        _count_ids(drawn.xaxis)
        name = by if isinstance(by, str) else ", ".join(by)
        _title(drawn, f"Delivery by {name}", _LEGEND_POINTS)
        _legend(drawn)
        rates = _beside(drawn)
        _draw_row_rates(rates, table)
        _mark(rates, records)
        _say_if_empty(drawn, table)
        return drawn


def timeline(
    records: pd.DataFrame,
    freq: str | None = None,
    at: str | None = None,
    tz: str = "Asia/Shanghai",
    ax: Axes | None = None,
) -> Axes:
    """Draw the volume by status in each period, and above it the delivery rate with the 95 % interval.

    Parameters
    ----------
    records : DataFrame
        A records frame.
    freq, at, tz
        As for `analysis.timeline`; without `freq` a readable one is taken.
    ax : Axes, optional
        Its place is divided between the volume, which is drawn on it, and the rates.

    Raises
    ------
    EmailrcdError
        As for `analysis.timeline`.
    """
    table = analysis.timeline(records, freq, at, tz)
    timed = table[table.index.notna()]
    untimed = int(table["ids"].sum() - timed["ids"].sum())
    name = "estimated from the ids" if table.index.name == "submitted_at_estimated" else str(table.index.name)
    with _style(), _drawn(ax, (9.2, 4.6)) as drawn:
        middles = _draw_periods(drawn, timed, tz)
        left_out = f"; {untimed:,} ids without a time are not shown" if untimed else ""
        drawn.set_xlabel(f"time of sending ({name}), {tz}{left_out}", color=DIM)
        drawn.set_ylabel("distinct ids", color=DIM)
        _count_ids(drawn.yaxis)
        _legend(drawn)
        rates = _above(drawn)
        _draw_period_rates(rates, timed, middles)
        _title(rates, "Delivery rate over time, with its 95 % interval")
        _mark(rates, records)
        _say_if_empty(drawn, timed)
        return drawn


def rate_in_words(total: pd.Series[Any]) -> str:
    """Say a delivery rate with its denominator, its interval, and what open mail can still make of it.

    Parameters
    ----------
    total : Series
        A row of measures.

    Examples
    --------
    >>> from emailrcd.records import empty
    >>> rate_in_words(analysis.summary(empty()).iloc[0])
    'Nothing settled yet'
    """
    if not total["settled"]:
        return "Nothing settled yet"
    said = (
        f"Delivery rate {total['delivery_rate']:.1%} of {total['settled']:,.0f} settled "
        f"(95 % interval {total['delivery_rate_low']:.1%} – {total['delivery_rate_high']:.1%})"
    )
    if total["open"]:
        said += (
            f"\n{total['open']:,.0f} open: it can become "
            f"{total['delivery_rate_worst']:.1%} – {total['delivery_rate_best']:.1%}"
        )
    return said


def folded(table: pd.DataFrame, most: int) -> tuple[pd.DataFrame, list[str]]:
    """Return the first rows of a breakdown and their labels, all others added up in a last row, "N more".

    Parameters
    ----------
    table : DataFrame
        Measures by group, largest first.
    most : int
        Rows kept as they are; one more is kept where folding would hide just one.
    """
    labels = [_label(key) for key in table.index]
    if len(table) <= most + 1:
        return table, labels
    rest = table.iloc[most:][list(STATUSES)].sum().to_frame().T
    more = f"{len(table) - most:,} more"
    kept = table.iloc[:most][list(STATUSES)].reset_index(drop=True)
    return analysis.measures(pd.concat([kept, rest], ignore_index=True)), [*labels[:most], more]


def _label(key: Any) -> str:
    parts = key if isinstance(key, tuple) else (key,)
    text = " · ".join("(none)" if pd.isna(part) else str(part) for part in parts)
    line = " ".join(text.split()) or "(empty)"
    return line if len(line) <= _LABEL_LENGTH else line[: _LABEL_LENGTH - 1] + "…"


def _words(status: str) -> str:
    return status.replace("_", " ")


@contextmanager
def _style() -> Iterator[None]:
    """Set the fonts: texts take them when they are made."""
    with mpl.rc_context({"font.family": families(), "font.size": 9.5, "text.color": INK, "text.parse_math": False}):
        yield


@contextmanager
def _drawn(ax: Axes | None, size: tuple[float, float]) -> Iterator[Axes]:
    """Give the Axes to draw on; a figure made here is closed if drawing fails."""
    if ax is not None:
        yield _plain(ax)
        return
    figure, made = plt.subplots(figsize=size, layout="constrained")
    try:
        yield _plain(made)
    except BaseException:
        plt.close(figure)
        raise


def _plain(ax: Axes) -> Axes:
    """Make an Axes quiet: a pale frame at left and below, a pale grid behind, no ticks."""
    ax.spines[["top", "right"]].set_visible(False)
    ax.spines[["left", "bottom"]].set_color(_GRID)
    ax.grid(visible=True, color=_GRID)
    ax.set_axisbelow(True)
    ax.tick_params(length=0, labelcolor=DIM)
    return ax


def _beside(ax: Axes) -> Axes:
    """Give the right part of an Axes' place to another one with the same rows."""
    halves = _place(ax).subgridspec(1, 2, width_ratios=(5, 4), wspace=0.04)
    ax.set_subplotspec(halves[0])
    return _plain(ax.figure.add_subplot(halves[1], sharey=ax))


def _above(ax: Axes) -> Axes:
    """Give the upper part of an Axes' place to another one with the same times."""
    halves = _place(ax).subgridspec(2, 1, height_ratios=(2, 3))
    ax.set_subplotspec(halves[1])
    return _plain(ax.figure.add_subplot(halves[0], sharex=ax))


def _place(ax: Axes) -> SubplotSpec:
    box = ax.get_position()
    figure: Any = ax.figure
    return ax.get_subplotspec() or GridSpec(1, 1, figure, left=box.x0, right=box.x1, bottom=box.y0, top=box.y1)[0]


def _title(ax: Axes, text: str, pad: float = 6) -> None:
    ax.set_title(text, loc="left", pad=pad, fontsize=11, fontweight="bold")


def _mark(ax: Axes, records: pd.DataFrame) -> None:
    """Mark answers of the sandbox, at the right of a title."""
    if analysis.is_sandbox(records):
        ax.set_title("SANDBOX", loc="right", pad=6, fontsize=11, fontweight="bold", color=_SANDBOX)


def _say_if_empty(ax: Axes, table: pd.DataFrame) -> None:
    if table.empty:
        ax.text(0.5, 0.5, "nothing to show", transform=ax.transAxes, ha="center", va="center", color=DIM)
        ax.tick_params(labelbottom=False)


def _name_rows(ax: Axes, labels: Sequence[str]) -> None:
    """Name the rows from top to bottom."""
    ax.set_yticks(np.arange(len(labels)), labels)
    ax.set_ylim(max(len(labels), 1) - 0.5, -0.5)
    ax.grid(visible=False, axis="y")
    ax.tick_params(axis="y", labelcolor=INK)


def _count_ids(axis: Axis) -> None:
    axis.set_major_locator(MaxNLocator(4, integer=True))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))


def _count_percent(axis: Axis) -> None:
    axis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
    axis.set_major_formatter(PercentFormatter(1, decimals=0))


def _rate_limits(low: npt.NDArray[np.float64]) -> tuple[float, float]:
    """Return the ends of a scale of rates: up to 100 %, down to where the lowest interval begins."""
    lowest = np.nanmin(low) if not np.isnan(low).all() else 0.0
    start = min(np.floor(lowest * 10) / 10, 0.9)
    margin = 0.04 * (1 - start)
    return start - margin, 1 + margin


def _legend(ax: Axes) -> None:
    """Explain the colours above the axes, under a title that leaves `_LEGEND_POINTS` for it."""
    if ax.get_legend_handles_labels()[0]:
        ax.legend(
            loc="lower left",
            bbox_to_anchor=(0, 1),
            borderaxespad=0.2,
            borderpad=0,
            ncols=len(STATUSES),
            frameon=False,
            handlelength=1,
            handletextpad=0.5,
            columnspacing=1.4,
        )


def _draw_row_rates(ax: Axes, table: pd.DataFrame) -> None:
    """Draw the rate of each row as a point with its interval; a dotted line marks the rate of all rows together."""
    settled = table["settled"].to_numpy(float)
    known = settled > 0
    rows = np.flatnonzero(known)
    rate, low, high = (table[f"delivery_rate{end}"].to_numpy(float) for end in ("", "_low", "_high"))
    ax.hlines(rows, low[known], high[known], color=INK, linewidth=1.6)
    ax.plot(rate[known], rows, "o", color=STATUS_COLORS["delivered"], markersize=6, markeredgecolor="white")
    if known.any():
        ax.axvline(table["delivered"].sum() / settled.sum(), color=DIM, linestyle=":", linewidth=1.2)
    ax.set_xlim(*_rate_limits(low))
    _count_percent(ax.xaxis)
    ax.set_xlabel("delivery rate, 95 % interval", color=DIM)
    ax.tick_params(axis="y", labelleft=False)
    ax.grid(visible=False, axis="y")
    for row, has_rate in enumerate(known):
        said = f"{rate[row]:.1%} of {settled[row]:,.0f}" if has_rate else "nothing settled"
        ax.annotate(
            said,
            (1, row),
            (6, 0),
            xycoords=("axes fraction", "data"),
            textcoords="offset points",
            va="center",
            color=INK if has_rate else DIM,
            annotation_clip=False,
        )


def _draw_periods(ax: Axes, table: pd.DataFrame, tz: str) -> npt.NDArray[np.float64]:
    """Stack the statuses of each period; return the middles of the periods."""
    starts = np.asarray(mdates.date2num(pd.DatetimeIndex(table.index)), float)
    steps = np.diff(starts)
    widths = np.append(steps, steps[-1:] if len(steps) else [1 / 24])[: len(starts)]
    bottom = np.zeros(len(table))
    for status in STATUSES:
        counts = table[status].to_numpy(float)
        if counts.any():
            ax.bar(
                starts,
                counts,
                widths * 0.94,
                bottom,
                align="edge",
                color=STATUS_COLORS[status],
                label=_words(status),
            )
        bottom += counts
    zone = ZoneInfo(tz)
    locator = mdates.AutoDateLocator(minticks=4, maxticks=9, tz=zone)
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(mdates.ConciseDateFormatter(locator, tz=zone))
    ax.grid(visible=False, axis="x")
    return starts + widths / 2


def _draw_period_rates(ax: Axes, table: pd.DataFrame, middles: npt.NDArray[np.float64]) -> None:
    """Draw the rate of each period as a line in the band of its interval; gaps where nothing is settled."""
    rate, low, high = (table[f"delivery_rate{end}"].to_numpy(float) for end in ("", "_low", "_high"))
    color = STATUS_COLORS["delivered"]
    ax.fill_between(middles, low, high, color=color, alpha=0.22, linewidth=0)
    # A period between two gaps has no line and no band: its point and whisker show it.
    ax.vlines(middles, low, high, color=color, alpha=0.35, linewidth=1)
    ax.plot(middles, rate, color=color, linewidth=1.6, marker="o", markersize=3)
    ax.set_ylim(*_rate_limits(low))
    _count_percent(ax.yaxis)
    ax.set_ylabel("delivery rate", color=DIM)
    ax.tick_params(axis="x", labelbottom=False)
    ax.grid(visible=False, axis="x")
