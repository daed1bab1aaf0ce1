"""Records in, matplotlib out: one chart for each table of `emailrcd.analysis`, of the same name.

Every function takes ``ax`` (an Axes to draw on; a new figure's otherwise) and returns the Axes; none shows or saves anything.
A status has the same colour everywhere. The colours are told apart by colour-blind eyes, and by their lightness in grey print.
"""

from __future__ import annotations

from .groups import breakdown
from .overview import rate_in_words, summary
from .periods import open_mail, timeline
from .style import STATUS_COLORS

__all__ = ["STATUS_COLORS", "breakdown", "open_mail", "rate_in_words", "summary", "timeline"]
