"""The charts of a report as SVG; text is drawn, so that it looks the same where no font for it is installed."""

from __future__ import annotations

import base64

import pandas as pd

from ..analysis.failures import Findings
from ..charts.figure import DescribedFigure
from ..charts.palette import DARK, LIGHT, css_variables, with_css_variables
from ..charts.timelines import draw_timeline

_SIZE = (7.2, 4.0)


def timeline_figure(table: pd.DataFrame, tz: str, sandbox: bool, found: Findings) -> str:
    """Return a timeline as SVG, light and without a background, with the bursts that were found."""
    figure = DescribedFigure(figsize=_SIZE, layout="constrained")
    draw_timeline(table, tz, sandbox, figure.subplots(), found)
    return figure.to_svg()


def adaptive(svg: str) -> str:
    """Return an SVG as data URI whose colours follow the reader's setting, light or dark."""
    light, dark = css_variables(LIGHT), css_variables(DARK)
    style = f"<style>:root{{{light}}}@media screen and (prefers-color-scheme:dark){{:root{{{dark}}}}}</style>"
    svg = with_css_variables(svg).replace("<defs>", f"{style}<defs>", 1)
    return f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}"
