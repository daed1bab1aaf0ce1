"""Where a command's records come from: saved ones, or ids to query."""

from __future__ import annotations

import argparse
import getpass
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd

from ..api.credentials import Credentials
from ..errors import EmailrcdError, MissingCredentials
from ..files.paths import SUFFIXES
from ..ids import Ids
from ..query.client import Client
from ..records.dates import check_zone
from ..records.reading import holds_records, read_records
from ..records.sources import take, take_bytes
from ..sandbox import Sandbox
from .console import tell

_SAMPLE = 2_000
_STDIN = "-"


def records_of(options: argparse.Namespace) -> pd.DataFrame:
    """Return the records that SOURCE names: read, or queried."""
    check_zone(options.tz)
    saved = [read_records(name) for name in options.source if _is_saved(Path(name))]
    if saved and len(saved) == len(options.source):
        return saved[0] if len(saved) == 1 else pd.concat(saved, ignore_index=True)
    if saved:
        raise EmailrcdError("Some of these are saved records and some are ids. Give one kind at a time.")
    return query(options)


def query(options: argparse.Namespace) -> pd.DataFrame:
    """Query the ids that SOURCE names, and return the records."""
    with client_and_ids(options) as (client, ids):
        progress = not options.quiet and sys.stderr.isatty()
        return client.query(ids, column=options.column, ledger=options.ledger, progress=progress, on_notice=tell)


@contextmanager
def client_and_ids(options: argparse.Namespace) -> Iterator[tuple[Client, object]]:
    """Give the client that OPTIONS describe, and the ids that SOURCE names."""
    check_zone(options.tz)
    ids = _ids(options)
    settings = {
        "max_rate": options.max_rate,
        "connections": options.connections,
        "ca_bundle": options.ca_bundle,
    }
    if options.sandbox:
        with Sandbox() as sandbox, sandbox.client(**settings) as client:
            yield client, sandbox.sample_campaign(_SAMPLE) if ids is None else ids
        return
    if options.base_url:
        settings["base_url"] = options.base_url
    if ids is None:
        raise EmailrcdError("There is nothing to ask about: give ids, a file, or - for stdin. --help has examples.")
    try:
        client = Client.from_env(**settings)
    except MissingCredentials:
        if not (sys.stdin.isatty() and sys.stderr.isatty()):
            raise
        client = Client(_prompted(), **settings)
    with client:
        yield client, ids


def _is_saved(path: Path) -> bool:
    """Tell whether a path holds records, and not ids: a folder of parts, a ledger, or a table with columns of records."""
    return path.is_dir() or (path.is_file() and holds_records(path))


def _ids(options: argparse.Namespace) -> Ids | None:
    """Return the ids that SOURCE names, None if nothing is given."""
    source = options.source
    reading = {"column": options.column, "sheet": options.sheet}
    if source not in ([], [_STDIN]):
        files = [name for name in source if Path(name).is_file() or name.lower().endswith(SUFFIXES)]
        if files and len(files) < len(source):
            raise EmailrcdError("Some of these are files and some are ids. Give one kind at a time.")
        return take(source if files else "\n".join(source), **reading)
    data = b"" if not source and sys.stdin.isatty() else sys.stdin.buffer.read()
    return take_bytes(data, "stdin", **reading) if source or data.strip() else None


def _prompted() -> Credentials:
    tell("no credentials found. Type them here; they are used for this run only.")
    app_id = input("App id: ")
    return Credentials(app_id, getpass.getpass("API key: "), getpass.getpass("API secret: "))
