"""What each message of the page makes the app do."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ..api.credentials import Credentials
from ..errors import EmailrcdError
from ..records.reading import records_and_notices
from ..records.sources import take, take_bytes
from . import messages as m
from .exports import export
from .filters import Filters
from .messages import FromPage
from .problems import told
from .replies import Code, Refusal
from .session import Session
from .transfer import Upload


def carry_out(session: Session, message: FromPage, buffers: list[memoryview]) -> None:
    """Do what the page asks for."""
    connection, results, diagnosis, ledger = session.connection, session.results, session.diagnosis, session.ledger
    with session.lock:
        match message:
            # The connection.
            case m.Ready():
                session.show_all()
            case m.ChooseSource(source=source):
                session.change_connection(lambda: connection.use(source))
            case m.EnterCredentials():
                _enter_credentials(session, message)
            case m.ForgetCredentials():
                session.change_connection(connection.forget)
            case m.SetRate(calls_a_second=rate):
                session.change_connection(lambda: connection.set_rate(rate))
            case m.CheckConnection():
                session.check_connection()
            # Ids and saved results.
            case m.BeginUpload():
                session.files.begin_upload(message.number, message.name, message.size, message.purpose)
            case m.SendChunk(number=number, offset=offset):
                if upload := session.files.take_chunk(number, offset, bytes(buffers[0]) if buffers else b""):
                    _read_upload(session, upload)
            case m.ReadPath(path=path, purpose=purpose):
                _read_path(session, Path(path).expanduser(), purpose)
            case m.ChooseColumn(column=column):
                session.intake.choose(column)
                session.show_state()
            case m.TakeSample():
                session.take_sample()
            case m.ClearIds():
                session.take_ids(None, "")
            # The query.
            case m.StartQuery():
                if session.intake.may_be_queried(message.anyway):
                    session.query(watch=message.watch, refresh=message.refresh)
                else:
                    session.show_state()
            case m.GoBack():
                session.intake.question = ""
                session.show_state()
            case m.Cancel():
                session.job.cancel()
            case m.GoOn():
                session.go_on()
            # Which records are shown, and how.
            case m.SetFilters():
                results.filter(_with(results.filters, message))
            case m.ToggleValue(column=column, value=value):
                results.filter(results.filters.toggled(column, value))
            case m.SetPeriod(first=first, last=last):
                results.filter_by_periods(first, last)
            case m.DropFilter(name=name):
                results.drop_filter(name)
            case m.GroupBy(column=column):
                results.group_by(column)
            case m.ChooseChart(chart=chart):
                results.choose_chart(chart)
            case m.SetZone(zone=zone):
                results.set_zone(zone)
            case m.Sort(column=by, descending=descending):
                results.sort(by, descending)
            case m.TurnPage(page=page):
                results.turn_to(page)
            case m.SetPageRows(rows=rows):
                results.set_page_rows(rows)
            case m.ChooseColumns(names=names):
                results.choose_columns(names)
            case m.ShowCode():
                session.screen.show(Code(text=results.code))
            # Why it failed, and what was asked before.
            case m.Investigate():
                diagnosis.investigate()
            case m.ShowMails(rank=rank):
                diagnosis.show_mails(rank)
            case m.DropComparison():
                results.compare_with(None)
            case m.Find(address=address):
                ledger.find(address, results.zone)
            case m.OpenLedger():
                ledger.show()
            case m.ForgetMail(days=days):
                ledger.forget(days)
            # Files to take away.
            case m.Export():
                session.background.run(lambda: export(session, message))
            case m.Download(number=number, offset=offset):
                session.files.send_chunk(number, offset)
            case _:
                raise TypeError(f"Nothing carries out {type(message).__name__}.")


def _enter_credentials(session: Session, message: m.EnterCredentials) -> None:
    problem = ""
    try:
        typed = Credentials(message.app_id, message.api_key, message.api_secret)
        session.change_connection(lambda: session.connection.hold(typed, message.base_url or None))
    except EmailrcdError as exc:
        problem = told(exc)
    session.screen.show(Refusal(problem=problem))


def _read_upload(session: Session, upload: Upload) -> None:
    label = upload.name or "pasted text"
    limits = session.connection.limits
    if upload.purpose == "ids":
        session.take_ids(
            lambda column, sheet: limits.in_time(
                lambda: take_bytes(upload.getvalue(), label, column, sheet=sheet), label
            ),
            label,
        )
        return
    use = session.open_results if upload.purpose == "results" else session.compare_with
    session.background.run(lambda: use(*limits.in_time(lambda: records_and_notices(upload), label), label))


def _read_path(session: Session, path: Path, purpose: m.Purpose) -> None:
    if session.connection.visited:
        raise EmailrcdError("Files of this machine are not for visitors. Upload yours.")
    if purpose == "ids":
        session.take_ids(lambda column, sheet: take(path, column, sheet=sheet), path.name)
        return
    use = session.open_results if purpose == "results" else session.compare_with
    session.background.run(lambda: use(*records_and_notices(path), path.name))


def _with(filters: Filters, message: m.SetFilters) -> Filters:
    changed = replace(filters, statuses=tuple(message.statuses), domain=message.domain, text=message.text)
    return changed.with_values("provider", (message.provider,) if message.provider else ())
