"""Tables in pictures: one chart for each table function, of the same name.

Every function takes ``ax`` (an Axes to draw on; a new figure's otherwise) and returns the Axes; none shows or saves anything.
A status has the same colour everywhere. The colours are told apart by colour-blind eyes, and by their lightness in grey print.
A new figure has a ``description`` in words, which notebooks keep as the picture's alternative text.
"""

from __future__ import annotations

from .changes import compare
from .described import DescribedFigure
from .groups import breakdown
from .hypotheses import investigate
from .overview import rate_in_words, summary
from .periods import open_mail, timeline
from .settling import settle_times
from .style import STATUS_COLORS
from .week import heatmap

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
