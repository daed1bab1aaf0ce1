"""The app: choose whom to ask, give ids, query, look, narrow down, take away."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from ..analysis import is_sandbox
from ..api import BASE_URL
from ..client import Client, Progress
from ..credentials import Credentials, Found, find
from ..errors import AmbiguousColumnError, CredentialsError, EmailrcdError
from ..export import Suffix, to_bytes, write
from ..ids import Ids, take, take_bytes
from ..records import empty
from ..sandbox import Sandbox
from . import screens
from .job import Job
from .transfer import Download, Upload
from .view import Filters, Table
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

    Attributes
    ----------
    records : DataFrame
        All records of the last query; empty but typed before the first.
    shown : DataFrame
        The records that meet the filters.
    """

    def __init__(self, client: Client | None = None) -> None:
        self.records = empty()
        self.shown = self.records
        self._lock = threading.RLock()
        self._given_client = client
        self._sandbox: Sandbox | None = None
        self._found, self._credentials_note = _look_for_credentials()
        self._held = self._found
        self._max_rate: float | None = 20
        self._source = "given" if client else "api" if self._found else "sandbox"
        self._client: Client | None = client
        self._take_ids: Callable[[str | None], Ids] | None = None
        self._ids: Ids | None = None
        self._id_columns: tuple[str, ...] = ()
        self._ids_label = ""
        self._ids_problem: str | None = None
        self._upload: Upload | None = None
        self._download: Download | None = None
        self._preparing: threading.Thread | None = None
        self._problem: str | None = None
        self._notices: list[str] = []
        self._progress: Progress | None = None
        self._queried = False
        self._filters = Filters()
        self._table = Table(self.shown)
        self._page = 0
        self._by = "provider"
        self._zone = "Asia/Shanghai"
        self._job = Job(self._progressed, self._ended)
        self._handlers: Mapping[str, Callable[[Message, list[memoryview]], None]] = {
            "ready": self._on_ready,
            "source": lambda m, _: self.use_sandbox() if m["source"] == "sandbox" else self.use_api(),
            "credentials": self._on_credentials,
            "forget": lambda *_: self.forget(),
            "rate": self._on_rate,
            "upload": self._on_upload,
            "piece": self._on_piece,
            "path": lambda m, _: self.set_ids(Path(m["path"])),
            "sample": lambda *_: self.use_sample(),
            "clear": lambda *_: self._set_ids(None, ""),
            "column": lambda m, _: self._read_ids(m["column"]),
            "query": lambda *_: self.query(),
            "cancel": lambda *_: self.cancel(),
            "filter": self._on_filter,
            "by": lambda m, _: self.group_by(m["by"]),
            "zone": self._on_zone,
            "sort": self._on_sort,
            "page": self._on_page,
            "export": self._on_export,
            "download": self._on_download,
        }
        self._screen = Screen(self._receive)

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        return self._screen._repr_mimebundle_(**kwargs)

    def __repr__(self) -> str:
        return f"<emailrcd.Explorer: {len(self.records):,} records, {len(self.shown):,} shown>"

    # What the app can do, from the browser or from Python.

    def use_sandbox(self) -> None:
        """Ask the built-in sandbox: a local world, no account, no network."""
        self._use("sandbox")

    def use_api(self, credentials: Credentials | None = None, base_url: str | None = None) -> None:
        """Ask the API, with these credentials or those that were found.

        Raises
        ------
        CredentialsError, EmailrcdError
            The credentials or the base URL cannot be used.
        """
        if credentials is not None:
            found = Found(credentials, base_url, "this form")
            Client(credentials, base_url=base_url or BASE_URL).close()
            self._held = found
        self._use("api")

    def forget(self) -> None:
        """Forget credentials that were typed; those found elsewhere are used again."""
        self._held = self._found
        self._use("api")

    def set_ids(self, source: object, column: str | None = None) -> None:
        """Take ids from whatever `Client.query` takes; what is refused is shown, not raised."""
        label = Path(source).name if isinstance(source, os.PathLike) else "the ids given"
        self._set_ids(lambda chosen: take(source, chosen or column), label)

    def use_sample(self) -> None:
        """Take the ids of a sample campaign of the sandbox."""
        sample = self._the_sandbox().sample_campaign(SAMPLE_IDS)
        self._set_ids(lambda _: take(sample), "a sample campaign")

    def query(self) -> None:
        """Begin to query the ids taken; returns at once."""
        with self._lock:
            if self._ids is None or not self._ids.ids:
                raise EmailrcdError("There are no ids to query. Paste some, upload a file or name a path first.")
            self._problem, self._notices, self._progress = None, [], None
            # What was refused is listed beside; the rest is asked.
            self._job.start(self._the_client(), replace(self._ids, refused=[]))
            self._show_state()

    def cancel(self) -> None:
        """Ask a running query to stop; what was obtained is kept."""
        self._job.cancel()

    def wait(self, seconds: float | None = None) -> bool:
        """Wait for the end of a query; False if it has not come within `seconds`."""
        return self._job.wait(seconds)

    def filter(self, filters: Filters) -> None:
        """Show the records that meet `filters`, in table, charts and export."""
        with self._lock:
            self._filters = filters
            self._narrow()

    def group_by(self, column: str) -> None:
        """Break down by this column."""
        with self._lock:
            self._by = column
            self._show_breakdown()

    def export(self, path: str | os.PathLike[str]) -> Path:
        """Write what is shown to a ``.xlsx``, ``.csv``, ``.parquet`` or ``.jsonl`` file."""
        return write(self.shown, path, self._zone)

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

    def _on_ready(self, *_: object) -> None:
        self._show_state()
        if self._queried:
            self._show_results()

    def _on_credentials(self, message: Message, _: object) -> None:
        self.use_api(
            Credentials(message["app_id"], message["api_key"], message["api_secret"]), message["base_url"] or None
        )
        self._screen.show("credentials-held")

    def _on_rate(self, message: Message, _: object) -> None:
        rate = message["rate"]
        self._max_rate = float(rate) if rate else None
        self._use(self._source)

    def _on_upload(self, message: Message, _: object) -> None:
        self._upload = Upload(message["number"], message["name"], message["size"])
        self._screen.show("next", number=self._upload.number, offset=0)

    def _on_piece(self, message: Message, buffers: list[memoryview]) -> None:
        upload = self._upload
        if upload is None or message["number"] != upload.number:
            return
        whole = upload.take(message["offset"], bytes(buffers[0]) if buffers else b"")
        self._screen.show("next", number=upload.number, offset=upload.received)
        if whole:
            self._upload = None
            label = upload.name or "pasted text"
            self._set_ids(lambda column: take_bytes(upload.data, label, column), label)

    def _on_filter(self, message: Message, _: object) -> None:
        self.filter(Filters(tuple(message["statuses"]), message["provider"], message["domain"], message["text"]))

    def _on_zone(self, message: Message, _: object) -> None:
        self._zone = message["zone"]
        self._show_results()

    def _on_sort(self, message: Message, _: object) -> None:
        self._table.sort(message["column"], message["descending"])
        self._page = 0
        self._show_table()

    def _on_page(self, message: Message, _: object) -> None:
        self._page = min(max(int(message["page"]), 0), self._table.pages - 1)
        self._show_table()

    def _on_export(self, message: Message, _: object) -> None:
        # In a thread: a large table takes a while, and the kernel answers others meanwhile.
        self._preparing = threading.Thread(target=self._prepare_file, args=(self.shown, message["suffix"]), daemon=True)
        self._preparing.start()

    def _on_download(self, message: Message, _: object) -> None:
        if self._download is not None:
            offset = int(message["offset"])
            self._screen.show("file-piece", [self._download.piece(offset)], offset=offset)

    # What happens.

    def _use(self, source: str) -> None:
        with self._lock:
            if self._job.running:
                raise EmailrcdError("A query is running. Wait for its end, or cancel it first.")
            self._source, self._client, self._problem = source, None, None
            self._show_state()

    def _set_ids(self, take_them: Callable[[str | None], Ids] | None, label: str) -> None:
        with self._lock:
            self._take_ids, self._ids_label = take_them, label
            self._read_ids(None)

    def _read_ids(self, column: str | None) -> None:
        """Read the source of the ids, again where its id column had to be chosen."""
        self._ids, self._ids_problem, self._id_columns = None, None, ()
        if self._take_ids is not None:
            try:
                self._ids = self._take_ids(column)
            except AmbiguousColumnError as exc:
                self._ids_problem, self._id_columns = str(exc), exc.candidates
            except EmailrcdError as exc:
                self._ids_problem = str(exc)
        self._show_state()

    def _prepare_file(self, shown: pd.DataFrame, suffix: Suffix) -> None:
        try:
            data = to_bytes(shown, suffix, self._zone)
        except Exception as exc:  # noqa: BLE001 - nobody sees an exception of a thread
            with self._lock:
                self._tell(_told(exc))
            return
        mark = "sandbox-" if is_sandbox(shown) else ""
        self._download = Download(f"{mark}records{suffix}", data)
        self._screen.show("file", name=self._download.name, size=len(data))

    def _the_sandbox(self) -> Sandbox:
        if self._sandbox is None:
            self._sandbox = Sandbox()
        return self._sandbox

    def _the_client(self) -> Client:
        if self._client is None:
            if self._source == "given" and self._given_client is not None:
                self._client = self._given_client
            elif self._source == "sandbox":
                self._client = self._the_sandbox().client()
            elif self._held is not None:
                base_url = self._held.base_url or BASE_URL
                self._client = Client(self._held.credentials, base_url=base_url, max_rate=self._max_rate)
            else:
                raise CredentialsError("There are no credentials yet. Fill in the form under 1, or choose the sandbox.")
        return self._client

    def _progressed(self, progress: Progress) -> None:
        self._progress = progress
        self._screen.show("progress", **screens.progress(progress))

    def _ended(self, records: pd.DataFrame | None, notices: list[str], problem: str | None) -> None:
        with self._lock:
            self._problem, self._notices, self._progress = problem, notices, None
            if records is not None:
                self.records, self._queried = records, True
                self._filters = Filters()
                if self._by not in records.columns:
                    self._by = "provider"
                self._narrow()
            self._show_state(ended=True)

    def _narrow(self) -> None:
        self.shown = self._filters.select(self.records)
        self._table = Table(self.shown, self._table.column, self._table.descending)
        self._page = 0
        self._show_results()

    # What the browser shows.

    def _tell(self, problem: str) -> None:
        self._problem = problem
        self._show_state()

    def _show_state(self, ended: bool = False) -> None:
        self._screen.show(
            "state",
            source=self._source,
            credentials=screens.credentials(self._source, self._held, self._credentials_note),
            sample_ids=SAMPLE_IDS,
            rate=self._max_rate,
            ids=screens.ids(self._ids, self._ids_label, self._ids_problem, self._id_columns),
            running=self._job.running and not ended,
            problem=self._problem,
            notices=self._notices,
        )

    def _show_results(self) -> None:
        self._screen.show("results", **screens.results(self.records, self.shown, self._filters, self._by, self._zone))
        self._show_table()
        self._show_breakdown()
        self._show_timeline()

    def _show_table(self) -> None:
        self._screen.show("table", **screens.table(self._table, self._page, self._zone))

    def _show_breakdown(self) -> None:
        content, picture = screens.breakdown(self.shown, self._by)
        self._screen.show("breakdown", picture, **content)

    def _show_timeline(self) -> None:
        content, picture = screens.timeline(self.shown, self._zone)
        self._screen.show("timeline", picture, **content)


def _told(exc: Exception) -> str:
    if isinstance(exc, EmailrcdError):
        return str(exc)
    return f"This did not work, by a defect of emailrcd ({type(exc).__name__}). Please report it."


def _look_for_credentials() -> tuple[Found | None, str]:
    """Return the credentials found around, if any, and what to say about it."""
    try:
        found = find()
    except EmailrcdError as exc:
        return None, str(exc) if "incomplete" in str(exc) else ""
    return found, ""
