"""Where a command's table goes: into a file, to a program, or onto the terminal."""

from __future__ import annotations

import argparse
import codecs
import sys
from collections.abc import Callable

import pandas as pd

from ..files.tables import SUFFIXES, to_bytes
from ..files.writer import target
from ..records.writing import write_records
from ..wording import harmless
from .console import tell


def check_output(options: argparse.Namespace) -> None:
    """Refuse a file that could not be written, before anything is asked."""
    if options.output:
        target(options.output, SUFFIXES)


def save(table: pd.DataFrame, options: argparse.Namespace) -> None:
    """Write a table to the file of ``-o``."""
    tell(f"written to {write_records(table, options.output, options.tz).absolute()}")


def deliver(table: pd.DataFrame, options: argparse.Namespace, in_words: Callable[[], str]) -> None:
    """Write a table where it is wanted; onto a terminal, unless another form is asked for, in words."""
    kind = options.format or ("table" if sys.stdout.isatty() else "csv")
    if options.output:
        save(table, options)
    elif kind != "table":
        _stream(table, kind)
    elif len(table):
        print(in_words())


def _stream(table: pd.DataFrame, kind: str) -> None:
    """Print CSV or JSON lines: as they are to a program, without what a terminal would obey to a terminal."""
    # Data is UTF-8, whatever the terminal takes.
    data = to_bytes(table, ".csv" if kind == "csv" else ".jsonl").removeprefix(codecs.BOM_UTF8)
    if sys.stdout.isatty():
        data = harmless(data.decode()).encode()
    sys.stdout.buffer.write(data)
