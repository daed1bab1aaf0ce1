"""What the app does: its connection, ids, query, results and files, in step with the page."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace

import pandas as pd

from ..errors import CredentialsError, EmailrcdError
from ..ids import Ids
from ..query.checkup import doctor
from ..query.client import Client, Progress
from ..query.watch import Round
from ..records.sources import take
from . import pictures, screens
from .background import Background
from .connection import AnyLedger, Connection
from .diagnosis import Diagnosis
from .intake import Intake, Read
from .job import Outcome, Task, carry_out
from .ledger_view import LedgerView
from .problems import told
from .replies import CheckupGone, State
from .results import Part, Results
from .screens import Other
from .still import Still
from .transfer import Files
from .widget import Screen

SAMPLE_IDS = 2_000
_PROGRESS_SECONDS = 0.2


class Session:
    """Everything behind one page. Its methods may be called from any thread; none of them draws.

    Parameters
    ----------
    client : Client or None
        Ask through this one alone.
    ledger : bool, Ledger or path
        Where answers are remembered.
    """

    def __init__(self, client: Client | None, ledger: bool | AnyLedger) -> None:
        self.lock = threading.RLock()
        self.connection = Connection(client, ledger)
        self.intake = Intake()
        self.screen = Screen()
        self.background = Background(self.fail)
        self.ledger = LedgerView(self.connection, self.screen, self.background)
        self.results = Results(self.screen, self.background, self.ledger.histories)
        self.diagnosis = Diagnosis(self.results, self.screen, self.background, self.lock)
        self.files = Files(self.screen)
        self.still = Still(self.screen)
        self._stop = threading.Event()
        self._last_progress = 0.0
        self._status, self._problem, self._notices = "", "", list[str]()
        self._rounds: list[tuple[pd.Timestamp, Round]] = []
        self._unfinished = 0
        self._running = False

    # The connection.

    def change_connection(self, change: Callable[[], None]) -> None:
        """Ask otherwise from now on; what was found about the connection before is gone."""
        with self.lock:
            self._check_idle()
            change()
            self._problem = ""
            self.screen.show(CheckupGone())
            self.show_state()

    def check_connection(self) -> None:
        """Look why there is no connection, or that there is one."""
        self.screen.show(screens.checkup(None))
        self.background.run(self._check_connection)

    def _check_connection(self) -> None:
        try:
            client = self.connection.client
        except CredentialsError:
            # The doctor says what is missing, and looks at the rest all the same.
            client = None
        self.screen.show(screens.checkup(doctor(client)))

    # The ids.

    def take_ids(self, read: Read | None, label: str) -> None:
        """Take ids from a source; None clears."""
        with self.lock:
            self.intake.take(read, label)
            self.show_state()

    def take_sample(self) -> None:
        """Take the ids of a sample campaign of the sandbox."""
        sample = self.connection.sandbox.sample_campaign(SAMPLE_IDS)
        self.take_ids(lambda *_: take(sample), "a sample campaign")

    # The query.

    def query(self, *, watch: bool, refresh: bool) -> None:
        """Begin to query the ids taken."""
        with self.lock:
            ids = self.intake.ids
            if ids is None or not ids.ids:
                raise EmailrcdError("There are no ids to query. Paste some, upload a file or name a path first.")
            # What was refused is listed beside; the rest is asked.
            self._start(Task(replace(ids, refused=[]), self.connection.ledger, refresh, watch))

    def go_on(self) -> None:
        """Ask for what a query that was stopped had not asked yet."""
        with self.lock:
            records = self.results.records
            rest = records.loc[records["status"] == "unanswered", "email_id"].drop_duplicates().tolist()
            if not rest:
                raise EmailrcdError("Nothing is left to ask: every id has been answered.")
            self._start(Task(Ids(rest, given=len(rest)), self.connection.ledger, before=records))

    def _start(self, task: Task) -> None:
        self._check_idle()
        client, stop = self.connection.client, threading.Event()
        self._running, self._stop = True, stop
        self._problem, self._notices, self._rounds, self._status = "", [], [], ""
        self.intake.question = ""
        self.diagnosis.forget()
        self.show_state()
        self.background.run(lambda: self._ended(carry_out(client, task, stop, self._progressed, self._watched)))

    def cancel(self) -> None:
        """Ask a running query or watch to stop; what was obtained is kept."""
        self._stop.set()

    def _check_idle(self) -> None:
        if self._running:
            raise EmailrcdError("A query is running. Wait for its end, or cancel it first.")

    def _progressed(self, progress: Progress) -> None:
        """Show how far a query is, a few times a second."""
        now = time.monotonic()
        if now - self._last_progress >= _PROGRESS_SECONDS:
            self._last_progress = now
            self.screen.show(screens.progress(progress))

    def _watched(self, records: pd.DataFrame, found: Round) -> None:
        """Show the records after a round of watching."""
        with self.lock:
            self.results.take(records, keep_filters=found.number > 1)
            self._rounds.append((pd.Timestamp(time.time(), unit="s", tz="UTC"), found))
            self._show_watch()

    def _ended(self, outcome: Outcome) -> None:
        """Show how a query or a watch ended."""
        with self.lock:
            records = outcome.records
            obtained = records is not None and not (records["status"] == "unanswered").all()
            self._problem, self._notices, self._status, self._unfinished = outcome.problem, outcome.notices, "", 0
            if outcome.problem and not obtained and self.results.any:
                self._notices = ["Nothing was obtained; the result below is that of the query before."]
                records = None
            if records is not None:
                said = screens.outcome(records, outcome.seconds)
                self._status = f"Cancelled · {said}" if outcome.stopped else said
                if outcome.stopped or outcome.problem:
                    self._unfinished = records.loc[records["status"] == "unanswered", "email_id"].nunique()
            # First of all: whatever happens to the charts, the page must learn of the end.
            self._running = False
            self.show_state()
            if self._rounds:
                self._show_watch()
            if records is not None:
                part = _answered(records) if self._unfinished and obtained else None
                self.results.take(records, part, keep_filters=bool(self._rounds))
                self._take_still(records)

    def _take_still(self, records: pd.DataFrame) -> None:
        if not self.connection.visited:
            headline, zone, sandbox = self._status, self.results.zone, self.results.sandbox
            self.background.draw("still", lambda: self.still.take(records, headline, sandbox, zone))

    # Results that were saved, or asked before.

    def open_results(self, records: pd.DataFrame, notices: list[str], label: str) -> None:
        """Look at records that were saved; `notices` say how they were read."""
        with self.lock:
            self._check_idle()
            self._problem, self._notices, self._rounds, self._unfinished = "", notices, [], 0
            self._status = f"{len(records):,} records from {label}"
            self.diagnosis.forget()
            self.show_state()
            self.results.take(records)

    def compare_with(self, records: pd.DataFrame, notices: list[str], label: str) -> None:
        """Compare with other records from now on; `notices` say how they were read."""
        with self.lock:
            if not self.results.any:
                raise EmailrcdError("There is no result yet that could be compared. Query some ids first.")
            self._problem, self._notices = "", notices
            self.show_state()
            self.results.compare_with(Other(label, records))

    # What the page shows.

    def fail(self, exc: Exception) -> None:
        """Show what went wrong."""
        with self.lock:
            self._problem = told(exc)
            self.show_state()

    def show_all(self) -> None:
        """Tell a page that has just been opened everything."""
        with self.lock:
            self.show_state()
            self.results.show()
            if self._rounds:
                self._show_watch()
            self.diagnosis.show()

    def show_state(self) -> None:
        """Tell the page of everything but results."""
        self.screen.show(
            State(
                connection=self.connection.content(),
                ids=self.intake.content(),
                sandbox=self.connection.sandbox_is_asked,
                running=self._running,
                unfinished=self._unfinished,
                status=self._status,
                problem=self._problem,
                notices=self._notices,
            )
        )

    def _show_watch(self) -> None:
        times, rounds = zip(*self._rounds, strict=True)
        self.screen.show(screens.watched(rounds[-1], self.results.records, self._running))
        table, zone = pd.DataFrame(rounds).assign(at=times), self.results.zone
        self.background.draw("open", lambda: self.screen.show(pictures.open_mail(table, zone)))


def _answered(records: pd.DataFrame) -> Part:
    answered = records[records["status"] != "unanswered"]
    label = f"what was answered: {answered['email_id'].nunique():,} of {records['email_id'].nunique():,}"
    return Part(answered, label, 'app.records[app.records["status"] != "unanswered"]')
