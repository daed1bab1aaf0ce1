"""What a page can ask for: the type of its message names a method of `Controls`, the other keys are the arguments."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, Union

import msgspec
import pandas as pd

from ..api.credentials import Credentials
from ..errors import EmailrcdError
from ..records.reading import records_and_notices
from ..records.sources import take, take_bytes
from .exports import export
from .intake import Read
from .problems import told
from .replies import Code, Heard, Message, Refusal
from .session import Session
from .transfer import Purpose


class Controls:
    """Does what a page asks for; a key that is missing or of another type is refused by its name.

    Parameters
    ----------
    session : Session
        Does the work.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        session.screen.on_msg(lambda _, content, buffers: self._receive(content, buffers))

    def _receive(self, content: Any, buffers: list[memoryview]) -> None:
        try:
            arguments = received({**content, "chunk": bytes(buffers[0])} if buffers else content)
            with self._session.lock:
                getattr(self, content["type"].replace("-", "_"))(**arguments)
            self._session.screen.show(Heard())
        except Exception as exc:  # noqa: BLE001 - nobody sees an exception of a callback
            self._session.fail(exc)

    # The connection.

    def ready(self) -> None:
        self._session.show_all()

    def choose_source(self, source: Literal["sandbox", "api"]) -> None:
        self._session.change_connection(lambda: self._session.connection.use(source))

    def enter_credentials(self, app_id: str, api_key: str, api_secret: str, base_url: str) -> None:
        problem = ""
        try:
            typed = Credentials(app_id, api_key, api_secret)
            self._session.change_connection(lambda: self._session.connection.hold(typed, base_url or None))
        except EmailrcdError as exc:
            problem = told(exc)
        self._session.screen.show(Refusal(problem=problem))

    def forget_credentials(self) -> None:
        self._session.change_connection(self._session.connection.forget)

    def set_rate(self, calls_a_second: float | None) -> None:
        self._session.change_connection(lambda: self._session.connection.set_rate(calls_a_second))

    def check_connection(self) -> None:
        self._session.check_connection()

    # Ids and saved results.

    def begin_upload(self, number: int, name: str, size: int, purpose: Purpose) -> None:
        self._session.files.begin_upload(number, name, size, purpose)

    def send_chunk(self, number: int, offset: int, chunk: bytes) -> None:
        if upload := self._session.files.take_chunk(number, offset, chunk):
            label = upload.name or "pasted text"
            self._read(
                upload.purpose,
                label,
                lambda column, sheet: take_bytes(upload.getvalue(), label, column, sheet=sheet),
                lambda: records_and_notices(upload),
            )

    def read_path(self, path: str, purpose: Purpose) -> None:
        if self._session.connection.visited:
            raise EmailrcdError("Files of this machine are not for visitors. Upload yours.")
        file = Path(path).expanduser()
        self._read(
            purpose,
            file.name,
            lambda column, sheet: take(file, column, sheet=sheet),
            lambda: records_and_notices(file),
        )

    def _read(
        self, purpose: Purpose, label: str, ids: Read, records: Callable[[], tuple[pd.DataFrame, list[str]]]
    ) -> None:
        session, limits = self._session, self._session.connection.limits
        if purpose == "ids":
            session.take_ids(lambda *chosen: limits.in_time(lambda: ids(*chosen), label), label)
            return
        use = session.open_results if purpose == "results" else session.compare_with
        session.background.run(lambda: use(*limits.in_time(records, label), label))

    def choose_column(self, column: str) -> None:
        self._session.intake.choose(column)
        self._session.show_state()

    def take_sample(self) -> None:
        self._session.take_sample()

    def clear_ids(self) -> None:
        self._session.take_ids(None, "")

    # The query.

    def start_query(self, watch: bool, refresh: bool, anyway: bool) -> None:
        if self._session.intake.may_be_queried(anyway):
            self._session.query(watch=watch, refresh=refresh)
        else:
            self._session.show_state()

    def go_back(self) -> None:
        self._session.intake.question = ""
        self._session.show_state()

    def cancel(self) -> None:
        self._session.cancel()

    def go_on(self) -> None:
        self._session.go_on()

    # Which records are shown, and how.

    def set_filters(self, provider: str, domain: str, text: str) -> None:
        changed = replace(self._session.results.filters, domain=domain, text=text)
        self._session.results.filter(changed.with_values("provider", (provider,) if provider else ()))

    def toggle_value(self, column: str, value: str) -> None:
        self._session.results.filter(self._session.results.filters.toggled(column, value))

    def set_period(self, first: int, last: int) -> None:
        self._session.results.filter_by_periods(first, last)

    def drop_filter(self, name: str) -> None:
        self._session.results.drop_filter(name)

    def group_by(self, column: str) -> None:
        self._session.results.group_by(column)

    def choose_chart(self, chart: Literal["timeline", "heatmap", "settle_times"]) -> None:
        self._session.results.choose_chart(chart)

    def set_zone(self, zone: str) -> None:
        self._session.results.set_zone(zone)

    def sort(self, column: str | None, descending: bool) -> None:
        self._session.results.sort(column, descending)

    def turn_page(self, page: int) -> None:
        self._session.results.turn_to(page)

    def set_page_rows(self, rows: Literal[20, 50, 100]) -> None:
        self._session.results.set_page_rows(rows)

    def choose_columns(self, names: list[str]) -> None:
        self._session.results.choose_columns(names)

    def show_code(self) -> None:
        self._session.screen.show(Code(text=self._session.results.code))

    # Why it failed, and what was asked before.

    def investigate(self) -> None:
        self._session.diagnosis.investigate()

    def show_mails(self, rank: int | None) -> None:
        self._session.diagnosis.show_mails(rank)

    def drop_comparison(self) -> None:
        self._session.results.compare_with(None)

    def find(self, address: str) -> None:
        self._session.ledger.find(address, self._session.results.zone)

    def open_ledger(self) -> None:
        self._session.ledger.show()

    def forget_mail(self, days: int) -> None:
        self._session.ledger.forget(days)

    # Files to take away.

    def export(
        self,
        what: Literal["shown", "report", "retry", "correct", "suppress"],
        suffix: Literal[".xlsx", ".csv", ".html", ".pdf"],
    ) -> None:
        self._session.background.run(lambda: export(self._session, what, suffix))

    def download(self, number: int, offset: int) -> None:
        self._session.files.send_chunk(number, offset)


def _message(name: str) -> type[msgspec.Struct]:
    """Return the message that a method of `Controls` answers, by its signature."""
    _, *parameters = inspect.signature(getattr(Controls, name), eval_str=True).parameters.values()
    kind = name.replace("_", "-")
    return msgspec.defstruct(kind, [(each.name, each.annotation) for each in parameters], bases=(Message,), tag=kind)


MESSAGES = [_message(name) for name in vars(Controls) if not name.startswith("_")]
"""All that a page can say."""

_ANY: Any = Union[tuple(MESSAGES)]  # noqa: UP007 - of as many as there are


def received(content: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments that a page said.

    Raises
    ------
    EmailrcdError
        It is not a message of this app; the key that is missing or wrong is named, its value is not.
    """
    try:
        return msgspec.structs.asdict(msgspec.convert(content, _ANY))
    except msgspec.ValidationError as exc:
        problem = str(exc)
    raise EmailrcdError(f"This page does not fit the app it talks to ({problem}). Load the page again.")
