"""What several tests share."""

from __future__ import annotations

import matplotlib as mpl
import pytest

from emailrcd import transport
from emailrcd.sandbox import Sandbox

mpl.use("Agg")


@pytest.fixture
def sandbox():
    with Sandbox() as running:
        yield running


@pytest.fixture
def quick_retries(monkeypatch):
    """Retries that wait next to nothing; that they wait longer and longer is tested where waiting is decided."""
    monkeypatch.setattr(transport, "BACKOFF_SECONDS", 0.001)
