"""Local history in SQLite: what was asked, what was answered, and when it changed."""

from __future__ import annotations

from .database import IN_MEMORY
from .ledger import Ledger, Source
from .opening import default_path, is_ledger

__all__ = ["IN_MEMORY", "Ledger", "Source", "default_path", "is_ledger"]
