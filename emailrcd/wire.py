"""What requests leaves open: one TLS context for all connections, and a deadline for a whole reply.

requests loads the CA bundle again for every new TLS connection, and its read time-out holds for each read of the socket, so
that a server which drips bytes holds a connection for ever. The adapter here closes both gaps and changes nothing else:
certificates and host names are checked by the context as usual.
"""

from __future__ import annotations

import http.client
import io
import os
import socket
import ssl
import time
from collections.abc import Mapping
from typing import Any

import certifi
import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.poolmanager import PoolManager, ProxyManager
from urllib3.util.ssl_ import create_urllib3_context

from .errors import EmailrcdError


class _DeadlineReader(io.RawIOBase):
    """Reads a socket, giving each read no more time than is left of the reply's."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket, seconds: float) -> None:
        self._raw = raw
        self._sock = sock
        self._deadline = time.monotonic() + seconds

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the reply was not complete in time")
        self._sock.settimeout(left)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Reply(http.client.HTTPResponse):
    """A reply, header and body, that must be complete within the socket's time-out."""

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        seconds = sock.gettimeout()
        if seconds is not None:
            self.fp = io.BufferedReader(_DeadlineReader(self.fp.detach(), sock, seconds))


class _HTTPConnection(HTTPConnection):
    response_class = _Reply


class _HTTPSConnection(HTTPSConnection):
    response_class = _Reply


class _HTTPPool(HTTPConnectionPool):
    ConnectionCls = _HTTPConnection


class _HTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _HTTPSConnection


_POOLS = {"http": _HTTPPool, "https": _HTTPSPool}


class Adapter(HTTPAdapter):
    """A requests adapter that owns one ``SSLContext`` and reads replies against a deadline."""

    def __init__(self, context: ssl.SSLContext, connections: int) -> None:
        self._context = context
        super().__init__(pool_maxsize=connections, max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Make the pools of direct connections."""
        super().init_poolmanager(*args, ssl_context=self._context, **kwargs)
        self.poolmanager: PoolManager
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> ProxyManager:
        """Make the pools of connections through a proxy."""
        manager: ProxyManager = super().proxy_manager_for(proxy, ssl_context=self._context, **kwargs)
        manager.pool_classes_by_scheme = _POOLS
        return manager

    def build_connection_pool_key_attributes(
        self, request: requests.PreparedRequest, verify: bool | str, cert: Any = None
    ) -> tuple[Any, Any]:
        """Name the context as part of what tells pools apart; requests would name a bundle."""
        host, _ = super().build_connection_pool_key_attributes(request, verify, cert)
        return host, {"ssl_context": self._context, "cert_reqs": "CERT_REQUIRED"}

    def cert_verify(self, conn: Any, url: str, verify: bool | str, cert: Any) -> None:  # noqa: ARG002 - requests' signature
        """Leave verifying to the context; naming a bundle here would load it for every connection."""
        conn.cert_reqs = "CERT_REQUIRED"


def tls_context(
    ca_bundle: str | os.PathLike[str] | None, environment: Mapping[str, str] = os.environ
) -> ssl.SSLContext:
    """Return a verifying context for `ca_bundle`, else ``REQUESTS_CA_BUNDLE``, ``CURL_CA_BUNDLE``, else certifi's.

    Raises
    ------
    EmailrcdError
        The bundle cannot be read.
    """
    bundle = ca_bundle or environment.get("REQUESTS_CA_BUNDLE") or environment.get("CURL_CA_BUNDLE") or certifi.where()
    context = create_urllib3_context()
    context.verify_mode = ssl.CERT_REQUIRED
    context.check_hostname = True
    try:
        if os.path.isdir(bundle):
            context.load_verify_locations(capath=bundle)
        else:
            context.load_verify_locations(cafile=bundle)
    except OSError as exc:
        raise EmailrcdError(
            f"The CA bundle {os.fspath(bundle)} cannot be used ({exc.strerror or exc}). "
            "Give ca_bundle= a PEM file of trusted certificates, or unset REQUESTS_CA_BUNDLE and CURL_CA_BUNDLE."
        ) from None
    return context
