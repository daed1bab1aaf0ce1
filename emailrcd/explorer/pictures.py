"""The charts of `emailrcd.charts` as the page shows them: SVG whose colours follow the page, and places to touch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

import pandas as pd
from matplotlib.axes import Axes
from msgspec.structs import replace

from .. import charts
from ..analysis import settling, tables
from ..analysis.rows import GroupRow, cells, group_rows, key_in_words
from ..charts.breakdowns import draw_breakdown, folded
from ..charts.palette import with_css_variables
from ..charts.settling_times import draw_settle_times
from ..charts.style import rows_height
from ..charts.timelines import draw_timeline, period_edges
from ..errors import EmailrcdError
from ..records.frame import is_sandbox
from ..wording import duration
from .population import as_texts
from .problems import told
from .replies import Chart, Mark, Rows

_WIDTH = 8.4
_DPI = 110
_ROWS = 12
"""Groups in a chart; one that would be folded alone is drawn."""

_LISTED = 100
_PERCENTILES = (10, 25, 50, 75, 90, 95, 99)
_MEASURES = ("ids", "delivered", "failed", "open", "delivery rate", "95 % interval")

Draw = Callable[[Axes], Axes]


def breakdown(shown: pd.DataFrame, by: str) -> Chart:
    """Return the breakdown: each group is a place to touch, which filters by it."""
    table = tables.breakdown(shown, by)
    rows = group_rows(table, [key_in_words(key) for key in table.index])
    drawn, labels = folded(table, _ROWS)
    values = as_texts(table.index.to_series()).tolist()[: min(len(table), _ROWS) if len(drawn) < len(table) else None]

    def marks(ax: Axes) -> list[Mark]:
        return [_row(ax, row, _said(rows[row]), value) for row, value in enumerate(values)]

    return _chart(
        "breakdown",
        lambda ax: draw_breakdown(drawn, labels, by, is_sandbox(shown), ax),
        rows_height(len(drawn)),
        marks,
        columns=[by, *_MEASURES],
        rows=[_cells(row) for row in rows[:_LISTED]],
        more=f"{len(rows) - _LISTED:,} more groups" if len(rows) > _LISTED else "",
    )


def timeline(shown: pd.DataFrame, zone: str) -> tuple[Chart, pd.DatetimeIndex]:
    """Return the timeline, and the beginnings of its periods: each is a place to touch, from one to another filters."""
    whole = tables.timeline(shown, freq=None, tz=zone)
    table = whole[whole.index.notna()]
    starts = pd.DatetimeIndex(table.index)
    rows = group_rows(table, starts.strftime("%a %Y-%m-%d %H:%M").tolist())

    def marks(ax: Axes) -> list[Mark]:
        return [
            _column(ax, first, last, _said(row), str(number))
            for number, ((first, last), row) in enumerate(zip(pairwise(period_edges(starts)), rows, strict=True))
        ]

    chart = _chart(
        "timeline",
        lambda ax: draw_timeline(whole, zone, is_sandbox(shown), ax),
        4.6,
        marks,
        columns=["period", *_MEASURES],
        rows=[_cells(row) for row in rows],
    )
    return chart, starts


def heatmap(shown: pd.DataFrame, zone: str) -> Chart:
    """Return the rates by weekday and hour."""
    table = tables.heatmap(shown, tz=zone)
    hours = table[table["ids"] > 0]
    rows = group_rows(hours, [f"{weekday} {hour:02}:00" for weekday, hour in hours.index])
    return _chart(
        "timeline",
        lambda ax: charts.heatmap(shown, tz=zone, ax=ax),
        4.2,
        columns=["hour", *_MEASURES],
        rows=[_cells(row) for row in rows],
    )


def settle_times(shown: pd.DataFrame, zone: str) -> Chart:
    """Return how long delivered mail took."""
    table = settling.settle_times(shown, tz=zone)
    seconds, low, high = (part["all"] for part in (table, table.low, table.high))
    return _chart(
        "timeline",
        lambda ax: draw_settle_times(table, None, is_sandbox(shown), ax),
        3.6,
        columns=["of the mail", "delivered within", "95 % band"],
        rows=[
            [f"{percents} %", _lasting(seconds[percents]), f"{_lasting(low[percents])} to {_lasting(high[percents])}"]
            for percents in _PERCENTILES
        ],
    )


def _lasting(seconds: float) -> str:
    return duration(seconds) if seconds == seconds else "not known yet"


def times(shown: pd.DataFrame, chart: str, zone: str) -> tuple[Chart, pd.DatetimeIndex]:
    """Return one of the charts over time, or why there is none; with the periods of a timeline."""
    periods = pd.DatetimeIndex([])
    try:
        if chart == "timeline":
            return timeline(shown, zone)
        return (heatmap if chart == "heatmap" else settle_times)(shown, zone), periods
    except EmailrcdError as exc:
        return _without_picture("timeline", told(exc)), periods


def open_mail(rounds: pd.DataFrame, zone: str) -> Chart:
    """Return how open mail became less over the rounds of a watch."""
    times = cells(rounds["at"], zone)
    return _chart(
        "open",
        lambda ax: charts.open_mail(rounds, zone, ax=ax),
        2.4,
        columns=["round", "open", "no answer"],
        rows=[
            [time, f"{still:,}", f"{unanswered:,}"]
            for time, still, unanswered in zip(times, rounds["open"], rounds["unanswered"], strict=True)
        ],
    )


def png(draw: Draw, height: float) -> tuple[bytes, str]:
    """Return a picture for a page without the app, and its description; nothing where it cannot be drawn."""
    figure = charts.DescribedFigure(figsize=(_WIDTH, height), layout="constrained")
    try:
        draw(figure.subplots())
    except EmailrcdError:
        return b"", ""
    return figure.to_png(_DPI), figure.description


def _row(ax: Axes, row: int, text: str, value: str) -> Mark:
    """Return a row of an Axes, over the whole width of its figure, as a place to touch."""
    (_, upper), (_, lower) = _in_figure(ax, [(0, row - 0.5), (0, row + 0.5)])
    return Mark(left=0, top=1 - upper, width=1, height=upper - lower, text=text, value=value)


def _column(ax: Axes, first: float, last: float, text: str, value: str) -> Mark:
    """Return a place to touch from one time of an Axes to another, over all Axes of its figure."""
    (left, _), (right, _) = _in_figure(ax, [(first, 0), (last, 0)])
    boxes = [each.get_position() for each in ax.figure.axes]
    top, bottom = float(max(box.y1 for box in boxes)), float(min(box.y0 for box in boxes))
    return Mark(left=left, top=1 - top, width=right - left, height=top - bottom, text=text, value=value)


def _in_figure(ax: Axes, points: list[tuple[float, float]]) -> list[list[float]]:
    """Return points of an Axes in parts of its figure, from the lower left."""
    places: list[list[float]] = (ax.transData - ax.figure.transFigure).transform(points).tolist()
    return places


def _chart(
    name: str,
    draw: Draw,
    height: float,
    marks: Callable[[Axes], list[Mark]] = lambda _: [],
    *,
    columns: Sequence[str] = (),
    rows: Rows | None = None,
    more: str = "",
) -> Chart:
    """Draw on a figure of its own, outside pyplot, which belongs to the user's cells; or say why it cannot be drawn."""
    chart = _without_picture(name, "", columns, rows, more)
    figure = charts.DescribedFigure(figsize=(_WIDTH, height), layout="constrained")
    try:
        ax = figure.subplots()
        draw(ax)
        svg = with_css_variables(figure.to_svg(prefix=f"{name}-"))
        return replace(chart, svg=svg, alt=figure.description, marks=marks(ax))
    except Exception as exc:  # noqa: BLE001 - a picture that fails must not take the numbers with it
        return replace(chart, problem=told(exc))


def _without_picture(
    name: str, problem: str, columns: Sequence[str] = (), rows: Rows | None = None, more: str = ""
) -> Chart:
    """Return why there is no picture, and the numbers all the same."""
    return Chart(
        name=name, svg="", alt="", problem=problem, marks=[], columns=list(columns), rows=rows or [], more=more
    )


def _cells(row: GroupRow) -> list[str]:
    return [row.name, row.ids, row.delivered, row.failed, row.open, row.rate, row.interval]


def _said(row: GroupRow) -> str:
    still = f", {row.open} open" if row.open != "0" else ""
    settled = f"{row.rate} delivered ({row.interval})" if row.settled != "0" else "nothing settled"
    ids = "1 id" if row.ids == "1" else f"{row.ids} ids"
    return f"{row.name}: {ids} – {row.delivered} delivered, {row.failed} failed{still} · {settled}"
