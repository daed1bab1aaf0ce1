"""Charts in words, for those who cannot see them."""

from __future__ import annotations

from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure


class DescribedFigure(Figure):
    """A figure that a notebook stores with its description, as the alternative text (``alt``) of the picture.

    Attributes
    ----------
    description : str
        What the chart says.
    """

    description = ""

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        # The picture itself is added by Jupyter, in the format that the user has set.
        return {}, {"image/png": {"alt": self.description}}


def describe(ax: Axes, text: str) -> None:
    """Describe a chart in words; a figure that was made outside is left alone."""
    if isinstance(ax.figure, DescribedFigure):
        ax.figure.description = ", ".join(text.splitlines())
