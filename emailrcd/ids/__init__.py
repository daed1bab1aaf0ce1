"""Anything a user has – text, CSV, Excel, JSON, Parquet, a DataFrame – becomes ids with their context columns."""

from __future__ import annotations

from .landmarks import IdLandmarks
from .model import Ids, refusal
from .rounding import Doubts
from .sources import in_blocks, is_drawn, rows_with_ids, take, take_bytes
from .streaming import Stream

__all__ = [
    "Doubts",
    "IdLandmarks",
    "Ids",
    "Stream",
    "in_blocks",
    "is_drawn",
    "refusal",
    "rows_with_ids",
    "take",
    "take_bytes",
]
