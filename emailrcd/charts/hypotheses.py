"""What explains the failures: each hypothesis and the unexplained rest, adding up to all failed mail."""

from __future__ import annotations

from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from ..analysis.failures import Findings
from .figure import describe
from .style import (
    DIM,
    INK,
    STATUS_COLORS,
    count_ids,
    drawn_on,
    mark_sandbox,
    name_rows,
    say_if_empty,
    title,
    wrapped,
    write_beside,
)

_FAILED = STATUS_COLORS["failed"]
_LOOKS: dict[str, dict[str, Any]] = {
    "likely": {"facecolor": _FAILED},
    "stated": {"facecolor": _FAILED},
    "cannot be told apart": {"facecolor": "#f3b27a", "hatch": "////"},
    "minor": {"facecolor": "#f3b27a"},
    "consistent with": {"facecolor": "white"},
    "unexplained": {"facecolor": "#c9ccd0", "edgecolor": DIM},
}
"""How bars are filled, by confidence: the surer, the darker."""

_COLUMNS = 46
_LINES = 3


def investigate(found: Findings, ax: Axes | None = None) -> Axes:
    """Draw how many failures each hypothesis explains, one after the other, and how many nothing explains.

    A bar begins where the one above ends, so that together they are all failed mail. Beside it stand the confidence, the
    count and share, and the failure rate there and elsewhere.

    Parameters
    ----------
    found : Findings
        What `emailrcd.investigate` returned.
    ax : Axes, optional
        Where to draw.
    """
    table = found.table
    total = int(table["excess"].sum())
    rows = table if total else table.iloc[:0]
    labels = [wrapped(f"{rank}  {what}", _COLUMNS, _LINES) for rank, what in rows["what"].items()]
    heights = [max(2, label.count("\n") + 1) for label in labels]
    with (
        drawn_on(ax, (9.6, 1.3 + 0.2 * max(sum(heights) + len(rows), 4))) as drawn,
        mpl.rc_context({"hatch.linewidth": 0.7}),
    ):
        ends = rows["excess"].cumsum().to_numpy(float)
        for row, (confidence, excess) in enumerate(zip(rows["confidence"], rows["excess"], strict=True)):
            style: dict[str, Any] = {"edgecolor": _FAILED, "linewidth": 1.0} | _LOOKS[confidence]
            drawn.barh(row, excess, 0.62, ends[row] - excess, **style)
            if row:
                drawn.vlines(ends[row - 1], row - 1, row, color=DIM, linewidth=0.8, linestyle=":", zorder=0)
        name_rows(drawn, labels)
        drawn.tick_params(axis="y", labelsize=9)
        for label in drawn.get_yticklabels():
            label.set_multialignment("right")
        drawn.set_xlim(0, max(total, 1) * 1.01)
        drawn.set_xlabel("failed mails beyond those expected; together all that failed", color=DIM)
        count_ids(drawn.xaxis)
        _write_numbers(drawn, rows)
        said = _in_words(table, total)
        title(drawn, said)
        mark_sandbox(drawn, found.sandbox)
        say_if_empty(drawn, rows)
        each = (
            f"{row.Index}, {row.confidence}: {row.what}, {row.excess:,} ({row.share:.1%})" for row in rows.itertuples()
        )
        describe(drawn, ". ".join([said, *each]))
        return drawn


def _in_words(table: pd.DataFrame, total: int) -> str:
    if not total:
        return "No mail has failed"
    rest = table["excess"].iloc[-1]
    return f"{1 - rest / total:.0%} of {total:,} failed mails explained\n{rest / total:.0%} ({rest:,}) not"


def _write_numbers(ax: Axes, rows: pd.DataFrame) -> None:
    """Write confidence, count and share beside each row, and below them the rates."""
    each: Any
    for row, each in enumerate(rows.itertuples()):
        write_beside(ax, row, f"{each.confidence} · {each.excess:,} · {each.share:.1%}", INK, 8)
        write_beside(ax, row, _rates(each), DIM, -8)


def _rates(row: Any) -> str:
    if np.isnan(row.rate):
        return "no other mail" if row.kind == "rest" else "the same mail as above"
    if np.isnan(row.rate_elsewhere):
        return f"{row.rate:.1%} of {row.mails:,} other mails failed"
    return f"{row.rate:.1%} of {row.mails:,} failed, {row.rate_elsewhere:.1%} elsewhere"
