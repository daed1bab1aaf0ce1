"""What several tests share."""

from __future__ import annotations

import io
import os
import signal
from collections.abc import Sequence
from typing import Any

import matplotlib as mpl
import pytest
import xlsxwriter
from hypothesis import settings

from emailrcd import cli
from emailrcd.api import transport
from emailrcd.api.credentials import ENVIRONMENT
from emailrcd.sandbox import Sandbox

mpl.use("Agg")
settings.register_profile("emailrcd", deadline=None)
settings.load_profile("emailrcd")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # Tests that run in the background hear no Ctrl-C, and what they start inherits that.
    signal.signal(signal.SIGINT, signal.default_int_handler)


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
    monkeypatch.setattr(transport, "SIGNATURE_SECONDS", 0.001)


@pytest.fixture(scope="session")
def workbook():
    """Makes Excel files: a list of rows for each sheet, or rows by the names of sheets."""

    def make(*rows: list[Sequence[Any]], **by_name: list[Sequence[Any]]) -> bytes:
        file = io.BytesIO()
        with xlsxwriter.Workbook(file, {"in_memory": True, "strings_to_formulas": False}) as book:
            for name, sheet_rows in ({f"Sheet{n}": r for n, r in enumerate(rows, 1)} | by_name).items():
                sheet = book.add_worksheet(name)
                for place, row in enumerate(sheet_rows):
                    sheet.write_row(place, 0, row)
        return file.getvalue()

    return make


@pytest.fixture
def alone(tmp_path, monkeypatch):
    """A working directory with nothing in it, and no credentials around."""
    monkeypatch.chdir(tmp_path)
    for name in ENVIRONMENT.values():
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def run(alone, capsys):
    """Run the command; return its exit code, what it printed, and what it told."""

    def running(*arguments):
        try:
            code = cli.main([str(argument) for argument in arguments])
        except SystemExit as exc:
            code = exc.code
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return running
