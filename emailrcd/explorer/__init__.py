"""The app in a notebook cell."""

from ..errors import require

require("anywidget", "lab", "The app")

from .app import Explorer  # noqa: E402 - what it needs is looked for first
from .filters import Filters  # noqa: E402

__all__ = ["Explorer", "Filters"]
