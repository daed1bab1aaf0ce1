"""All ids at one look."""

from __future__ import annotations

from matplotlib.axes import Axes

from ..analysis import tables
from ..analysis.inputs import Records, check
from ..analysis.overview import rate_in_words
from ..records.frame import SETTLED, STATUSES, is_sandbox
from ..wording import percent
from .figure import describe
from .labels import status_label
from .palette import STATUS_COLORS
from .style import count_axis, drawing, name_rows, note, title


def summary(records: Records, ax: Axes | None = None) -> Axes:
    """Draw how many ids have each status, under the delivery rate with its interval.

    Parameters
    ----------
    records : DataFrame or Parts
        A records frame, or records in parts.
    ax : Axes, optional
        Where to draw.
    """
    records = check(records)
    total = tables.summary(records).iloc[0]
    statuses = [status for status in STATUSES if total[status] or status in SETTLED]
    counts = [int(total[status]) for status in statuses]
    with drawing(ax, (8.4, 1.2 + 0.4 * len(statuses))) as drawn:
        drawn.barh(range(len(statuses)), counts, color=[STATUS_COLORS[status] for status in statuses], height=0.66)
        name_rows(drawn, [status_label(status) for status in statuses])
        for row, count in enumerate(counts):
            share = f"  ·  {percent(count / total['ids'])}" if total["ids"] else ""
            note(drawn, f"{count:,}{share}", (count, row), (5, 0))
        drawn.set_xlim(0, max(1, *counts) * 1.25)
        drawn.set_xlabel("distinct ids")
        count_axis(drawn.xaxis)
        title(drawn, rate_in_words(total), is_sandbox(records))
        counted = ", ".join(f"{count:,} {status_label(status)}" for status, count in zip(statuses, counts, strict=True))
        describe(drawn, f"{rate_in_words(total)}. {counted}")
        return drawn
