"""The app: choose whom to ask, give ids, query, look, narrow down, find out why, take away."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from ..analysis.failures import Findings, investigate
from ..api.credentials import Credentials
from ..errors import CredentialsError, EmailrcdError
from ..query.checkup import doctor
from ..query.client import Client, Progress
from ..query.watch import Round
from ..records.frame import is_sandbox
from ..records.sources import take
from ..records.writing import as_file, write_records
from ..reporting import Options, render
from . import screens
from .connection import AnyLedger, Connection
from .intake import Intake, Read
from .job import Job
from .results import Results
from .transfer import Download
from .view import Filters
from .widget import Screen

Message = Mapping[str, Any]

SAMPLE_IDS = 2_000


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

    Attributes
    ----------
    findings : Findings or None
        What the last investigation found.
    """

    def __init__(self, client: Client | None = None, *, ledger: bool | AnyLedger = True) -> None:
        self.findings: Findings | None = None
        self._lock = threading.RLock()
        self._connection = Connection(client, ledger)
        self._intake = Intake()
        self._job = Job(self)
        self._background: list[threading.Thread] = []
        self._download: Download | None = None
        self._files = 0
        self._problem: str | None = None
        self._notices: list[str] = []
        self._rounds: list[dict[str, Any]] = []
        self._handlers: Mapping[str, Callable[[Message, list[memoryview]], None]] = {
            "ready": lambda *_: self._show(),
            "source": lambda m, _: self.use_sandbox() if m["source"] == "sandbox" else self.use_api(),
            "credentials": self._on_credentials,
            "forget": lambda *_: self.forget(),
            "rate": self._on_rate,
            "checkup": lambda *_: self.check_connection(),
            "upload": self._on_upload,
            "piece": self._on_piece,
            "path": self._on_path,
            "column": self._on_column,
            "sample": lambda *_: self.use_sample(),
            "clear": lambda *_: self._take(None, ""),
            "query": lambda m, _: self.query(watch=m["watch"], refresh=m["refresh"]),
            "cancel": lambda *_: self.cancel(),
            "filter": self._on_filter,
            "by": lambda m, _: self.group_by(m["by"]),
            "zone": lambda m, _: self._results.set_zone(m["zone"]),
            "sort": lambda m, _: self._results.sort(m["column"], m["descending"]),
            "page": lambda m, _: self._results.turn_to(int(m["page"])),
            "investigate": lambda *_: self.investigate(),
            "behind": lambda m, _: self.show_mails(m["rank"]),
            "export": lambda m, _: self._in_background(lambda: self._make_file(m["what"], m["suffix"])),
            "download": self._on_download,
        }
        self._screen = Screen(self._receive)
        self._results = Results(self._screen)

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        return self._screen._repr_mimebundle_(**kwargs)

    def __repr__(self) -> str:
        return f"<emailrcd.Explorer: {len(self.records):,} records, {len(self.shown):,} shown>"

    @property
    def records(self) -> pd.DataFrame:
        """All records of the last query; empty but typed before the first."""
        return self._results.records

    @property
    def shown(self) -> pd.DataFrame:
        """The records that meet the filters."""
        return self._results.shown

    # What the app can do, from the browser or from Python.

    def use_sandbox(self) -> None:
        """Ask the built-in sandbox: a local world, no account, no network."""
        self._change_connection(lambda: self._connection.use("sandbox"))

    def use_api(self, credentials: Credentials | None = None, base_url: str | None = None) -> None:
        """Ask the API, with these credentials or those that were found.

        Raises
        ------
        CredentialsError, EmailrcdError
            The credentials or the base URL cannot be used.
        """
        if credentials is None:
            self._change_connection(lambda: self._connection.use("api"))
        else:
            self._change_connection(lambda: self._connection.hold(credentials, base_url))

    def forget(self) -> None:
        """Forget credentials that were typed; those found elsewhere are used again."""
        self._change_connection(self._connection.forget)

    def check_connection(self) -> None:
        """Find out why there is no connection, or that there is one; the result is shown when it is there."""
        self._screen.show("checkup", **screens.checkup(None))
        self._in_background(self._show_checkup)

    def set_ids(self, source: object, column: str | None = None) -> None:
        """Take ids from whatever `Client.query` takes; what is refused is shown, not raised."""
        label = Path(source).name if isinstance(source, os.PathLike) else "the ids given"
        self._take(lambda chosen: take(source, chosen or column), label)

    def use_sample(self) -> None:
        """Take the ids of a sample campaign of the sandbox."""
        sample = self._connection.sandbox.sample_campaign(SAMPLE_IDS)
        self._take(lambda _: take(sample), "a sample campaign")

    def query(self, *, watch: bool = False, refresh: bool = False) -> None:
        """Begin to query the ids taken; returns at once.

        Parameters
        ----------
        watch : bool
            Ask again for open mail, with growing pauses, until all is settled, for a day, or until `cancel`.
        refresh : bool
            Ask also for mail that the ledger knows as settled.
        """
        with self._lock:
            ids = self._intake.ids
            if ids is None or not ids.ids:
                raise EmailrcdError("There are no ids to query. Paste some, upload a file or name a path first.")
            self._problem, self._notices, self._rounds, self.findings = None, [], [], None
            # What was refused is listed beside; the rest is asked.
            self._job.start(
                self._connection.client,
                replace(ids, refused=[]),
                ledger=self._connection.ledger,
                refresh=refresh,
                watch=watch,
            )
            self._screen.show("watch", **screens.nothing_watched())
            self._screen.show("investigation", **screens.investigation(None))
            self._show_state()

    def cancel(self) -> None:
        """Ask a running query or watch to stop; what was obtained is kept."""
        self._job.cancel()

    def wait(self, seconds: float | None = None) -> bool:
        """Wait for the end of all that is under way; False if it has not come within `seconds`."""
        ended = self._job.wait(seconds)
        for thread in self._background:
            thread.join(seconds)
        return ended and not any(thread.is_alive() for thread in self._background)

    def filter(self, filters: Filters) -> None:
        """Show the records that meet `filters`, in table, charts and export."""
        with self._lock:
            self._results.filter(filters)

    def group_by(self, column: str) -> None:
        """Break down by this column."""
        with self._lock:
            self._results.group_by(column)

    def investigate(self) -> None:
        """Look for what explains the failures among all records; `findings` and the table are there when it is done."""
        records = self.records
        self._screen.show("investigation", **screens.investigation(None, running=True))
        self._in_background(lambda: self._show_findings(investigate(records, tz=self._results.zone)))

    def show_mails(self, rank: int | None) -> None:
        """Show only the mails behind a row of the investigation; None shows all again."""
        with self._lock:
            if rank is None or self.findings is None:
                self._results.show_only(None)
            else:
                what = str(self.findings.table.loc[rank, "what"])
                self._results.show_only(self.findings.mails(rank), f"failed mails behind row {rank}: {what}")

    def export(self, path: str | os.PathLike[str]) -> Path:
        """Write what is shown to a ``.xlsx``, ``.csv``, ``.parquet`` or ``.jsonl`` file."""
        return write_records(self.shown, path, self._results.zone)

    # What the browser says.

    def _receive(self, content: Message, buffers: list[memoryview]) -> None:
        handler = self._handlers.get(str(content.get("type")))
        if handler is None:
            return
        with self._lock:
            try:
                handler(content, buffers)
            except Exception as exc:  # noqa: BLE001 - nobody sees an exception of a callback
                self._tell(_told(exc))

    def _on_credentials(self, message: Message, _: object) -> None:
        try:
            typed = Credentials(message["app_id"], message["api_key"], message["api_secret"])
            self.use_api(typed, message["base_url"] or None)
        except EmailrcdError as exc:
            self._screen.show("credentials", problem=str(exc))
        else:
            self._screen.show("credentials", problem="")

    def _on_rate(self, message: Message, _: object) -> None:
        self._change_connection(lambda: self._connection.set_rate(message["rate"]))

    def _on_upload(self, message: Message, _: object) -> None:
        self._intake.begin_upload(message["number"], message["name"], message["size"])
        self._screen.show("next", number=message["number"], offset=0)

    def _on_piece(self, message: Message, buffers: list[memoryview]) -> None:
        number = message["number"]
        received = self._intake.take_piece(number, message["offset"], bytes(buffers[0]) if buffers else b"")
        if received is not None:
            self._screen.show("next", number=number, offset=received)
            self._show_state()

    def _on_path(self, message: Message, _: object) -> None:
        if self._connection.visited:
            raise EmailrcdError("Files of this machine are not for visitors. Upload yours.")
        self.set_ids(Path(message["path"]))

    def _on_column(self, message: Message, _: object) -> None:
        self._intake.choose(message["column"])
        self._show_state()

    def _on_filter(self, message: Message, _: object) -> None:
        self.filter(Filters(tuple(message["statuses"]), message["provider"], message["domain"], message["text"]))

    def _on_download(self, message: Message, _: object) -> None:
        if self._download is not None and message["number"] == self._download.number:
            offset = int(message["offset"])
            self._screen.show("file-piece", [self._download.piece(offset)], number=message["number"], offset=offset)

    # What a job says, in its thread.

    def progressed(self, progress: Progress) -> None:
        """Show how far a query is."""
        self._screen.show("progress", **screens.progress(progress))

    def watched(self, records: pd.DataFrame, found: Round) -> None:
        """Show the records after a round of watching."""
        with self._lock:
            self._results.take(records, keep_filters=found.number > 1)
            self._rounds.append({"at": pd.Timestamp(time.time(), unit="s", tz="UTC"), **found._asdict()})
            content, picture = screens.watch(self._rounds, records, self._results.zone)
            self._screen.show("watch", picture, **content)

    def ended(self, records: pd.DataFrame | None, notices: list[str], problem: str | None) -> None:
        """Show what a job ended with."""
        with self._lock:
            obtained = records is not None and not (records["status"] == "unanswered").all()
            keeps = problem is not None and not obtained and self._results.any
            if keeps:
                notices = ["Nothing was obtained; the result below is that of the query before."]
            self._problem, self._notices = problem, notices
            # First of all: whatever happens to the charts, the browser must learn of the end.
            self._show_state(ended=True)
            if records is not None and not keeps:
                self._results.take(records, keep_filters=bool(self._rounds))

    # What happens.

    def _change_connection(self, change: Callable[[], None]) -> None:
        with self._lock:
            if self._job.running:
                raise EmailrcdError("A query is running. Wait for its end, or cancel it first.")
            change()
            self._problem = None
            self._show_state()

    def _take(self, read: Read | None, label: str) -> None:
        with self._lock:
            self._intake.take(read, label)
            self._show_state()

    def _in_background(self, work: Callable[[], None]) -> None:
        """Do what takes a while in a thread, so that the kernel answers others meanwhile."""

        def run() -> None:
            try:
                work()
            except Exception as exc:  # noqa: BLE001 - nobody sees an exception of a thread
                with self._lock:
                    self._tell(_told(exc))

        self._background = [thread for thread in self._background if thread.is_alive()]
        thread = threading.Thread(target=run, daemon=True)
        self._background.append(thread)
        thread.start()

    def _show_checkup(self) -> None:
        try:
            client = self._connection.client
        except CredentialsError:
            # The doctor says what is missing, and looks at the rest all the same.
            client = None
        self._screen.show("checkup", **screens.checkup(doctor(client)))

    def _show_findings(self, findings: Findings) -> None:
        with self._lock:
            self.findings = findings
            self._screen.show("investigation", **screens.investigation(findings))

    def _make_file(self, what: str, suffix: Any) -> None:
        zone = self._results.zone
        if what == "report":
            name = "report"
            data = render(self.shown, f"{name}{suffix}", None, Options(filters=self._results.described, tz=zone))
        elif what == "shown":
            name, data = "records", as_file(self.shown, suffix, zone)
        else:
            # Raw by nature: who sends again, corrects or suppresses needs the addresses.
            name, data = f"{what}-with-addresses", as_file(getattr(self.findings, what), suffix, zone)
        mark = "sandbox-" if is_sandbox(self.records) else ""
        with self._lock:
            self._files += 1
            self._download = Download(self._files, f"{mark}{name}{suffix}", data)
            self._screen.show("file", number=self._files, name=self._download.name, size=len(data))

    # What the browser shows.

    def _tell(self, problem: str) -> None:
        self._problem = problem
        self._show_state()

    def _show(self) -> None:
        """Tell a browser that has just come everything."""
        self._show_state()
        self._results.show()
        if self._rounds:
            content, picture = screens.watch(self._rounds, self.records, self._results.zone)
            self._screen.show("watch", picture, **content)
        if self.findings is not None:
            self._screen.show("investigation", **screens.investigation(self.findings))

    def _show_state(self, ended: bool = False) -> None:
        self._screen.show(
            "state",
            connection=self._connection.content(),
            sample_ids=SAMPLE_IDS,
            ids=self._intake.content(),
            running=self._job.running and not ended,
            problem=self._problem,
            notices=self._notices,
        )


def _told(exc: Exception) -> str:
    if isinstance(exc, EmailrcdError):
        return str(exc)
    return f"This did not work, by a defect of emailrcd ({type(exc).__name__}). Please report it."
