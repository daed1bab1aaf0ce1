"""How all charts look: the Axes they are drawn on, type, titles, rows and scales.

Everything is set on what is drawn; settings of matplotlib are read, never written, since they belong to the user's cells.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec, SubplotSpec
from matplotlib.text import Text
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, PercentFormatter

from ..records.frame import STATUSES
from .figure import DescribedFigure
from .fonts import boxed, families, warn_of_boxes, without_glyph
from .palette import DIM, GRID, INK, PAPER, SANDBOX

LEGEND_POINTS = 24
"""Room that a title leaves below it for the legend."""

_SIZE, _TITLE_SIZE = 9.5, 11


@contextmanager
def drawing(ax: Axes | None, size: tuple[float, float]) -> Iterator[Axes]:
    """Give the Axes to draw on, a new figure's where there is none; then set the type of all that was drawn."""
    if ax is None:
        ax = _new_figure(size).add_subplot(facecolor=PAPER)
    others = set(ax.figure.axes) - {ax}
    yield _quiet(ax)
    _typeset([each for each in ax.figure.axes if each not in others])


def _new_figure(size: tuple[float, float]) -> Figure:
    """Return a figure that notebooks show by themselves; in a thread, where pyplot is somebody else's, one that they do not."""
    if threading.current_thread() is threading.main_thread():
        return plt.figure(figsize=size, layout="constrained", facecolor=PAPER, FigureClass=DescribedFigure)
    return DescribedFigure(figsize=size, layout="constrained", facecolor=PAPER)


def _quiet(ax: Axes) -> Axes:
    """Make an Axes quiet: a pale frame at left and below, a pale grid behind, no ticks."""
    ax.spines[["top", "right"]].set_visible(False)
    ax.spines[["left", "bottom"]].set_color(GRID)
    ax.grid(visible=True, color=GRID)
    ax.set_axisbelow(True)
    ax.tick_params(length=0, labelcolor=DIM, labelsize=_SIZE, labelfontfamily=families())
    for axis in (ax.xaxis, ax.yaxis):
        axis.label.set(fontsize=_SIZE, color=DIM)
        axis.get_offset_text().set(fontsize=_SIZE, color=DIM)
    return ax


def _typeset(axes: Sequence[Axes]) -> None:
    """Set all texts in fonts that have their characters, as they are, without mathematics."""
    fonts = families()
    texts = [text for ax in axes for text in ax.findobj(Text)]
    for text in texts:
        text.set(fontfamily=fonts, parse_math=False)
    lacking = without_glyph((text.get_text() for text in texts), fonts)
    if not lacking:
        return
    for text in texts:
        text.set_text(boxed(text.get_text(), lacking))
    for axis in (axis for ax in axes for axis in (ax.xaxis, ax.yaxis)):
        labels = [boxed(label.get_text(), lacking) for label in axis.get_ticklabels()]
        # Axes with the same rows share their names; only one of them has the texts.
        if any(labels) and isinstance(axis.get_major_locator(), FixedLocator):
            axis.set_ticklabels(labels)
    warn_of_boxes(lacking)


def split_right(ax: Axes) -> Axes:
    """Give the right part of an Axes' place to another one with the same rows."""
    halves = _place(ax).subgridspec(1, 2, width_ratios=(5, 4), wspace=0.04)
    ax.set_subplotspec(halves[0])
    right = _quiet(ax.figure.add_subplot(halves[1], sharey=ax, facecolor=ax.get_facecolor()))
    right.tick_params(axis="y", labelleft=False)
    right.grid(visible=False, axis="y")
    return right


def split_top(ax: Axes) -> Axes:
    """Give the upper part of an Axes' place to another one with the same times."""
    halves = _place(ax).subgridspec(2, 1, height_ratios=(2, 3))
    ax.set_subplotspec(halves[1])
    top = _quiet(ax.figure.add_subplot(halves[0], sharex=ax, facecolor=ax.get_facecolor()))
    top.tick_params(axis="x", labelbottom=False)
    top.grid(visible=False, axis="x")
    return top


def _place(ax: Axes) -> SubplotSpec:
    box = ax.get_position()
    figure: Any = ax.figure
    return ax.get_subplotspec() or GridSpec(1, 1, figure, left=box.x0, right=box.x1, bottom=box.y0, top=box.y1)[0]


def title(ax: Axes, text: str, sandbox: bool, pad: float = 6, right: Axes | None = None) -> None:
    """Put a title `pad` points above the Axes, and at its right, or that of another, that answers are the sandbox's."""
    style: dict[str, Any] = {"pad": pad, "fontsize": _TITLE_SIZE, "fontweight": "bold"}
    ax.set_title(text, loc="left", color=INK, **style)
    if sandbox:
        (right or ax).set_title("SANDBOX", loc="right", color=SANDBOX, **style)


def note_if_empty(ax: Axes, table: pd.DataFrame) -> None:
    """Say so where there is nothing to show."""
    if table.empty:
        ax.text(
            0.5, 0.5, "nothing to show", transform=ax.transAxes, ha="center", va="center", color=DIM, fontsize=_SIZE
        )
        ax.tick_params(labelbottom=False)
        ax.grid(visible=False)


def rows_height(rows: int) -> float:
    """Return the height of a chart with so many rows, in inches."""
    return 1.5 + 0.36 * max(rows, 2)


def name_rows(ax: Axes, labels: Sequence[str]) -> None:
    """Name the rows from top to bottom."""
    ax.set_yticks(np.arange(len(labels)), labels)
    ax.set_ylim(max(len(labels), 1) - 0.5, -0.5)
    ax.grid(visible=False, axis="y")
    ax.tick_params(axis="y", labelcolor=INK)


def note(
    ax: Axes, text: str, place: tuple[float, float], offset: tuple[float, float], color: str = INK, **options: Any
) -> None:
    """Write a text at a place of the data, moved by an offset in points."""
    settings: dict[str, Any] = {"textcoords": "offset points", "va": "center", "fontsize": _SIZE, "color": color}
    ax.annotate(text, place, offset, **(settings | options))


def note_row(ax: Axes, row: int, text: str, color: str, lift: float = 0) -> None:
    """Write a text at the right of a row, `lift` points above its middle."""
    note(ax, text, (1, row), (6, lift), color, xycoords=("axes fraction", "data"), annotation_clip=False)


def count_axis(axis: Axis) -> None:
    """Label an axis with whole numbers."""
    axis.set_major_locator(MaxNLocator(4, integer=True))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))


def percent_axis(axis: Axis) -> None:
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
            fontsize=_SIZE,
            labelcolor=INK,
        )
