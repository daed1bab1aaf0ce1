"""Files to take away: what is in them, and what they are called."""

from __future__ import annotations

import re

import pandas as pd

from ..errors import EmailrcdError
from ..records.writing import as_file
from ..reporting import Options, render
from .session import Session

_NAME_LENGTH = 40


def export(session: Session, what: str, suffix: str) -> None:
    """Offer the records shown, a report on them, or a working list of the investigation."""
    with session.lock:
        zone, sandbox = session.results.zone, session.results.sandbox
        filters = [text for _, text in session.results.described]
        records = session.results.in_order if what in ("shown", "report") else _working_list(session, what)
        before = session.results.before if what == "report" else None
    if what == "report":
        data = render(records, f"report{suffix}", before, Options(filters="; ".join(filters), tz=zone))
    else:
        data = as_file(records, suffix, zone)  # type: ignore[arg-type] # the page asks for no other
    session.files.offer(_name(what, filters, records, sandbox) + suffix, data)


def _working_list(session: Session, what: str) -> pd.DataFrame:
    if session.diagnosis.findings is None:
        raise EmailrcdError("There is no investigation yet. Investigate the failures first.")
    records: pd.DataFrame = getattr(session.diagnosis.findings, what)
    return records


def _name(what: str, filters: list[str], records: pd.DataFrame, sandbox: bool) -> str:
    """Return a name that tells what is in a file: its date, its campaign if it is one, and how it was chosen."""
    campaigns = records["campaign"].astype("str").dropna().unique().tolist() if "campaign" in records else []
    # A working list is raw by nature: who sends again, corrects or suppresses needs the addresses.
    kind = {"shown": "records", "report": "report"}.get(what)
    parts = [
        "sandbox" if sandbox else "",
        kind or f"{what}-with-addresses",
        f"{pd.Timestamp.now():%Y-%m-%d}",
        campaigns[0] if len(campaigns) == 1 else "",
        *(filters if kind else []),
    ]
    return "-".join(part for part in map(_slug, parts) if part)


def _slug(text: str) -> str:
    """Return text as a piece of a file's name: an address has no place there."""
    if "@" in text:
        return "filtered"
    return re.sub(r"[^\w.]+", "-", text, flags=re.UNICODE).strip("-.").lower()[:_NAME_LENGTH]
