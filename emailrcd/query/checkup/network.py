"""The way to the server, one step at a time: name, connection, TLS. Nothing signed is sent here."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Mapping
from typing import cast

from ...api.routing import Route
from .results import Check

SECONDS = 5.0
"""How long each step may take."""

_OFFLINE = "Check that this machine is online and that its DNS works; behind a company proxy, set HTTPS_PROXY."


def check_network(way: Route, context: ssl.SSLContext) -> list[Check]:
    """Look at the proxy, the name, the connection and TLS; what cannot be reached is skipped."""
    host, port = way.first
    checks = [_proxy(way), _name(host)]
    if checks[-1].result == "failed":
        checks.append(Check("connection", "skipped", f"{host} has no known address."))
    else:
        checks.append(_connection(host, port))
    if not way.secure:
        checks.append(Check("TLS", "skipped", "Plain http; it does not leave this machine."))
    elif checks[-1].result == "ok":
        checks.append(_tls(way, context))
    else:
        checks.append(Check("TLS", "skipped", "There is no connection."))
    return checks


def _proxy(way: Route) -> Check:
    if not way.proxy_host:
        return Check("proxy", "ok", "None is in use.")
    return Check("proxy", "ok", f"Calls go through {way.proxy_host}:{way.proxy_port}, as the environment says.")


def _name(host: str) -> Check:
    """Resolve a name in a thread: the system's resolver knows no time-out."""
    found: list[str] = []
    problem: list[str] = []

    def resolve() -> None:
        try:
            found.extend(dict.fromkeys(str(entry[4][0]) for entry in socket.getaddrinfo(host, None)))
        except (OSError, UnicodeError) as exc:
            problem.append(getattr(exc, "strerror", None) or "not a name")

    thread = threading.Thread(target=resolve, daemon=True)
    thread.start()
    thread.join(SECONDS)
    if found:
        return Check("name resolution", "ok", f"{host} is {', '.join(found[:3])}.")
    why = problem[0] if problem else f"no answer within {SECONDS:g} seconds"
    return Check("name resolution", "failed", f"{host} is unknown here: {why}.", f"Check base_url. {_OFFLINE}")


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


def _tls(way: Route, context: ssl.SSLContext) -> Check:
    try:
        certificate, version = _certificate(way, context)
    except ssl.SSLCertVerificationError as exc:
        issuer = _issuer_of_refused(way)
        by = f" It was issued by {issuer}." if issuer else ""
        return Check(
            "TLS",
            "failed",
            f"The certificate of {way.host} is not accepted: {exc.verify_message}.{by}",
            "Is the issuer your company's proxy? Then name its CA: ca_bundle= or REQUESTS_CA_BUNDLE. If it is unknown to "
            "you, somebody may be reading along. Check base_url and this machine's clock too.",
        )
    except OSError as exc:
        # `Tunnel connection failed: 407 …` is told as text alone.
        why = getattr(exc, "reason", None) or exc.strerror or (str(exc) if way.proxy_host else type(exc).__name__)
        return Check(
            "TLS",
            "failed",
            f"No TLS with {way.host}: {why}.",
            "Check the port in base_url, and the proxy if there is one.",
        )
    until = str(certificate.get("notAfter", "?"))
    return Check("TLS", "ok", f"{version}; the certificate is valid until {until}, issued by {_issuer(certificate)}.")


def _certificate(way: Route, context: ssl.SSLContext) -> tuple[Mapping[str, object], str]:
    """Return the server's certificate, verified by `context`, and the version of TLS."""
    with _connected(way, context) as wrapped:
        return wrapped.getpeercert() or {}, wrapped.version() or "TLS"


def _connected(way: Route, context: ssl.SSLContext) -> ssl.SSLSocket:
    return cast(ssl.SSLSocket, way.connect(SECONDS, context))


def _issuer_of_refused(way: Route) -> str:
    """Name the issuer of a certificate that was refused; nothing is sent over these connections."""
    unverified = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    unverified.check_hostname = False
    unverified.verify_mode = ssl.CERT_NONE
    # ssl takes apart only certificates it has verified: verify this one by itself.
    itself = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    itself.check_hostname = False
    itself.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    try:
        with _connected(way, unverified) as wrapped:
            itself.load_verify_locations(cadata=wrapped.getpeercert(binary_form=True) or b"")
        certificate, _ = _certificate(way, itself)
    except (OSError, ValueError):
        return ""
    return _issuer(certificate)


def _issuer(certificate: Mapping[str, object]) -> str:
    names = {key: value for part in _parts(certificate.get("issuer")) for key, value in part}
    told = [names[key] for key in ("commonName", "organizationName") if key in names]
    return ", ".join(told) or "an issuer without a name"


def _parts(issuer: object) -> tuple[tuple[tuple[str, str], ...], ...]:
    return issuer if isinstance(issuer, tuple) else ()
