"""What replies tell: which part of the set-up the API refuses, and whether it keeps its published shape."""

from __future__ import annotations

import time
from collections.abc import Mapping

import msgspec

from ...api.reply import Counts, Reply, parse
from ...api.transport import Attempt, Transport
from ...errors import (
    AccountLocked,
    AccountUnverified,
    ApiError,
    AuthenticationFailed,
    DuplicateRequest,
    EmailrcdError,
    IdsRefused,
    IpNotAllowed,
    TimestampExpired,
    UnknownCode,
)
from ...wording import quotable
from .results import Check

CLOCK_SECONDS = 30
"""A clock that is off by less is right enough; a ``Date`` has whole seconds, and a call takes some."""

_HEAD = ("status", "reason", "success", "fail", "sending", "nofound", "array")
_ROW = ("emailId", "toAddress", "receiveTime", "status")
_NOTES = 12
_WITH_YOUR_IDS = "Give two ids of mail you sent to learn more: doctor(client, ids=[...]) or `emailrcd doctor ID ID`."

SMS_CODES = {
    "-2": "this IP address is not allowed",
    "-13": "the account is locked",
    "-14": "an id is abnormal",
    "-16": "the timestamp has expired",
    "-18": "a fault on the server's side",
}
"""What the vendor's SMS and account APIs publish of the codes that the email API numbers otherwise."""

_ACCOUNT: tuple[tuple[str, tuple[type[ApiError], ...], str], ...] = (
    ("key and secret", (AuthenticationFailed,), "The API accepts key, secret and signature."),
    ("allow list", (IpNotAllowed,), "The API accepts this machine's IP address."),
    ("account", (AccountLocked, AccountUnverified), "It is neither locked nor unverified."),
)
"""Checks by the reply's code: what fails them, and what passes them."""


def check_query(attempt: Attempt) -> Check:
    """Tell whether a signed call was answered by the API at all."""
    error = attempt.result
    if isinstance(error, EmailrcdError) and not isinstance(error, ApiError):
        return Check("query", "failed", str(error), "Follow the message; the checks above tell how far a call gets.")
    if isinstance(error, UnknownCode | DuplicateRequest):
        sibling = SMS_CODES.get(error.code or "")
        hint = f" The vendor's SMS API means by it: {sibling}." if sibling else ""
        return Check("query", "warning", f"{error}{hint}", "Ask the vendor's support what it means for this method.")
    code = "0 (success)" if isinstance(error, Reply) else str(error.code)
    return Check("query", "ok", f"A signed query is answered by the API, with code {code}.")


def check_clock(attempt: Attempt) -> Check:
    """Compare this machine's clock with the ``Date`` of a reply."""
    if attempt.date is None:
        return Check("clock", "skipped", "No reply with a Date came.")
    off = time.time() - attempt.date
    how = f"This machine's clock is {abs(off):,.0f} seconds {'ahead of' if off > 0 else 'behind'} the server's"
    remedy = "Set this machine's clock, for example with NTP."
    if isinstance(attempt.result, TimestampExpired):
        return Check("clock", "failed", f"{how}. {attempt.result}", remedy)
    if abs(off) > CLOCK_SECONDS:
        return Check("clock", "warning", f"{how}; the client corrects that by itself.", remedy)
    return Check("clock", "ok", f"It agrees with the server's, to {CLOCK_SECONDS} seconds.")


def check_account(attempt: Attempt, own_ids: bool) -> list[Check]:
    """Tell what the reply says of key and secret, allow list, account and app id."""
    result = attempt.result
    checks = []
    for name, kinds, passed in _ACCOUNT:
        if isinstance(result, kinds):
            checks.append(Check(name, "failed", str(result), result.advice))
        elif isinstance(result, (Reply, IdsRefused)):
            checks.append(Check(name, "ok", passed))
        else:
            checks.append(Check(name, "skipped", "The query did not get that far."))
    return [*checks, _app_id(attempt, own_ids)]


