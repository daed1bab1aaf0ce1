"""How long mail takes, as curves."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes

from ..analysis import settling
from ..analysis.inputs import check_frame
from ..records.frame import is_sandbox
from ..wording import duration, percent
from .figure import describe
from .labels import clock_label, group_label
from .palette import INK, LIGHT
from .style import drawing, percent_axis, title

_MOST_CURVES = 6
_LEAST = 1
"""A logarithmic scale has no zero: seconds that are drawn at least."""

_TICKS = [_LEAST, 10, 60, 600, 3_600, 8 * 3_600, 2 * 86_400, 14 * 86_400]
"""Seconds that people think in."""

_COLORS = (LIGHT["delivered"], LIGHT["failed"], INK, LIGHT["green"], LIGHT["pink"], LIGHT["sending"])
_DASHES = ("-", "--", ":", "-.", (0, (6, 2, 1, 2, 1, 2)), (0, (1, 4)))
"""Curves differ in dashes too, for grey print."""


def settle_times(
    records: pd.DataFrame,
    by: str | None = None,
    *,
    at: str | None = None,
    tz: str = "Asia/Shanghai",
    ax: Axes | None = None,
) -> Axes:
    """Draw which part of the mail had arrived after how long, with its 95 % band, allowing for mail that is still open.

    Parameters
    ----------
    records : DataFrame
        A records frame.
    by : str, optional
        One of its columns: a curve for each of its six values with most delivered mail.
    at, tz
        As for `emailrcd.settle_times`.
    ax : Axes, optional
        Where to draw.

    Raises
    ------
    EmailrcdError
        As for `emailrcd.settle_times`.
    """
    records = check_frame(records)
    return draw_settle_times(settling.settle_times(records, by, at=at, tz=tz), by, is_sandbox(records), ax)


def draw_settle_times(table: settling.SettleTimes, by: str | None, sandbox: bool, ax: Axes | None = None) -> Axes:
    """Draw what `emailrcd.settle_times` returned, as `settle_times` does."""
    groups = list(table.mails.loc[table.columns].sort_values("delivered", ascending=False, kind="stable").index)
    left_out = f"; {len(groups) - _MOST_CURVES:,} more are not shown" if len(groups) > _MOST_CURVES else ""
    still_open = int(table.mails["open"].sum())
    shares = table.index / 100
    with drawing(ax, (9.2, 4.0)) as drawn:
        legends = []
        for group, color, dash in zip(groups, _COLORS, _DASHES, strict=False):
            name = "delivered mail" if by is None else group_label(group)
            legends.append(f"{name}: {_in_words(table[group])}{_open_in_words(table.mails.loc[group])}")
            seconds, low, high = (part[group].clip(lower=_LEAST) for part in (table, table.low, table.high))
            drawn.plot(seconds, shares, color=color, linestyle=dash, linewidth=2, label=legends[-1])
            drawn.fill_betweenx(shares, low, high, where=high.notna(), color=color, alpha=0.18, linewidth=0)
        _scale(drawn, table.to_numpy(float))
        source = clock_label(str(table.columns.name).removeprefix("seconds_since_"))
        allowance = "allowing for open mail" if still_open else "no mail is open"
        drawn.set_xlabel(
            f"time from sending ({source}) to delivery, 95 % band; {allowance}, failed mail left out{left_out}"
        )
        drawn.set_ylabel("delivered within that time")
        drawn.legend(loc="lower right", frameon=False, handlelength=3, fontsize=9.5, labelcolor=INK)
        heading = "How long delivery takes" + ("" if by is None else f", by {by}")
        title(drawn, heading, sandbox)
        describe(drawn, f"{heading}. {'; '.join(legends)}")
        return drawn


def _in_words(seconds: pd.Series[Any]) -> str:
    return ", ".join(
        f"{name} in {duration(seconds[percents])}" if pd.notna(seconds[percents]) else f"{name} not known yet"
        for name, percents in (("half", 50), ("95 %", 95))
    )


def _open_in_words(mails: pd.Series[Any]) -> str:
    return f", {percent(mails['open_share'])} still open" if mails["open"] else ""


def _scale(ax: Axes, seconds: npt.NDArray[np.float64]) -> None:
    """Give time a logarithmic scale."""
    ax.set_xscale("log")
    ax.set_xticks(_TICKS, map(duration, _TICKS))
    ax.set_xticks([], minor=True)
    ax.set_xlim(max(np.nanmin(seconds), _LEAST) / 1.1, max(np.nanmax(seconds), 10 * _LEAST) * 1.1)
    ax.tick_params(which="both", length=0)
    ax.set_ylim(-0.02, 1.02)
    percent_axis(ax.yaxis)
