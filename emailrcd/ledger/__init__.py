"""Local history in SQLite: what was asked, what was answered, and when it changed."""

from __future__ import annotations

from .book import Ledger, Source
from .database import IN_MEMORY
from .opening import is_ledger
from .places import default_path

__all__ = ["IN_MEMORY", "Ledger", "Source", "default_path", "is_ledger"]