def _app_id(attempt: Attempt, own_ids: bool) -> Check:
    result = attempt.result
    if isinstance(result, IdsRefused):
        whose = "your ids" if own_ids else "made-up ids, which may be all it means"
        return Check(
            "app id",
            "failed" if own_ids else "warning",
            f"The API refuses the app id or {whose}. {result}",
            "Copy the app id from the vendor's console, of the application the mail was sent from."
            + ("" if own_ids else f" {_WITH_YOUR_IDS}"),
        )
    if not isinstance(result, Reply):
        return Check("app id", "skipped", "The query did not get that far.")
    if result.mails:
        return Check("app id", "ok", f"{len(result.mails)} of the ids asked were found with it.")
    if own_ids:
        return Check(
            "app id",
            "warning",
            "It is accepted, but none of your ids was found with it.",
            "Mail of the last minutes may still be queued. Otherwise it is the app id of another application.",
        )
    return Check("app id", "ok", "It is accepted. Only an id of yours can tell whether it is the app id of your mail.")


def check_account_api(transport: Transport) -> Check:
    """Tell whether the account API accepts key and secret; it wants no app id. The balance is neither read nor shown."""
    name = "account API"
    try:
        code = transport.account_code()
    except EmailrcdError as exc:
        return Check(name, "skipped", f"It gave no answer that can be read: {exc}")
    if code == "0":
        told = "It accepts key and secret, and wants no app id: what the query is refused for is not these two."
        return Check(name, "ok", told)
    if code == "-1":
        told = "It refuses key or secret, too (its code -1): the app id is not to blame."
        return Check(name, "failed", told, AuthenticationFailed.advice)
    meaning = SMS_CODES.get(code, "not in its published table")
    return Check(name, "warning", f"It answers with its code {quotable(code)}: {meaning}.")


def check_methods(post: Attempt, get: Attempt) -> Check:
    """Compare the same two ids asked by POST and by GET."""
    results = {"POST": post.result, "GET": get.result}
    facts = {method: _facts(result) for method, result in results.items() if isinstance(result, Reply)}
    if len(facts) == 2:
        if facts["POST"] == facts["GET"]:
            found = len(facts["POST"][1])
            return Check("POST and GET", "ok", f"Both give the same reply for two ids ({found} found).")
        return Check(
            "POST and GET",
            "warning",
            f"Their replies differ for the same two ids: POST finds {len(facts['POST'][1])}, GET {len(facts['GET'][1])}.",
            "Mail may have moved between the two calls: run the doctor again. If it stays so, use the method= that finds all.",
        )
    if not facts:
        return Check("POST and GET", "skipped", "Neither is answered with success.")
    (works,) = facts
    (fails,) = results.keys() - facts.keys()
    return Check(
        "POST and GET", "warning", f"{works} works, {fails} does not: {results[fails]}", f'Use method="{works}".'
    )


def check_shape(attempt: Attempt) -> Check:
    """Compare a successful reply with the published one, field by field."""
    if not attempt.raw or isinstance(attempt.result, ApiError):
        return Check("reply shape", "skipped", "No successful reply came.")
    if isinstance(attempt.result, EmailrcdError):
        return Check(
            "reply shape",
            "failed",
            str(attempt.result),
            "Check base_url. If it is right, the vendor has changed the reply: look for a newer emailrcd.",
        )
    reply = parse(attempt.raw)
    rows = reply.get("array", [])
    notes = _differences(reply, _HEAD, "")
    for row in rows:
        notes += [note for note in _differences(row, _ROW, "array[].") if note not in notes]
    if notes:
        return Check(
            "reply shape",
            "warning",
            f"It can be read, but differs from the published one: {'; '.join(notes[:_NOTES])}.",
            "Nothing is lost by it. Please report it, so that emailrcd can follow.",
        )
    if not rows:
        return Check("reply shape", "ok", "All fields are as published; no row was seen.", _WITH_YOUR_IDS)
    return Check("reply shape", "ok", "All fields are as published.")


def _differences(fields: Mapping[str, object], published: tuple[str, ...], where: str) -> list[str]:
    notes = [f"{where}{name} is missing" for name in published if name not in fields]
    for name, value in fields.items():
        if name not in published:
            notes.append(f"{where}{quotable(name)[:40]} is new")
        elif name != "array" and not isinstance(value, str):
            notes.append(f"{where}{name} is not a string")
    return notes


def _facts(reply: Reply) -> tuple[Counts, list[tuple[str, ...]]]:
    return reply.counts, sorted(map(msgspec.structs.astuple, reply.mails))
