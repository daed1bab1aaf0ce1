"""Tables in pictures: one chart for each table function, of the same name.

Every function takes ``ax`` (an Axes to draw on; a new figure's otherwise) and returns the Axes; none shows or saves anything.
A status has the same colour everywhere. The colours are told apart by colour-blind eyes, and by their lightness in grey print.
A new figure has a ``description`` in words, which notebooks keep as the picture's alternative text.
"""

from __future__ import annotations

from ..analysis.overview import rate_in_words
from .breakdowns import breakdown, summary
from .comparisons import compare
from .figure import DescribedFigure
from .heatmaps import heatmap
from .hypotheses import investigate
from .palette import STATUS_COLORS
from .settling_times import settle_times
from .timelines import open_mail, timeline

__all__ = [
    "STATUS_COLORS",
    "DescribedFigure",
    "breakdown",
    "compare",
    "heatmap",
    "investigate",
    "open_mail",
    "rate_in_words",
    "settle_times",
    "summary",
    "timeline",
]
