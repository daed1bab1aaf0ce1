"""Why mail failed."""

from __future__ import annotations

import threading

from ..analysis.failures import Findings, investigate
from ..errors import EmailrcdError
from . import screens
from .background import Background
from .results import Part, Results
from .widget import Screen


class Diagnosis:
    """What was found about the failures of the results.

    Parameters
    ----------
    results : Results
        Of which records.
    screen : Screen
        Is told.
    background : Background
        Does what takes a while.
    lock : RLock
        Held while results are looked at.

    Attributes
    ----------
    findings : Findings or None
        What the last investigation found.
    """

    def __init__(self, results: Results, screen: Screen, background: Background, lock: threading.RLock) -> None:
        self.findings: Findings | None = None
        self._results = results
        self._screen = screen
        self._background = background
        self._lock = lock
        self._against = ""

    def investigate(self) -> None:
        """Look for what explains the failures among all records, and is new since those compared with, if there are any."""
        with self._lock:
            records, zone = self._results.records, self._results.zone
            against, before = self._results.other or ("", None)
        self._screen.show(screens.investigation(None, against, running=True))

        def work() -> None:
            try:
                findings = investigate(records, tz=zone, before=before)
            except EmailrcdError:
                self._screen.show(screens.investigation(None, ""))
                raise
            with self._lock:
                self.findings, self._against = findings, against
                self.show()

        self._background.run(work)

    def show_mails(self, rank: int | None) -> None:
        """Show only the mails behind a row of the investigation; None shows all again."""
        with self._lock:
            if rank is None or self.findings is None:
                self._results.show_part(None)
                return
            if rank not in self.findings.table.index:
                raise EmailrcdError(f"There is no row {rank} in the investigation.")
            what = str(self.findings.table.loc[rank, "what"])
            label = f"failed mails behind row {rank}: {what}"
            self._results.show_part(Part(self.findings.mails(rank), label, f"app.findings.mails({rank})"))

    def forget(self) -> None:
        """Forget what was found: there are other results."""
        self.findings = None
        self._screen.show(screens.investigation(None, ""))

    def show(self) -> None:
        """Tell a page what was found."""
        if self.findings is not None:
            self._screen.show(screens.investigation(self.findings, self._against))
