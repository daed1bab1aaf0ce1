"""The examination: all checks in the order in which a call meets them."""

from __future__ import annotations

import threading
from urllib.parse import urlsplit

from ...api import contract
from ...api.credentials import FoundCredentials, find
from ...api.environment import proxy_for, tls_context
from ...api.session import Session
from ...api.transport import Attempt, Transport
from ...errors import ApiError, EmailrcdError, HTTPStatusError, ReplyError, TimedOut
from ...records.sources import take
from ..client import Client, transport_of
from . import replies
from .network import SECONDS, check_network
from .results import Check, Checkup

MADE_UP_IDS = ("9912312359591000001", "9912312359591000002")
"""Ids that look like published ones, of a day in 2099: asking about them touches nobody's mail."""

_CALLS_NEEDED = ("query", "clock", "key and secret", "allow list", "account", "app id", "POST and GET", "reply shape")


def doctor(
    client: Client | None = None, *, ids: object = None, base_url: str | None = None, balance: bool = False
) -> Checkup:
    """Check why calls fail, or that they do not: credentials, address, network, TLS, clock, account, contract.

    Takes seconds, and no longer than a few time-outs, those of the system's resolver among them. Two to four harmless queries
    of two ids are made.

    Parameters
    ----------
    client : Client, optional
        The client to examine; without one, credentials are taken where they are found.
    ids : optional
        Ids of mail you sent, as for `Client.query`; the first two are asked. Made-up ones tell less.
    base_url : str, optional
        In place of the one that is found with the credentials; for a `client` it is that of the client.
    balance : bool
        Ask the vendor's account API too, which wants key and secret but no app id: it tells a wrong secret from a wrong app
        id. The balance itself is neither read nor shown.

    Returns
    -------
    Checkup
        Shows itself as a table. ``print`` it for a support ticket: it holds no secret, no signature and no address of mail.

    Raises
    ------
    IdsError
        `ids` are not email ids.
    EmailrcdError
        Both a client and a base URL are given.

    Examples
    --------
    >>> import emailrcd
    >>> with emailrcd.Sandbox() as sandbox:
    ...     emailrcd.doctor(sandbox.client()).ok
    True
    """
    own = _own(ids)
    if client is not None:
        if base_url is not None:
            raise EmailrcdError("Give the doctor a client or a base_url: a client has one of its own.")
        given = "The sandbox's own" if client.sandbox else "Given with the client"
        check = Check("credentials", "ok", f"{given}: app id {transport_of(client).credentials.app_id}.")
        return Checkup([check, *_examine(client, own, balance)])
    found, check = _find()
    if found is None:
        return Checkup([check, *_examine_without_credentials(base_url or contract.BASE_URL)])
    try:
        client = Client(found.credentials, base_url=base_url or found.base_url or contract.BASE_URL)
    except EmailrcdError as exc:
        return Checkup([check, *_unusable(exc)])
    with client:
        return Checkup([check, *_examine(client, own, balance)])


def _own(ids: object) -> list[str]:
    if ids is None:
        return []
    taken = take(ids)
    taken.check()
    return list(taken.ids[:2])


def _find() -> tuple[FoundCredentials | None, Check]:
    try:
        found = find()
    except EmailrcdError as exc:
        return None, Check("credentials", "failed", str(exc), "Correct it, then run the doctor again.")
    return found, Check("credentials", "ok", f"Found in {found.source}: app id {found.credentials.app_id}.")


def _examine(client: Client, own: list[str], balance: bool) -> list[Check]:
    transport = transport_of(client)
    checks = [_base_url(client.base_url), *check_network(transport.session)]
    if any(check.result == "failed" for check in checks):
        return [*checks, *_skipped("The network checks above failed.")]
    checks += _query(transport, (own + list(MADE_UP_IDS))[:2], bool(own))
    return [*checks, replies.check_account_api(transport)] if balance else checks


def _query(transport: Transport, ids: list[str], own_ids: bool) -> list[Check]:
    attempt = _attempt_twice(transport, ids)
    checks = [
        replies.check_query(attempt),
        replies.check_clock(attempt),
        *replies.check_account(attempt, own_ids),
    ]
    if not _depends_on_method(attempt):
        methods = Check("POST and GET", "skipped", "The query failed for a reason that does not depend on it.")
        return [*checks, methods, replies.check_shape(attempt)]
    other = transport.attempt(ids, threading.Event(), "GET" if transport.method == "POST" else "POST")
    post, get = (attempt, other) if transport.method == "POST" else (other, attempt)
    return [*checks, replies.check_methods(post, get), replies.check_shape(attempt)]


def _attempt_twice(transport: Transport, ids: list[str]) -> Attempt:
    """Make a call, and once more if it fails in a way that passes quickly."""
    attempt = transport.attempt(ids, threading.Event())
    failure = attempt.result
    if isinstance(failure, EmailrcdError) and failure.retryable and not isinstance(failure, TimedOut):
        attempt = transport.attempt(ids, threading.Event())
    return attempt


def _depends_on_method(attempt: Attempt) -> bool:
    """Tell whether the same call by the other method may end otherwise."""
    failure = attempt.result
    if isinstance(failure, ApiError):
        return not failure.fatal
    return not isinstance(failure, EmailrcdError) or isinstance(failure, (HTTPStatusError, ReplyError))


def _examine_without_credentials(base_url: str) -> list[Check]:
    """Say what can be said of the way to an address."""
    try:
        url = contract.endpoint(base_url)
        session = Session(url, proxy_for(url), tls_context(), connections=1, timeout=(SECONDS, SECONDS))
    except EmailrcdError as exc:
        return _unusable(exc)
    checks = [_base_url(url.removesuffix(f"/{contract.METHOD_NAME}")), *check_network(session)]
    return [*checks, *_skipped("There are no credentials to sign a query with.")]


def _base_url(base_url: str) -> Check:
    host = urlsplit(base_url).hostname or ""
    if host in contract.VENDOR_HOSTS:
        return Check("base URL", "ok", f"{base_url}, the vendor's.")
    if contract.is_loopback(host):
        return Check("base URL", "ok", f"{base_url}, on this machine.")
    return Check(
        "base URL",
        "warning",
        f"{base_url} is not one of the vendor's hosts ({', '.join(sorted(contract.VENDOR_HOSTS))}). Credentials go there.",
        "Make sure that you mean it.",
    )


def _unusable(problem: EmailrcdError) -> list[Check]:
    """Return the checks where a setting keeps a client from being made at all."""
    return [
        Check("settings", "failed", str(problem), "Correct it, then run the doctor again."),
        *_skipped("See above."),
    ]


def _skipped(why: str) -> list[Check]:
    return [Check(name, "skipped", why) for name in _CALLS_NEEDED]
