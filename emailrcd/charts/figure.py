"""The figure of a chart: its description in words, and itself as SVG."""

from __future__ import annotations

import io
import re
from html import escape
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure


class DescribedFigure(Figure):
    """A figure that a notebook shows with its description as the alternative text of the picture.

    Attributes
    ----------
    description : str
        What the chart says.
    """

    description = ""

    def to_svg(self, prefix: str = "") -> str:
        """Return the figure as SVG without a background; the same records make the same text.

        Parameters
        ----------
        prefix : str
            What ids begin with, so that several charts can stand in one page.
        """
        buffer = io.StringIO()
        self.savefig(buffer, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
        svg = buffer.getvalue()
        svg = svg[svg.index("<svg") :]
        # matplotlib makes up other ids at every drawing; of those, only the ones that are referred to are needed.
        found = dict.fromkeys(re.findall(r'(?:href="|url\()#([^")]+)', svg))
        names = {old: f"{prefix}ref-{number}" for number, old in enumerate(found)}
        svg = re.sub(r' id="([^"]*)"', lambda match: f' id="{names[match[1]]}"' if match[1] in names else "", svg)
        return re.sub(r'((?:href="|url\()#)([^")]+)', lambda match: match[1] + names[match[2]], svg)

    def to_png(self, dpi: int) -> bytes:
        """Return the figure as PNG; the same records make the same bytes."""
        buffer = io.BytesIO()
        self.savefig(buffer, format="png", dpi=dpi, metadata={"Software": None})
        return buffer.getvalue()

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, str], dict[str, dict[str, str]]]:
        from IPython.core import pylabtools

        tools: Any = pylabtools

        # JupyterLab takes an alternative text from HTML only, some exporters from the metadata of the picture, which
        # Jupyter adds itself in the format that the user has set.
        picture = tools.print_figure(self, fmt="png", base64=True)
        html = f'<img alt="{escape(self.description)}" src="data:image/png;base64,{picture}">'
        return {"text/html": html}, {"image/png": {"alt": self.description}}


def describe(ax: Axes, text: str) -> None:
    """Describe a chart in words; a figure that was made outside is left alone."""
    if isinstance(ax.figure, DescribedFigure):
        ax.figure.description = ", ".join(text.splitlines())
