"""``find``: what the ledger knows of a person's mail."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from ..errors import EmailrcdError
from ..files.tables import SUFFIXES
from ..files.writer import target
from ..records.frame import is_sandbox
from ..records.ledger import Ledger, default_path
from ..records.writing import write_records
from ..wording import counted, harmless, moment
from .console import tell
from .queries import stream


def run_find(options: argparse.Namespace) -> None:
    """Print or write all mail to an address."""
    if options.output:
        target(options.output, SUFFIXES)
    file = Path(options.ledger or default_path()).expanduser()
    if not file.is_file():
        raise EmailrcdError(
            f"There is no ledger {file.absolute()}. Name one with --ledger, as queries that keep it do."
        )
    with Ledger(file) as ledger:
        found = ledger.find(options.text)
    badge = "SANDBOX: " if is_sandbox(found) else ""
    tell(f"{badge}{counted(len(found), 'mail')} found in {file.absolute()}")
    found["history"] = [_in_words(history, options.tz) for history in found["history"]]
    if options.output:
        tell(f"written to {write_records(found, options.output, options.tz).absolute()}")
    elif options.format in ("csv", "jsonl") or not (options.format or sys.stdout.isatty()):
        stream(found, options.format or "csv")
    else:
        for mail in found.to_dict("records"):
            print(harmless(f"{mail['email_id']}  {mail['status']}  {mail['to_address']}\n    {mail['history']}"))


def _in_words(history: list[dict[str, Any]], tz: str) -> str:
    return " → ".join(f"{point['status']} {moment(point['at'].tz_convert(tz))}" for point in history)
