"""The app in a notebook cell."""

from .app import Explorer
from .filters import Filters

__all__ = ["Explorer", "Filters"]
