"""Charts in words, for those who cannot see them."""

from __future__ import annotations

from html import escape
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .fonts import hinted_once


class DescribedFigure(Figure):
    """A figure that a notebook shows with its description as the alternative text of the picture.

    Attributes
    ----------
    description : str
        What the chart says.
    """

    description = ""

    def draw(self, renderer: Any) -> None:
        """Draw the figure, as matplotlib does."""
        with hinted_once():
            super().draw(renderer)

    def get_tightbbox(self, *arguments: Any, **options: Any) -> Any:
        """Return the box around all that is drawn, as matplotlib does."""
        with hinted_once():
            return super().get_tightbbox(*arguments, **options)

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
