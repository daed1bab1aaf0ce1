"""``query`` and ``watch``: ids in, answers out."""

from __future__ import annotations

import argparse

import pandas as pd

from ..analysis.overview import overview, rate_in_words
from ..analysis.settling import settling_in_words
from ..errors import EmailrcdError, QueryInterrupted
from ..query.watch import Round
from ..records.frame import COLUMNS
from ..wording import counted
from .console import table, tell
from .inputs import client_and_ids, query
from .outputs import check_output, deliver

_TABLE_COLUMNS = ("email_id", "status", "to_address", "received_at", "error")


def run_query(options: argparse.Namespace) -> None:
    """Query once; what was obtained is written however it ends."""
    check_output(options)
    try:
        records = query(options)
    except (EmailrcdError, QueryInterrupted) as exc:
        _deliver_if_any(exc.records, options)
        raise
    _deliver(records, options)


def run_watch(options: argparse.Namespace) -> None:
    """Query until all is settled or time is up."""
    check_output(options)
    rounds: list[pd.DataFrame] = []
    with client_and_ids(options) as (client, ids):
        try:
            for records in client.watch(
                ids, deadline=options.hours * 3600, ledger=options.ledger, on_notice=tell, on_round=_tell_round
            ):
                rounds[1:] = [records]
        except (EmailrcdError, KeyboardInterrupt):
            _deliver_if_any(client.last_records, options)
            raise
    if took := settling_in_words(rounds[0], rounds[-1]):
        tell(took)
    _deliver(rounds[-1], options)


def _deliver_if_any(records: pd.DataFrame | None, options: argparse.Namespace) -> None:
    if records is not None and len(records):
        _deliver(records, options)


def _tell_round(found: Round) -> None:
    tell(str(found))


def _deliver(records: pd.DataFrame, options: argparse.Namespace) -> None:
    """Write the records where they are wanted, and their summary to stderr."""
    view = overview(records)
    badge = "SANDBOX: " if view.sandbox else ""
    tell(f"{badge}{counted(int(view.total['ids']), 'id')}. {rate_in_words(view.total)}".replace("\n", "; "))
    if view.hint:
        tell(view.hint)
    if options.mask:
        from ..reporting.masking import Masking  # draws charts, too: a query without it begins in half the time

        masking = Masking(records, options.mask)
        records = masking.frame(records)
        masking.check(records.to_csv(index=False))
    own = [name for name in records.columns if name not in COLUMNS]
    shown = [name for name in (*_TABLE_COLUMNS, *own) if name in records.columns]
    deliver(records, options, lambda: table(records[shown], options.tz))
