"""The way to the server, one step at a time: name, connection, TLS. Nothing signed is sent here."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Mapping
from typing import Any

from ...api.session import Session
from ...errors import TLSError, TransportError
from .results import Check

SECONDS = 5.0
"""How long each step may take."""

_OFFLINE = "Check that this machine is online and that its DNS works; behind a company proxy, set HTTPS_PROXY."


def check_network(session: Session) -> list[Check]:
    """Look at the proxy, the name, the connection and TLS; what cannot be reached is skipped."""
    host, port = session.first
    checks = [_proxy(session), _name(host)]
    if checks[-1].result == "failed":
        checks.append(Check("connection", "skipped", f"{host} has no known address."))
    else:
        checks.append(_connection(host, port))
    if not session.secure:
        checks.append(Check("TLS", "skipped", "Plain http; it does not leave this machine."))
    elif checks[-1].result == "ok":
        checks.append(_tls(session))
    else:
        checks.append(Check("TLS", "skipped", "There is no connection."))
    return checks


def _proxy(session: Session) -> Check:
    if session.proxy is None:
        return Check("proxy", "ok", "There is no proxy.")
    return Check("proxy", "ok", f"Calls go through {session.proxy}, as {session.proxy.variable} says.")


def _name(host: str) -> Check:
    try:
        found = dict.fromkeys(str(entry[4][0]) for entry in socket.getaddrinfo(host, None))
    except (OSError, UnicodeError) as exc:
        why = getattr(exc, "strerror", None) or "not a name"
        return Check("name resolution", "failed", f"{host} is unknown here: {why}.", f"Check base_url. {_OFFLINE}")
    return Check("name resolution", "ok", f"{host} is {', '.join(list(found)[:3])}.")


def _connection(host: str, port: int) -> Check:
    try:
        socket.create_connection((host, port), timeout=SECONDS).close()
    except TimeoutError:
        return Check("connection", "failed", f"{host}:{port} does not answer within {SECONDS:g} seconds.", _firewall())
    except OSError as exc:
        why = (exc.strerror or "no connection").lower()
        return Check("connection", "failed", f"No connection to {host}:{port}: {why}.", _firewall())
    return Check("connection", "ok", f"{host}:{port} accepts connections.")


def _firewall() -> str:
    return "Check the port in base_url; ask whether a firewall blocks it, or whether this network needs HTTPS_PROXY."


def _tls(session: Session) -> Check:
    try:
        with session.connected() as connection:
            certificate, version = connection.getpeercert() or {}, connection.version()
    except TLSError as exc:
        issuer = _issuer_of_refused(session)
        by = f" It was issued by {issuer}." if issuer else ""
        return Check(
            "TLS",
            "failed",
            f"{exc}{by}",
            "Is the issuer your company's proxy? Then name its CA: ca_bundle= or REQUESTS_CA_BUNDLE. If it is unknown to "
            "you, somebody may be reading along.",
        )
    except TransportError as exc:
        return Check("TLS", "failed", str(exc), "Check the port in base_url, and the proxy if there is one.")
    until = str(certificate.get("notAfter", "?"))
    return Check("TLS", "ok", f"{version}; the certificate is valid until {until}, issued by {_issuer(certificate)}.")


def _issuer_of_refused(session: Session) -> str:
    """Name the issuer of a certificate that was refused; nothing is sent over these connections."""
    unverified = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    unverified.check_hostname = False
    unverified.verify_mode = ssl.CERT_NONE
    # ssl takes apart only certificates it has verified: verify this one by itself.
    itself = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    itself.check_hostname = False
    itself.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    try:
        with session.connected(unverified) as connection:
            itself.load_verify_locations(cadata=connection.getpeercert(binary_form=True) or b"")
        with session.connected(itself) as connection:
            return _issuer(connection.getpeercert() or {})
    except (TransportError, OSError, ValueError):
        return ""


def _issuer(certificate: Mapping[str, object]) -> str:
    parts: Any = certificate.get("issuer", ())
    names = {key: value for part in parts for key, value in part}
    named = [names[key] for key in ("commonName", "organizationName") if key in names]
    return ", ".join(named) or "an issuer without a name"
