"""Anything a user has – text, CSV, Excel, JSON, Parquet, a DataFrame – becomes ids with their context columns."""

from __future__ import annotations

from .model import Ids, Refused
from .sources import stream, take, take_bytes

__all__ = ["Ids", "Refused", "stream", "take", "take_bytes"]
