"""The charts of a report as SVG; text is drawn, so that it looks the same where no font for it is installed."""

from __future__ import annotations

import base64
import io

import matplotlib as mpl
import pandas as pd

from .. import charts
from ..analysis.failures import Findings
from ..charts.style import DIM, GRID, INK, SANDBOX, STATUS_COLORS

_SIZE = (7.2, 4.0)
DARK_STATUS_COLORS = STATUS_COLORS | {
    "delivered": "#3d9bd6",
    "failed": "#ef7a2a",
    "sending": "#b5e0f8",
    "unanswered": "#77756f",
}
"""The colours of the statuses on a dark page."""

_DARK = {
    INK: "#e7e5e1",
    DIM: "#a5a39d",
    GRID: "#3a3936",
    "white": "#161614",
    SANDBOX: "#f2c078",
    **{color: DARK_STATUS_COLORS[status] for status, color in STATUS_COLORS.items()},
}
"""What stands for the colours of a chart on a dark page."""


def timeline_figure(records: pd.DataFrame, at: str | None, tz: str, found: Findings) -> str:
    """Return the timeline as SVG, light and without a background, with the bursts that were found."""
    figure = charts.DescribedFigure(figsize=_SIZE, layout="constrained")
    buffer = io.StringIO()
    # The same records make the same file.
    with mpl.rc_context({"svg.fonttype": "path", "svg.hashsalt": "emailrcd"}):
        charts.timeline(records, at=at, tz=tz, ax=figure.subplots(), found=found)
        figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    return buffer.getvalue()


def adaptive(svg: str) -> str:
    """Return an SVG as data URI whose colours follow the reader's setting, light or dark."""
    light, dark = [], []
    for place, (color, instead) in enumerate(_DARK.items()):
        light.append(f"--c{place}:{color}")
        dark.append(f"--c{place}:{instead}")
        for spelling in {color, color.replace("white", "#ffffff")}:
            svg = svg.replace(f": {spelling}", f": var(--c{place})")
    style = f":root{{{';'.join(light)}}}@media screen and (prefers-color-scheme:dark){{:root{{{';'.join(dark)}}}}}"
    svg = svg.replace("<defs>", f"<style>{style}</style><defs>", 1)
    return f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}"
