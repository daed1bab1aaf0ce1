"""What explains the failures: hypothesis by hypothesis, and the unexplained rest, adding up to all failed mail."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from ..analysis.failures import Findings
from ..wording import percent
from .figure import describe
from .labels import wrapped
from .palette import DIM, INK, LIGHT, PAPER
from .style import count_axis, drawing, name_rows, note_if_empty, note_row, title

_FAILED = LIGHT["failed"]
_FILLINGS: dict[str, dict[str, Any]] = {
    "likely": {"facecolor": _FAILED},
    "stated": {"facecolor": _FAILED},
    "cannot be told apart": {"facecolor": LIGHT["doubtful"], "hatch": "////"},
    "minor": {"facecolor": LIGHT["doubtful"]},
    "consistent with": {"facecolor": PAPER},
    "unexplained": {"facecolor": LIGHT["rest"], "edgecolor": DIM},
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
    with drawing(ax, (9.6, 1.3 + 0.2 * max(sum(heights) + len(rows), 4))) as drawn:
        ends = rows["excess"].cumsum().to_numpy(float)
        for row, (confidence, excess) in enumerate(zip(rows["confidence"], rows["excess"], strict=True)):
            style: dict[str, Any] = {"edgecolor": _FAILED, "linewidth": 1.0} | _FILLINGS[confidence]
            drawn.barh(row, excess, 0.62, ends[row] - excess, **style)
            if row:
                drawn.vlines(ends[row - 1], row - 1, row, color=DIM, linewidth=0.8, linestyle=":", zorder=0)
        name_rows(drawn, labels)
        drawn.tick_params(axis="y", labelsize=9)
        for label in drawn.get_yticklabels():
            label.set_multialignment("right")
        drawn.set_xlim(0, max(total, 1) * 1.01)
        drawn.set_xlabel("failed mails beyond those expected; together all that failed")
        count_axis(drawn.xaxis)
        _write_numbers(drawn, rows)
        text = _in_words(table, total)
        title(drawn, text, found.sandbox)
        note_if_empty(drawn, rows)
        describe(drawn, ". ".join([text, *map(_described, rows.itertuples())]))
        return drawn


def _described(row: Any) -> str:
    return f"{row.Index}, {row.confidence}: {row.what}, {row.excess:,} ({percent(row.share)})"


def _in_words(table: pd.DataFrame, total: int) -> str:
    if not total:
        return "No mail has failed"
    rest = table["excess"].iloc[-1]
    return (
        f"{percent(1 - rest / total, 0)} of {total:,} failed mails explained\n{percent(rest / total, 0)} ({rest:,}) not"
    )


def _write_numbers(ax: Axes, rows: pd.DataFrame) -> None:
    """Write confidence, count and share beside each row, and below them the rates."""
    hypothesis: Any
    for row, hypothesis in enumerate(rows.itertuples()):
        note_row(ax, row, f"{hypothesis.confidence} · {hypothesis.excess:,} · {percent(hypothesis.share)}", INK, 8)
        note_row(ax, row, _rates(hypothesis), DIM, -8)


def _rates(row: Any) -> str:
    if np.isnan(row.rate):
        return "no other mail" if row.kind == "rest" else "the same mail as above"
    if np.isnan(row.rate_elsewhere):
        return f"{percent(row.rate)} of {row.mails:,} {'other ' if row.Index > 1 else ''}mails failed"
    return f"{percent(row.rate)} of {row.mails:,} failed, {percent(row.rate_elsewhere)} elsewhere"
