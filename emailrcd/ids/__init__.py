"""Anything a user has – text, CSV, Excel, JSON, Parquet, a DataFrame – becomes ids with their context columns."""

from __future__ import annotations

from .blocks import in_blocks
from .model import Ids, Refused, duplicates_told, refusal
from .rounding import Doubts
from .sources import take, take_bytes
from .streaming import Stream
from .tables import FIRST_KEPT

__all__ = [
    "FIRST_KEPT",
    "Doubts",
    "Ids",
    "Refused",
    "Stream",
    "duplicates_told",
    "in_blocks",
    "refusal",
    "take",
    "take_bytes",
]
