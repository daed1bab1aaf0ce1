"""What several tests share."""

from __future__ import annotations

import os

import matplotlib as mpl
import pytest

from emailrcd import transport
from emailrcd.sandbox import Sandbox

mpl.use("Agg")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Where everything is required, a test that is skipped for want of a program has failed."""
    report = yield
    if report.skipped and os.environ.get("EMAILRCD_REQUIRE_ALL"):
        report.outcome = "failed"
    return report


@pytest.fixture
def sandbox():
    with Sandbox() as running:
        yield running


@pytest.fixture
def quick_retries(monkeypatch):
    """Retries that wait next to nothing; that they wait longer and longer is tested where waiting is decided."""
    monkeypatch.setattr(transport, "BACKOFF_SECONDS", 0.001)
