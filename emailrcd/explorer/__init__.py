"""The app in a notebook cell."""

from .app import Explorer
from .view import Filters

__all__ = ["Explorer", "Filters"]
