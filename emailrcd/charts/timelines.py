"""Periods of time from left to right: volume by status, and rates with their intervals."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import matplotlib.dates as mdates
import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes

from ..analysis import tables
from ..analysis.failures import Findings
from ..analysis.inputs import Records, check
from ..analysis.rows import lowest
from ..records.dates import check_zone
from ..records.frame import STATUSES, is_sandbox
from ..wording import moment, percent
from .figure import describe
from .labels import clock_label, status_label
from .palette import INK, STATUS_COLORS
from .style import (
    LEGEND_POINTS,
    count_axis,
    drawing,
    legend,
    note,
    note_if_empty,
    percent_axis,
    rate_limits,
    split_top,
    title,
)

_Burst = tuple[int, pd.Timestamp, pd.Timestamp]

_NUMBER_POINTS = 16
"""Room that a title leaves below it for the numbers of bursts."""

_SHORTEST_WATCH_DAYS = 10 / 1440


def timeline(
    records: Records,
    freq: str | None = None,
    at: str | None = None,
    tz: str = "Asia/Shanghai",
    ax: Axes | None = None,
    found: Findings | None = None,
) -> Axes:
    """Draw the volume by status in each period, and above it the delivery rate with the 95 % interval.

    Parameters
    ----------
    records : DataFrame or Parts
        A records frame, or records in parts.
    freq, at, tz
        As for `emailrcd.timeline`; without `freq` a readable one is taken.
    ax : Axes, optional
        Its place is divided between the volume, which is drawn on it, and the rates.
    found : Findings, optional
        What `investigate` found in these records: its bursts are marked, with their row in the table.

    Raises
    ------
    EmailrcdError
        As for `emailrcd.timeline`.
    """
    records = check(records)
    table = tables.timeline(records, freq, at, tz)
    return draw_timeline(table, tz, is_sandbox(records), ax, None if found is None else found.bursts)


def draw_timeline(
    table: pd.DataFrame, tz: str, sandbox: bool, ax: Axes | None = None, bursts_found: pd.DataFrame | None = None
) -> Axes:
    """Draw the table of a timeline, as `timeline` does, with the bursts of an investigation."""
    timed = table[table.index.notna()]
    untimed = int(table["ids"].sum() - timed["ids"].sum())
    name = clock_label(str(table.index.name))
    bursts = _bursts(bursts_found, tz)
    with drawing(ax, (9.2, 4.6)) as drawn:
        middles = _draw_periods(drawn, timed, tz)
        marked = ["framed: bursts, numbered as in the findings"] if bursts else []
        left_out = [f"{untimed:,} ids without a time are not shown"] if untimed else []
        # In a line of their own: at the end of the first one stands the date.
        notes = "\n" + "; ".join([*marked, *left_out])
        drawn.set_xlabel(f"time of sending ({name}), {tz}{notes}".rstrip())
        drawn.set_ylabel("distinct ids")
        count_axis(drawn.yaxis)
        legend(drawn)
        rates = split_top(drawn)
        _draw_period_rates(rates, timed, middles)
        room = _NUMBER_POINTS if bursts else 6
        title(rates, "Delivery rate over time, with its 95 % interval", sandbox, room)
        limits = drawn.get_xlim()
        for number, start, end in bursts:
            _mark_burst(drawn, rates, f"{number}", start, end)
        drawn.set_xlim(limits)
        note_if_empty(drawn, timed)
        describe(drawn, _described(timed, bursts, tz))
        return drawn


def open_mail(rounds: pd.DataFrame, tz: str = "Asia/Shanghai", ax: Axes | None = None) -> Axes:
    """Draw how much mail is still open after each round of a watch.

    Parameters
    ----------
    rounds : DataFrame
        Columns `at` (time of the round), `open` and `unanswered` (distinct ids).
    tz : str
        The zone of the times.
    ax : Axes, optional
        Where to draw.
    """
    check_zone(tz)
    with drawing(ax, (9.2, 2.6)) as drawn:
        times = mdates.date2num(pd.DatetimeIndex(rounds["at"]))
        for column, status in (("open", "sending"), ("unanswered", "unanswered")):
            if column == "open" or rounds[column].any():
                drawn.plot(
                    times, rounds[column], "o-", color=STATUS_COLORS[status], label=column, drawstyle="steps-post"
                )
        note(drawn, f"{rounds['open'].iloc[-1]:,}", (times[-1], rounds["open"].iloc[-1]), (6, 8))
        drawn.set_ylim(bottom=0)
        drawn.set_xlim(times[0], max(times[-1], times[0] + _SHORTEST_WATCH_DAYS))
        drawn.set_ylabel("distinct ids")
        drawn.set_xlabel(f"time of asking, {tz}")
        count_axis(drawn.yaxis)
        _date(drawn, tz)
        legend(drawn)
        title(drawn, "Open mail", False, LEGEND_POINTS)
        first, last = rounds["open"].iloc[0], rounds["open"].iloc[-1]
        describe(drawn, f"Open mail: from {first:,} to {last:,} ids in {len(rounds):,} rounds of asking")
        return drawn


def period_edges(starts: pd.DatetimeIndex) -> npt.NDArray[np.float64]:
    """Return where periods begin and the last one ends, as matplotlib counts time; the last is as long as the one before."""
    edges = np.asarray(mdates.date2num(starts), float)
    return np.append(edges, edges[-1:] + (np.diff(edges[-2:]) if len(edges) > 1 else 1 / 24))


def _date(ax: Axes, tz: str) -> None:
    zone = ZoneInfo(tz)
    locator = mdates.AutoDateLocator(minticks=4, maxticks=9, tz=zone)
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(mdates.ConciseDateFormatter(locator, tz=zone))
    ax.grid(visible=False, axis="x")


def _draw_periods(ax: Axes, table: pd.DataFrame, tz: str) -> npt.NDArray[np.float64]:
    """Stack the statuses of each period; return the middles of the periods."""
    edges = period_edges(pd.DatetimeIndex(table.index))
    starts, widths = edges[:-1], np.diff(edges)
    bottom = np.zeros(len(table))
    for status in STATUSES:
        counts = table[status].to_numpy(float)
        if counts.any():
            color, label = STATUS_COLORS[status], status_label(status)
            ax.bar(starts, counts, widths * 0.94, bottom, align="edge", color=color, label=label)
        bottom += counts
    _date(ax, tz)
    return starts + widths / 2


def _draw_period_rates(ax: Axes, table: pd.DataFrame, middles: npt.NDArray[np.float64]) -> None:
    """Draw the rate of each period as a line in the band of its interval; gaps where nothing is settled."""
    rate, low, high = (table[f"delivery_rate{end}"].to_numpy(float) for end in ("", "_low", "_high"))
    color = STATUS_COLORS["delivered"]
    ax.fill_between(middles, low, high, color=color, alpha=0.22, linewidth=0)
    # A period between two gaps has no line and no band: its point and whisker show it.
    ax.vlines(middles, low, high, color=color, alpha=0.35, linewidth=1)
    ax.plot(middles, rate, "o-", color=color, linewidth=1.6, markersize=3)
    ax.set_ylim(*rate_limits(low))
    percent_axis(ax.yaxis)
    ax.set_ylabel("delivery rate")


def _bursts(found: pd.DataFrame | None, tz: str) -> list[_Burst]:
    if found is None:
        return []
    starts, ends = (pd.DatetimeIndex(found[side]).tz_convert(tz) for side in ("start", "end"))
    return list(zip(found["rank"].tolist(), starts, ends, strict=True))


def _mark_burst(volume: Axes, rates: Axes, number: str, start: pd.Timestamp, end: pd.Timestamp) -> None:
    """Frame a window of time; its number stands above it."""
    first, last = (float(mdates.date2num(instant)) for instant in (start, end))
    for ax in (volume, rates):
        ax.axvspan(first, last, facecolor="none", edgecolor=INK, linewidth=1, linestyle=(0, (3, 2)), zorder=3)
    above: dict[str, Any] = {
        "xycoords": ("data", "axes fraction"),
        "ha": "center",
        "va": "baseline",
        "fontweight": "bold",
    }
    note(rates, number, ((first + last) / 2, 1), (0, 2), annotation_clip=True, **above)


def _described(table: pd.DataFrame, bursts: list[_Burst], tz: str) -> str:
    if not table["settled"].any():
        return "Delivery rate over time: nothing settled"
    worst: Any = lowest(table)
    text = (
        f"Delivery rate over time in {len(table):,} periods from {moment(table.index[0])}, {tz}; lowest "
        f"{percent(worst['delivery_rate'])} of {worst['settled']:,.0f} at {moment(worst.name)}"
    )
    for number, start, end in bursts:
        text += f"; burst of row {number}: {moment(start)} to {moment(end)}"
    return text
