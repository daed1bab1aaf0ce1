"""The app as its users hold it in Python."""

from __future__ import annotations

import os
from pathlib import Path

import pandas as pd
from IPython.display import publish_display_data

from ..analysis.failures import Findings
from ..api.credentials import Credentials
from ..query.client import Client
from ..records.reading import read_records
from ..records.sources import take
from ..records.writing import write_records
from .connection import AnyLedger
from .controls import Controls
from .filters import Filters
from .limits import Limits
from .session import Session


class Explorer:
    """From a pile of email ids to a delivery breakdown, in a notebook cell.

    Display it as the last line of a cell. Everything it does can be done from Python as well, by the methods below.

    Parameters
    ----------
    client : Client, optional
        Ask through this client; otherwise the app offers the sandbox and the API.
    ledger : bool, Ledger or path
        Where answers are remembered, so that settled mail is not asked again: True for the user's own ledger (the app says
        where it is), False for none. Answers of the sandbox are never put into it.
    """

    def __init__(self, client: Client | None = None, *, ledger: bool | AnyLedger = True) -> None:
        Limits.of_this_visit().hold_memory()
        self._session = Session(client, ledger)
        self._controls = Controls(self._session)

    def _ipython_display_(self) -> None:
        bundle, metadata = self._session.screen.displayed()
        publish_display_data(bundle, metadata)
        if not self._session.connection.visited:
            self._session.still.display()

    def __repr__(self) -> str:
        return f"<emailrcd.Explorer: {len(self.records):,} records, {len(self.shown):,} shown>"

    @property
    def records(self) -> pd.DataFrame:
        """All records of the last query; empty but typed before the first."""
        return self._session.results.records

    @property
    def shown(self) -> pd.DataFrame:
        """The records that meet the filters."""
        return self._session.results.shown

    @property
    def findings(self) -> Findings | None:
        """What the last investigation found; None before the first."""
        return self._session.diagnosis.findings

    def use_sandbox(self) -> None:
        """Ask the built-in sandbox: a local world, no account, no network."""
        connection = self._session.connection
        self._session.change_connection(lambda: connection.use("sandbox"))

    def use_api(self, credentials: Credentials | None = None, base_url: str | None = None) -> None:
        """Ask the API, with these credentials or those that were found.

        Raises
        ------
        CredentialsError, EmailrcdError
            The credentials or the base URL cannot be used.
        """
        connection = self._session.connection
        if credentials is None:
            self._session.change_connection(lambda: connection.use("api"))
        else:
            self._session.change_connection(lambda: connection.hold(credentials, base_url))

    def forget(self) -> None:
        """Forget credentials that were typed; those found elsewhere are used again."""
        self._session.change_connection(self._session.connection.forget)

    def check_connection(self) -> None:
        """Find out why there is no connection, or that there is one; the result is shown when it is there."""
        self._session.check_connection()

    def set_ids(self, source: object, column: str | None = None) -> None:
        """Take ids from whatever `Client.query` takes; what is refused is shown, not raised."""
        label = Path(source).name if isinstance(source, os.PathLike) else "the ids given"
        self._session.take_ids(lambda chosen, sheet: take(source, chosen or column, sheet=sheet), label)

    def use_sample(self) -> None:
        """Take the ids of a sample campaign of the sandbox."""
        self._session.take_sample()

    def query(self, *, watch: bool = False, refresh: bool = False) -> None:
        """Begin to query the ids taken; returns at once.

        The page asks before ids that may be rounded are queried; this method queries them with a notice, as a client does.

        Parameters
        ----------
        watch : bool
            Ask again for open mail, with growing pauses, until all is settled, for a day, or until `cancel`.
        refresh : bool
            Ask also for mail that the ledger knows as settled.
        """
        self._session.query(watch=watch, refresh=refresh)

    def cancel(self) -> None:
        """Ask a running query or watch to stop; what was obtained is kept."""
        self._session.cancel()

    def go_on(self) -> None:
        """Ask for what a query that was cancelled, or that failed, had not asked yet; returns at once."""
        self._session.go_on()

    def wait(self, seconds: float | None = None) -> bool:
        """Wait for the end of all that is under way; False if it has not come within `seconds`."""
        return self._session.background.wait(seconds)

    def open(self, path: str | os.PathLike[str]) -> None:
        """Look at saved results: whatever `read_records` reads."""
        self._session.open_results(read_records(path), [], Path(path).name)

    def compare_with(self, records: pd.DataFrame | str | os.PathLike[str] | None) -> None:
        """Compare what is shown with other records, or saved ones; investigations and reports from now on do, too.

        Of the others those are taken that meet the same filters, but for the time of sending. None ends the comparison.
        """
        if records is None:
            with self._session.lock:
                self._session.results.compare_with(None)
        elif isinstance(records, pd.DataFrame):
            self._session.compare_with(records, [], "the records given")
        else:
            self._session.compare_with(read_records(records), [], Path(records).name)

    def filter(self, filters: Filters) -> None:
        """Show the records that meet `filters`, in table, charts and export."""
        with self._session.lock:
            self._session.results.filter(filters)

    def group_by(self, column: str) -> None:
        """Break down by this column."""
        with self._session.lock:
            self._session.results.group_by(column)

    def investigate(self) -> None:
        """Look for what explains the failures among all records; `findings` and the table are there when it is done.

        With records to `compare_with`, it leaves out what failed as much already.
        """
        self._session.diagnosis.investigate()

    def show_mails(self, rank: int | None) -> None:
        """Show only the mails behind a row of the investigation; None shows all again."""
        self._session.diagnosis.show_mails(rank)

    def export(self, path: str | os.PathLike[str]) -> Path:
        """Write what is shown, in the order of the table, to a ``.xlsx``, ``.csv``, ``.parquet`` or ``.jsonl`` file."""
        return write_records(self._session.results.in_order, path, self._session.results.zone)
