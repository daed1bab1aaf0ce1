"""Anything a user has – text, CSV, Excel, JSON, Parquet, a DataFrame – becomes ids with their context columns."""

from __future__ import annotations

from .model import Ids, Refused
from .sources import is_parquet, stream, stream_parquet, take, take_bytes

__all__ = ["Ids", "Refused", "is_parquet", "stream", "stream_parquet", "take", "take_bytes"]
