"""Anything a user has – text, CSV, Excel, JSON, Parquet, a DataFrame – becomes ids with their context columns."""

from __future__ import annotations

from .landmarks import IdLandmarks
from .model import Ids, Refused, duplicates_told, left_out_told, refusal, unlike_told
from .rounding import Doubts
from .sources import in_blocks, is_drawn, rows_with_ids, take, take_bytes
from .streaming import Stream
from .tables import FIRST_KEPT, Pinned

__all__ = [
    "FIRST_KEPT",
    "Doubts",
    "IdLandmarks",
    "Ids",
    "Pinned",
    "Refused",
    "Stream",
    "duplicates_told",
    "in_blocks",
    "is_drawn",
    "left_out_told",
    "refusal",
    "rows_with_ids",
    "take",
    "take_bytes",
    "unlike_told",
]
