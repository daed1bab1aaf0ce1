"""What can be read in a chart."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.text import Text


def texts(ax: Axes) -> list[str]:
    """All texts of its figure."""
    return [text.get_text() for text in ax.figure.findobj(Text) if text.get_text()]


def row_names(ax: Axes) -> list[str]:
    return [label.get_text() for label in ax.get_yticklabels()]
