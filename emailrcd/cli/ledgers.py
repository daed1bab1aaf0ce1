"""``find``: what the ledger knows of a person's mail."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from ..errors import EmailrcdError
from ..records.frame import is_sandbox
from ..records.ledger import Ledger, default_path
from ..wording import counted, harmless, moment
from .console import tell
from .outputs import check_output, deliver


def run_find(options: argparse.Namespace) -> None:
    """Print or write all mail to an address."""
    check_output(options)
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
    deliver(found, options, lambda: "\n".join(map(_mail, found.to_dict("records"))))


def _mail(mail: dict[Any, Any]) -> str:
    return harmless(f"{mail['email_id']}  {mail['status']}  {mail['to_address']}\n    {mail['history']}")


def _in_words(history: list[dict[str, Any]], tz: str) -> str:
    return " → ".join(f"{point['status']} {moment(point['at'].tz_convert(tz))}" for point in history)
