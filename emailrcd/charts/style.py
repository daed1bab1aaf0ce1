"""What all charts share: colours, fonts, quiet axes, titles and scales."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.gridspec import GridSpec, SubplotSpec
from matplotlib.text import Text
from matplotlib.ticker import FuncFormatter, MaxNLocator, PercentFormatter

from ..records.frame import STATUSES
from .figure import DescribedFigure
from .fonts import families, hint_if_boxes

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
LEGEND_POINTS = 24
"""Room that a title leaves below it for the legend."""

LABEL_COLUMNS = 28

_WIDE = re.compile(r"[\u1100-\u11ff\u2e80-\uff60\U00020000-\U0003ffff]")
"""Characters as wide as two Latin ones."""

_FONT_SIZE = 9.5
GRID = "#e3e5e8"
SANDBOX = "#a86400"


def words(status: str) -> str:
    """Return a status as it is written in a chart."""
    return status.replace("_", " ")


def name_of(key: Any, columns: int = LABEL_COLUMNS) -> str:
    """Return a value of a column, or several of them, as a name of at most so many Latin characters' width."""
    parts = key if isinstance(key, tuple) else (key,)
    text = " · ".join("(none)" if pd.isna(part) else str(part) for part in parts)
    doubled = _WIDE.sub(r"\g<0>\0", " ".join(text.split())) or "(empty)"
    line = doubled if len(doubled) <= columns else doubled[: columns - 1] + "…"
    return line.replace("\0", "")


def wrapped(text: str, columns: int, lines: int) -> str:
    """Break a text into at most so many lines of so many Latin characters' width; what does not fit is cut visibly."""
    doubled = _WIDE.sub(r"\g<0>\0", text)
    return "\n".join(textwrap.wrap(doubled, columns, max_lines=lines, placeholder=" …")).replace("\0", "")


def told_clock(name: str) -> str:
    """Return the column that times come from as an axis tells it."""
    return "estimated from the ids" if name == "submitted_at_estimated" else name


@contextmanager
def drawn_on(ax: Axes | None, size: tuple[float, float]) -> Iterator[Axes]:
    """Give the Axes to draw on, a new figure's where there is none, and set the fonts, which texts take when they are made."""
    fonts: Any = {"font.family": families(), "font.size": _FONT_SIZE, "text.color": INK, "text.parse_math": False}
    figure = None
    if ax is None:
        # Outside the context: the first figure loads Jupyter's backend, and leaving the context would undo its settings.
        figure, ax = plt.subplots(figsize=size, layout="constrained", FigureClass=DescribedFigure)
    try:
        with mpl.rc_context(fonts):
            yield plain(ax)
        hint_if_boxes(text.get_text() for text in ax.figure.findobj(Text))
    except BaseException:
        if figure is not None:
            plt.close(figure)
        raise


def plain(ax: Axes) -> Axes:
    """Make an Axes quiet: a pale frame at left and below, a pale grid behind, no ticks."""
    ax.spines[["top", "right"]].set_visible(False)
    ax.spines[["left", "bottom"]].set_color(GRID)
    ax.grid(visible=True, color=GRID)
    ax.set_axisbelow(True)
    ax.tick_params(length=0, labelcolor=DIM)
    # An Axes that was made outside has its texts already.
    for text in ax.findobj(Text):
        text.set(fontfamily=mpl.rcParams["font.family"], fontsize=_FONT_SIZE, parse_math=False)
    return ax


def beside(ax: Axes) -> Axes:
    """Give the right part of an Axes' place to another one with the same rows."""
    halves = _place(ax).subgridspec(1, 2, width_ratios=(5, 4), wspace=0.04)
    ax.set_subplotspec(halves[0])
    return plain(ax.figure.add_subplot(halves[1], sharey=ax))


def above(ax: Axes) -> Axes:
    """Give the upper part of an Axes' place to another one with the same times."""
    halves = _place(ax).subgridspec(2, 1, height_ratios=(2, 3))
    ax.set_subplotspec(halves[1])
    return plain(ax.figure.add_subplot(halves[0], sharex=ax))


def _place(ax: Axes) -> SubplotSpec:
    box = ax.get_position()
    figure: Any = ax.figure
    return ax.get_subplotspec() or GridSpec(1, 1, figure, left=box.x0, right=box.x1, bottom=box.y0, top=box.y1)[0]


def title(ax: Axes, text: str, pad: float = 6) -> None:
    """Put a title at the left, `pad` points above the Axes."""
    ax.set_title(text, loc="left", pad=pad, fontsize=11, fontweight="bold")


def mark_sandbox(ax: Axes, sandbox: bool, pad: float = 6) -> None:
    """Mark answers of the sandbox, at the right of a title with the same `pad`."""
    if sandbox:
        ax.set_title("SANDBOX", loc="right", pad=pad, fontsize=11, fontweight="bold", color=SANDBOX)


def say_if_empty(ax: Axes, table: pd.DataFrame) -> None:
    """Say so where there is nothing to show."""
    if table.empty:
        ax.text(0.5, 0.5, "nothing to show", transform=ax.transAxes, ha="center", va="center", color=DIM)
        ax.tick_params(labelbottom=False)
        ax.grid(visible=False)


def name_rows(ax: Axes, labels: Sequence[str]) -> None:
    """Name the rows from top to bottom."""
    ax.set_yticks(np.arange(len(labels)), labels)
    ax.set_ylim(max(len(labels), 1) - 0.5, -0.5)
    ax.grid(visible=False, axis="y")
    ax.tick_params(axis="y", labelcolor=INK)


def write_beside(ax: Axes, row: int, text: str, color: str, lift: float = 0) -> None:
    """Write a text at the right of a row, `lift` points above its middle."""
    ax.annotate(
        text,
        (1, row),
        (6, lift),
        xycoords=("axes fraction", "data"),
        textcoords="offset points",
        va="center",
        color=color,
        annotation_clip=False,
    )


def count_ids(axis: Axis) -> None:
    """Label an axis with whole numbers."""
    axis.set_major_locator(MaxNLocator(4, integer=True))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))


def count_percent(axis: Axis) -> None:
    """Label an axis with per cent."""
    axis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
    axis.set_major_formatter(PercentFormatter(1, decimals=0))


def rate_limits(low: npt.NDArray[np.float64]) -> tuple[float, float]:
    """Return the ends of a scale of rates: up to 100 %, down to where the lowest interval begins."""
    lowest = np.nanmin(low) if not np.isnan(low).all() else 0.0
    start = min(np.floor(lowest * 10) / 10, 0.9)
    margin = 0.04 * (1 - start)
    return start - margin, 1 + margin


def legend(ax: Axes) -> None:
    """Explain the colours above the axes, under a title that leaves `LEGEND_POINTS` for it."""
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
