"""The ``emailrcd`` command; thin."""

from __future__ import annotations

from .command import main

__all__ = ["main"]
