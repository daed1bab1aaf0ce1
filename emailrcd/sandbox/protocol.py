"""The vendor's contract, kept strictly: what a request asks, whether it is refused, and the reply.

Written apart from the client's side of the contract (`emailrcd.api`) on purpose, so that each can find the other wrong.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from email.message import Message
from hashlib import md5
from typing import Any, NamedTuple
from urllib.parse import parse_qs

from ..api.credentials import Credentials
from ..errors import API_ERRORS
from .world import World, row

METHOD_PATH = "/getSendEmailRcd"
ACCOUNT_PATH = "/sms/getBalance"
MAX_IDS = 200
CLOCK_WINDOW = 300
"""Seconds by which a timestamp may be off."""

Payload = dict[str, Any]
"""A reply before it is written as JSON."""

_TRAILING_COMMA = re.compile(rb",\s*\}\s*\Z")


class Query(NamedTuple):
    """The parameters of a request; both are empty where it cannot be read."""

    app_id: str
    email_ids: str

    @property
    def ids(self) -> list[str]:
        """The ids asked about."""
        return self.email_ids.split(",")


def read_query(method: str, query: str, body: bytes) -> Query:
    """Read the parameters of a request: the JSON body if it has one, else the query string of a GET."""
    try:
        if body:
            # The vendor's curl sample, a GET with a body, has a comma too many.
            found = json.loads(_TRAILING_COMMA.sub(b"}", body) if method == "GET" else body)
        elif method == "GET":
            found = {name: values[-1] for name, values in parse_qs(query, max_num_fields=100).items()}
        else:
            found = {}
    except (ValueError, RecursionError):
        found = {}
    fields = found if isinstance(found, dict) else {}
    return Query(_text(fields.get("appId")), _text(fields.get("emailId")))


def refusal(
    credentials: Credentials, headers: Message, has_body: bool, query: Query, *, now: float, max_ids: int
) -> str | None:
    """Return the code with which a request is refused before any id is looked at, or None if it is not."""
    if not is_signed(credentials, headers):
        return "-1"
    if has_body and not _is_json(headers):
        return "-5"
    if not is_on_time(headers, now):
        return "-6"
    if query.app_id != credentials.app_id or not query.email_ids:
        return "-5"
    if len(query.ids) > max_ids:
        return "-28"
    return None


def account_answer(credentials: Credentials, headers: Message, now: float) -> Payload:
    """Return the account API's reply: a balance, which needs no app id; its codes are others than those of mail."""
    if not is_signed(credentials, headers):
        return {"status": "-1", "reason": "认证错误"}
    if not is_on_time(headers, now):
        return {"status": "-16", "reason": "超出时间范围限制"}
    return {"status": "0", "reason": "success", "balance": "99.990000", "gift": "0.000000", "credit": "0"}


def is_signed(credentials: Credentials, headers: Message) -> bool:
    """Tell whether a request bears the right key, and the signature of key, secret and its timestamp."""
    timestamp = headers.get("Timestamp") or ""
    expected = f"{credentials.api_key}{credentials.api_secret}{timestamp}"
    sign = md5(expected.encode(), usedforsecurity=False).hexdigest()
    return bool(timestamp) and headers.get("Api-Key") == credentials.api_key and headers.get("Sign") == sign


def is_on_time(headers: Message, now: float) -> bool:
    """Tell whether a request's timestamp is one, and of about now."""
    timestamp = headers.get("Timestamp") or ""
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        return False
    return abs(int(timestamp) - now) <= CLOCK_WINDOW


def answer(world: World, ids: Sequence[str], now: float) -> Payload:
    """Return the reply about `ids`: the counts and a row for each that is found, or -5 if one is abnormal."""
    counts = {"0": 0, "1": 0, "-1": 0}
    rows = []
    distinct = dict.fromkeys(ids)
    for email_id in distinct:
        mail = world.facts(email_id)
        if mail is None:
            return refuse("-5")
        entry = row(mail, now)
        if entry:
            counts[entry["status"]] += 1
            rows.append(entry)
    return {
        "status": "0",
        "reason": "success",
        "success": str(counts["0"]),
        "fail": str(counts["1"]),
        "sending": str(counts["-1"]),
        "nofound": str(len(distinct) - len(rows)),
        "array": rows,
    }


def refuse(code: str) -> Payload:
    """Return the reply that carries a code other than ``"0"``."""
    known = API_ERRORS.get(code)
    return {"status": code, "reason": known.vendor_text if known else "未知错误"}


def encode(payload: Payload) -> bytes:
    """Write a reply as JSON; a byte that a fault put into a text is written as it is."""
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode(errors="surrogateescape")


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _is_json(headers: Message) -> bool:
    return headers.get_content_type() == "application/json" and headers.get_content_charset("utf-8") == "utf-8"
