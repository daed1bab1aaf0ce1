"""A query in a thread: started, watched, cancelled. Free of widgets, so that it runs and is tested without a browser."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pandas as pd

from ..client import Client, Progress
from ..errors import EmailrcdError, QueryStopped
from ..ids import Ids

_TELL_SECONDS = 0.2


class Job:
    """One query at a time, in a thread of its own.

    Parameters
    ----------
    on_progress : callable
        Receives a `Progress` a few times a second, in the job's thread.
    on_end : callable
        Receives the records obtained, the notices, and the message of an error or None; in the job's thread.
    """

    def __init__(
        self,
        on_progress: Callable[[Progress], None],
        on_end: Callable[[pd.DataFrame | None, list[str], str | None], None],
    ) -> None:
        self._on_progress = on_progress
        self._on_end = on_end
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._told = 0.0

    @property
    def running(self) -> bool:
        """Whether a query is under way."""
        return self._thread is not None and self._thread.is_alive()

    def start(self, client: Client, ids: Ids) -> None:
        """Begin to query `ids`; returns at once."""
        if self.running:
            raise EmailrcdError("A query is running. Wait for its end, or cancel it first.")
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(client, ids, self._stop), daemon=True)
        self._thread.start()

    def cancel(self) -> None:
        """Ask the query to stop; what was obtained is kept."""
        self._stop.set()

    def wait(self, seconds: float | None = None) -> bool:
        """Wait for the end; False if it has not come within `seconds`."""
        if self._thread is not None:
            self._thread.join(seconds)
        return not self.running

    def _run(self, client: Client, ids: Ids, stop: threading.Event) -> None:
        notices: list[str] = []
        records, problem = None, None
        try:
            records = client.query(
                ids, progress=False, on_progress=self._progressed, on_notice=notices.append, stop=stop
            )
        except QueryStopped as exc:
            records = exc.records
            notices.append("The query was cancelled: what was obtained until then is shown, the rest is unanswered.")
        except EmailrcdError as exc:
            records, problem = exc.records, str(exc)
        except Exception as exc:  # noqa: BLE001 - nobody sees an exception of a thread
            problem = f"The query ended by a defect of emailrcd: {type(exc).__name__}. Please report it."
        self._on_end(records, notices, problem)

    def _progressed(self, progress: Progress) -> None:
        now = time.monotonic()
        if now - self._told >= _TELL_SECONDS:
            self._told = now
            self._on_progress(progress)


def describe(progress: Progress) -> str:
    """Say how far a query is: ids, speed and time left."""
    total = f" of {progress.total:,}" if progress.total is not None else ""
    text = f"{progress.done:,}{total} ids"
    if progress.paused:
        return f"{text} · the server asked to wait: going on in {progress.paused:.0f} s"
    if progress.done:
        text += f" · {progress.rate:,.0f} ids/s"
    if progress.seconds_left:
        text += f" · about {_duration(progress.seconds_left)} left"
    return text


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min"
