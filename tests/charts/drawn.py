"""What can be read in a chart."""

from __future__ import annotations

from typing import Any

from matplotlib.axes import Axes
from matplotlib.text import Text


def texts(ax: Axes) -> list[str]:
    """All texts of its figure."""
    return [text.get_text() for text in ax.figure.findobj(Text) if text.get_text()]


def row_names(ax: Axes) -> list[str]:
    return [label.get_text() for label in ax.get_yticklabels()]


def marks(ax: Axes, what: str) -> list[Any]:
    """Its bars or points of a kind, in the order of their rows."""
    artists = {artist.get_gid(): artist for artist in ax.figure.findobj(lambda artist: artist.get_gid())}
    found = [gid for gid in artists if gid.split("-")[2] == what]
    return [artists[gid] for gid in sorted(found, key=lambda gid: int(gid.split("-")[1]))]


def xs(points: list[Any]) -> list[float]:
    return [point.get_xdata()[0] for point in points]


def ys(points: list[Any]) -> list[float]:
    return [point.get_ydata()[0] for point in points]
