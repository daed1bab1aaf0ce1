"""The hours of the week as a map."""

from __future__ import annotations

from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.patches import Rectangle

from ..analysis import tables
from ..analysis.inputs import check_frame
from ..analysis.time_axis import clock
from ..records.frame import is_sandbox
from ..wording import percent
from .figure import describe
from .labels import clock_label
from .palette import DIM, RATE_COLORS
from .style import drawing, name_rows, note_if_empty, percent_axis, title

FEW = 20
"""Hours with fewer settled mails are drawn small: their rate is mostly chance."""

_COLORS = ListedColormap(RATE_COLORS)

_SMALL = 0.4


def heatmap(records: pd.DataFrame, *, at: str | None = None, tz: str = "Asia/Shanghai", ax: Axes | None = None) -> Axes:
    """Draw the delivery rate in each hour of the week; an hour with few settled mails is a small square.

    Parameters
    ----------
    records : DataFrame
        A records frame.
    at, tz
        As for `emailrcd.heatmap`.
    ax : Axes, optional
        Where to draw; the scale takes a part of its place.

    Raises
    ------
    EmailrcdError
        As for `emailrcd.heatmap`.
    """
    records = check_frame(records)
    table = tables.heatmap(records, at=at, tz=tz)
    name = clock_label(clock(records, at))
    untimed = max(int(tables.summary(records)["ids"].iloc[0] - table["ids"].sum()), 0)
    hours_settled = table[table["settled"] > 0]
    enough = hours_settled[hours_settled["settled"] >= FEW]
    with drawing(ax, (9.2, 3.4)) as drawn:
        lowest = (hours_settled if enough.empty else enough)["delivery_rate"].min()
        scale = mpl.colors.Normalize(min(np.floor(lowest * 10) / 10, 0.9) if len(hours_settled) else 0.0, 1)
        for (weekday, hour), rate, settled in zip(
            hours_settled.index, hours_settled["delivery_rate"], hours_settled["settled"], strict=True
        ):
            side = 0.94 if settled >= FEW else _SMALL
            corner = hour + 0.5 - side / 2, tables.WEEKDAYS.index(weekday) - side / 2
            color = _COLORS(scale(rate))
            drawn.add_patch(Rectangle(corner, side, side, facecolor=color, edgecolor=DIM, linewidth=0.4))
        name_rows(drawn, tables.WEEKDAYS)
        drawn.set_xlim(-0.1, 24.1)
        drawn.set_xticks(range(0, 25, 3), [f"{hour:02}:00" for hour in range(0, 25, 3)])
        drawn.grid(visible=False)
        left_out = f"; {untimed:,} ids without a time are not shown" if untimed else ""
        drawn.set_xlabel(f"hour of sending ({name}), {tz}; small: fewer than {FEW} settled{left_out}")
        bar = drawn.figure.colorbar(mpl.cm.ScalarMappable(scale, _COLORS), ax=drawn, pad=0.02, fraction=0.05)
        bar.outline.set_visible(False)
        bar.ax.tick_params(length=0, labelcolor=DIM, labelsize=9)
        percent_axis(bar.ax.yaxis)
        title(drawn, "Delivery rate by hour of the week", is_sandbox(records))
        note_if_empty(drawn, hours_settled)
        describe(drawn, _described(enough, tz))
        return drawn


def _described(enough: pd.DataFrame, tz: str) -> str:
    text = "Delivery rate by hour of the week"
    if enough.empty:
        return f"{text}: no hour has {FEW} settled mails"
    worst: Any = enough["delivery_rate"].nsmallest(3)
    hours = (f"{weekday} {hour:02}:00 {percent(rate)}" for (weekday, hour), rate in worst.items())
    return f"{text}, {tz}; lowest: {', '.join(hours)}"
