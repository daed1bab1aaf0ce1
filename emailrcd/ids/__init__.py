"""Anything a user has – text, CSV, Excel, JSON, Parquet, a DataFrame – becomes ids with their context columns."""

from __future__ import annotations

from .model import Ids, Refused
from .sources import is_parquet, stream_parquet, take, take_bytes
from .streaming import Stream

__all__ = ["Ids", "Refused", "Stream", "is_parquet", "stream_parquet", "take", "take_bytes"]
