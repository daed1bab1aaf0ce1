"""How long mail takes, as curves."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator

from ..analysis import tables, times
from ..analysis.time_axis import clock
from ..records.frame import is_sandbox
from ..wording import duration
from .figure import describe, mark
from .labels import clock_label, group_label
from .palette import DIM, INK, LIGHT
from .style import badge_sandbox, drawing, percent_axis, title

_MOST_CURVES = 6
_SECOND, _MINUTE, _HOUR, _DAY = 1, 60, 3_600, 86_400
_TICKS = {
    _SECOND: "1 s",
    10: "10 s",
    _MINUTE: "1 min",
    10 * _MINUTE: "10 min",
    _HOUR: "1 h",
    8 * _HOUR: "8 h",
    2 * _DAY: "2 d",
    14 * _DAY: "14 d",
}
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
    """Draw which part of the delivered mail had arrived after how long.

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
    table = times.settle_times(records, by, at=at, tz=tz)
    if by is not None:
        largest = tables.breakdown(records, by)["delivered"].sort_values(ascending=False, kind="stable").index
        table = table[[value for value in largest if value in table.columns]]
    left_out = f"; {table.shape[1] - _MOST_CURVES:,} more are not shown" if table.shape[1] > _MOST_CURVES else ""
    with drawing(ax, (9.2, 4.0)) as drawn:
        said = []
        styles = zip(table.items(), _COLORS, _DASHES, strict=False)
        for row, ((value, seconds), color, dash) in enumerate(styles):
            name = "delivered mail" if by is None else group_label(value)
            said.append(f"{name}: half in {duration(seconds[50])}, 95 % in {duration(seconds[95])}")
            # A logarithmic scale has no zero.
            shown = seconds.clip(lower=_SECOND)
            (curve,) = drawn.plot(shown, table.index / 100, color=color, linestyle=dash, linewidth=2, label=said[-1])
            mark(curve, f"settle_times-{row}-curve", said[-1], None if by is None else value)
        _scale(drawn, table.to_numpy(float))
        source = clock_label(clock(records, at))
        drawn.set_xlabel(f"time from sending ({source}) to delivery; failed mail has none{left_out}", color=DIM)
        drawn.set_ylabel("delivered within that time", color=DIM)
        drawn.legend(loc="upper left", frameon=False, handlelength=3, fontsize=9.5, labelcolor=INK)
        heading = "How long delivered mail took" + ("" if by is None else f", by {by}")
        title(drawn, heading)
        badge_sandbox(drawn, is_sandbox(records))
        describe(drawn, f"{heading}. {'; '.join(said)}")
        return drawn


def _scale(ax: Axes, seconds: npt.NDArray[np.float64]) -> None:
    """Give time a logarithmic scale with ticks that people think in."""
    ax.set_xscale("log")
    ax.set_xlim(max(seconds.min(), _SECOND) / 1.1, max(seconds.max(), 10 * _SECOND) * 1.1)
    ax.xaxis.set_major_locator(FixedLocator(list(_TICKS)))
    ax.xaxis.set_major_formatter(FixedFormatter(list(_TICKS.values())))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.tick_params(which="both", length=0)
    ax.set_ylim(-0.02, 1.02)
    percent_axis(ax.yaxis)
