"""The figure of a chart: its description in words, its marks by id, and itself as SVG."""

from __future__ import annotations

import io
import re
from html import escape
from itertools import count
from typing import Any, NamedTuple

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure


class Mark(NamedTuple):
    """A bar or a point of a chart.

    Attributes
    ----------
    text : str
        What it stands for, with its numbers.
    group : object
        The value, or tuple of values, of the columns that are charted, the beginning of the period, or the rank; None for
        rows that stand for several of them ("12 more").
    status : str or None
        The status that it counts.
    """

    text: str
    group: Any = None
    status: str | None = None


class DescribedFigure(Figure):
    """A figure that a notebook shows with its description as the alternative text of the picture.

    Attributes
    ----------
    description : str
        What the chart says.
    marks : dict of str to Mark
        The bars and points by the id that they bear in the SVG: ``<chart>-<row>-<what>``, for example
        ``breakdown-0-failed`` or ``timeline-17-rate``. ``<chart>`` is the name of the function; ``<row>`` counts rows, periods
        or curves from 0 as they are drawn; ``<what>`` is a status, or ``rate``, ``change``, ``before``, ``after``, ``excess``,
        ``curve``.
    """

    description = ""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.marks: dict[str, Mark] = {}

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
        numbers = count()
        # matplotlib makes up other ids at every drawing.
        names = {
            old: f"{prefix}ref-{next(numbers)}" for old in dict.fromkeys(re.findall(r'(?:href="|url\()#([^")]+)', svg))
        }
        names |= {gid: f"{prefix}{gid}" for gid in self.marks}
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


def mark(artist: Artist, gid: str, text: str, group: Any = None, status: str | None = None) -> None:
    """Give a bar or point the id by which it is found in the SVG, and tell its figure what it stands for."""
    artist.set_gid(gid)
    if isinstance(artist.figure, DescribedFigure):
        artist.figure.marks[gid] = Mark(text, group, status)
