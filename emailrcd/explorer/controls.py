"""What each message of the page makes the app do."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd

from ..api.credentials import Credentials
from ..errors import EmailrcdError
from ..records.frame import is_sandbox
from ..records.reading import records_and_notices
from ..records.sources import take, take_bytes
from ..records.writing import as_file
from ..reporting import Options, render
from . import messages as m
from .files import file_name
from .messages import FromPage
from .problems import told
from .replies import Code, Refusal
from .session import Session
from .transfer import Upload


def carry_out(session: Session, message: FromPage, buffers: list[memoryview]) -> None:
    """Do what the page asks for."""
    with session.lock:
        for control in (_connect, _give_ids, _ask, _narrow, _look, _take_away):
            if control(session, message, buffers):
                return
    raise TypeError(f"Nothing carries out {type(message).__name__}.")


def _connect(session: Session, message: FromPage, _: object) -> bool:
    connection = session.connection
    match message:
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
        case _:
            return False
    return True


def _enter_credentials(session: Session, message: m.EnterCredentials) -> None:
    problem = ""
    try:
        typed = Credentials(message.app_id, message.api_key, message.api_secret)
        session.change_connection(lambda: session.connection.hold(typed, message.base_url or None))
    except EmailrcdError as exc:
        problem = told(exc)
    session.screen.show(Refusal(problem=problem))


def _give_ids(session: Session, message: FromPage, buffers: list[memoryview]) -> bool:
    match message:
        case m.BeginUpload():
            session.files.begin_upload(message.number, message.name, message.size, message.purpose)
        case m.SendChunk(number=number, offset=offset):
            upload = session.files.take_chunk(number, offset, bytes(buffers[0]) if buffers else b"")
            if upload is not None:
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
        case _:
            return False
    return True


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


def _ask(session: Session, message: FromPage, _: object) -> bool:
    match message:
        case m.StartQuery(watch=watch, refresh=refresh) | m.QueryAnyway(watch=watch, refresh=refresh):
            if session.intake.may_be_queried(anyway=isinstance(message, m.QueryAnyway)):
                session.query(watch=watch, refresh=refresh)
            else:
                session.show_state()
        case m.GoBack():
            session.intake.question = ""
            session.show_state()
        case m.Cancel():
            session.job.cancel()
        case m.GoOn():
            session.go_on()
        case _:
            return False
    return True


def _narrow(session: Session, message: FromPage, _: object) -> bool:
    results = session.results
    match message:
        case m.SetFilters():
            filters = replace(
                results.filters, statuses=tuple(message.statuses), domain=message.domain, text=message.text
            )
            results.filter(filters.with_values("provider", (message.provider,) if message.provider else ()))
        case m.ToggleValue(column=column, value=value):
            results.filter(results.filters.toggled(column, value))
        case m.SetPeriod(first=first, last=last):
            results.filter_by_periods(first, last)
        case m.DropFilter(name=name):
            results.drop_filter(name)
        case m.ShowMails(rank=rank):
            session.diagnosis.show_mails(rank)
        case _:
            return False
    return True


def _look(session: Session, message: FromPage, _: object) -> bool:
    results = session.results
    match message:
        case m.GroupBy(column=column):
            results.group_by(column)
        case m.ChooseChart(chart=chart):
            results.choose_chart(chart)
        case m.SetZone(zone=zone):
            results.set_zone(zone)
        case m.Sort(column=column, descending=descending):
            results.sort(column, descending)
        case m.TurnPage(page=page):
            results.turn_to(page)
        case m.SetPageRows(rows=rows):
            results.set_page_rows(rows)
        case m.ChooseColumns(names=names):
            results.choose_columns(names)
        case m.Investigate():
            session.diagnosis.investigate()
        case m.ShowCode():
            session.screen.show(Code(text=results.code))
        case m.Find(address=address):
            session.ledger.find(address, results.zone)
        case m.OpenLedger():
            session.ledger.show()
        case m.ForgetMail(days=days):
            session.ledger.forget(days)
        case m.DropComparison():
            session.diagnosis.stop_comparing()
        case _:
            return False
    return True


def _take_away(session: Session, message: FromPage, _: object) -> bool:
    match message:
        case m.Export(what=what, suffix=suffix):
            session.background.run(lambda: _export(session, what, suffix))
        case m.Download(number=number, offset=offset):
            session.files.send_chunk(number, offset)
        case _:
            return False
    return True


def _export(session: Session, what: str, suffix: str) -> None:
    with session.lock:
        results, zone = session.results, session.results.zone
        described = [text for _, text in results.described]
        records = results.in_order if what in ("shown", "report") else _working_list(session, what)
        before = session.diagnosis.before if what == "report" else None
    if what == "report":
        data = render(records, f"report{suffix}", before, Options(filters="; ".join(described), tz=zone))
    else:
        data = as_file(records, suffix, zone)  # type: ignore[arg-type] # the message allows no other
    # A working list is raw by nature: who sends again, corrects or suppresses needs the addresses.
    name = {"shown": "records", "report": "report"}.get(what, f"{what}-with-addresses")
    filters = described if what in ("shown", "report") else []
    sandbox = is_sandbox(results.records)
    session.files.offer(file_name(name, suffix, sandbox=sandbox, records=records, filters=filters), data)


def _working_list(session: Session, what: str) -> pd.DataFrame:
    if session.diagnosis.findings is None:
        raise EmailrcdError("There is no investigation yet. Investigate the failures first.")
    records: pd.DataFrame = getattr(session.diagnosis.findings, what)
    return records
