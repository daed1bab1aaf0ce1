"""The charts of a report, drawn from its tables: as SVG, in which text is drawn, and as PNG for a workbook."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from functools import partial

from matplotlib.axes import Axes

from ..charts.breakdowns import draw_breakdown
from ..charts.comparisons import compare
from ..charts.figure import DescribedFigure
from ..charts.palette import DARK, LIGHT, css_variables, with_css_variables
from ..charts.style import rows_height
from ..charts.timelines import draw_timeline
from ..files.excel import Picture
from .content import MOST_GROUPS, Content

THEMES = (
    f":root{{{css_variables(LIGHT)}}}@media screen and (prefers-color-scheme:dark){{:root{{{css_variables(DARK)}}}}}"
)
"""The colours of a file that follows the reader's setting, light or dark."""

_SIZE = (7.2, 4.0)
_DPI = 144


def timeline_svg(content: Content) -> str:
    """Return the timeline as SVG, light and without a background, with the bursts that were found; nothing without one."""
    if content.timeline is None:
        return ""
    figure = DescribedFigure(figsize=_SIZE, layout="constrained")
    draw_timeline(content.timeline, content.tz, content.overview.sandbox, figure.subplots(), content.bursts)
    return figure.to_svg()


def adaptive(svg: str) -> str:
    """Return an SVG as data URI whose colours follow the reader's setting, light or dark."""
    svg = with_css_variables(svg).replace("<defs>", f"<style>{THEMES}</style><defs>", 1)
    return f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}"


def pictures(content: Content) -> Iterator[Picture]:
    """Yield all charts of a report: over time, by group, and against the earlier run."""
    sandbox = content.overview.sandbox
    timeline, compared = content.timeline, content.comparison
    if timeline is not None:
        yield _picture(lambda ax: draw_timeline(timeline, content.tz, sandbox, ax, content.bursts), 4.6)
    for each in content.breakdowns:
        table, labels = each.folded(MOST_GROUPS)
        draw = partial(draw_breakdown, table, labels, each.name, sandbox)
        yield _picture(draw, rows_height(len(table)))
    if compared is not None:
        yield _picture(
            lambda ax: compare(compared, ax, MOST_GROUPS), rows_height(min(len(compared.table), MOST_GROUPS) + 2)
        )


def _picture(draw: Callable[[Axes], object], height: float) -> Picture:
    figure = DescribedFigure(figsize=(9.2, height), layout="constrained")
    draw(figure.subplots())
    return Picture(figure.to_png(_DPI), height, figure.description)
