"""One session of `requests` to one address: signed calls out, whole replies or errors of this package back."""

from __future__ import annotations

import http
import os
import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3 import Timeout

from . import contract, http_errors
from .bounded import REPLY_BYTES, BoundedResponse, TooLarge
from .environment import Proxy
from .http_errors import Peer

_HEADERS = {
    "User-Agent": "emailrcd",
    "Content-Type": contract.CONTENT_TYPE,
    "Accept": "application/json",
    "Accept-Encoding": "gzip",
}


class Response(NamedTuple):
    """A whole reply, decompressed; its repr shows nothing of what it says."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def __repr__(self) -> str:
        return f"<Response {self.status}>"


class Session:
    """Makes calls to one server over connections that are kept open; safe to use from many threads at once."""

    def __init__(
        self,
        url: str,
        proxy: Proxy | None,
        context: ssl.SSLContext,
        connections: int,
        timeout: tuple[float, float],
    ) -> None:
        self.url = url
        self.proxy = proxy
        self.peer = Peer(urlsplit(url).netloc, proxy, timeout)
        # One for all connections: to load trusted certificates takes many times longer than to connect.
        self._context = context
        self._connections = connections
        self._proxies = {"https": proxy.url} if proxy else {}
        self._adapters: dict[int, _Adapter] = {}
        try:
            self.prepare("GET", url, {})
        except (requests.RequestException, ValueError):
            contract.refuse_address("The base URL names a host that does not exist.")

    @property
    def secure(self) -> bool:
        """Whether TLS is spoken."""
        return self.url.startswith("https:")

    @property
    def first(self) -> tuple[str, int]:
        """Host and port that this machine connects to."""
        if self.proxy:
            return self.proxy.host, self.proxy.port
        parts = urlsplit(self.url)
        return parts.hostname or "", parts.port or (443 if self.secure else 80)

    def prepare(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None = None
    ) -> requests.PreparedRequest:
        """Return a call that is ready to be sent; its repr shows nothing of it."""
        request = requests.PreparedRequest()
        request.prepare(method, url, {**_HEADERS, **headers}, data=body)
        return request

    def send(self, request: requests.PreparedRequest) -> Response:
        """Make one call; raise a `TransportError` where there is no connection, or no reply that can be read."""
        began = time.monotonic()
        try:
            return self._exchange(request)
        except BaseException as exc:  # noqa: BLE001 - it, or the error in its place, is raised again
            error = http_errors.explained(exc, self.peer, time.monotonic() - began)
        # A notebook may show what their frames hold, on Ctrl-C too: the headers, or pieces of a reply.
        del request
        error.__context__ = None
        raise error.with_traceback(None)

    @contextmanager
    def connected(self, context: ssl.SSLContext | None = None) -> Iterator[ssl.SSLSocket]:
        """Give a connection of its own to the server, over which nothing is sent; another context minds no server's name."""
        adapter = _Adapter(context or self._context, 1)
        verify = context is None or context.verify_mode is not ssl.CERT_NONE
        pool = adapter.get_connection_with_tls_context(self.prepare("GET", self.url, {}), verify, proxies=self._proxies)
        pool.timeout, pool.assert_hostname = Timeout(self.peer.timeout[0]), None if context is None else False
        began = time.monotonic()
        with closing(pool._new_conn()) as connection:
            try:
                # As urllib3 does before a call: through the tunnel of a proxy, if there is one.
                pool._prepare_proxy(connection) if pool.proxy else connection.connect()
            except Exception as exc:  # noqa: BLE001 - the error in its place is raised
                raise http_errors.explained(exc, self.peer, time.monotonic() - began) from None
            yield connection.sock

    def _exchange(self, request: requests.PreparedRequest) -> Response:
        # By the adapter: a session would read what comes with a redirect, and keep cookies.
        response = self._adapter().send(
            request, stream=True, timeout=self.peer.timeout, verify=True, proxies=self._proxies
        )
        try:
            body = b""
            if response.status_code == http.HTTPStatus.OK:
                body = response.raw.read(REPLY_BYTES + 1, decode_content=True)
            if len(body) > REPLY_BYTES:
                raise TooLarge
            return Response(response.status_code, response.headers, body)
        finally:
            # One that was read to its end has given its connection back; any other is closed with it.
            response.close()

    def _adapter(self) -> _Adapter:
        """Return the connections of this process: a fork would get replies to the calls of the process it comes from."""
        process = os.getpid()
        adapter = self._adapters.get(process)
        return adapter or self._adapters.setdefault(process, _Adapter(self._context, self._connections))

    def close(self) -> None:
        """Close all connections; a later call opens new ones."""
        for adapter in list(self._adapters.values()):
            adapter.close()


class _Adapter(HTTPAdapter):
    """Connects by one TLS context, and reads replies within bounds."""

    def __init__(self, context: ssl.SSLContext, connections: int) -> None:
        self._context = context
        super().__init__(pool_connections=1, pool_maxsize=connections)

    def init_poolmanager(self, *args: Any, **settings: Any) -> None:
        super().init_poolmanager(*args, ssl_context=self._context, **settings)

    def proxy_manager_for(self, proxy: str, **settings: Any) -> Any:
        # SOCKS proxies speak no TLS themselves.
        own = {} if proxy.lower().startswith("socks") else {"proxy_ssl_context": self._context}
        return super().proxy_manager_for(proxy, ssl_context=self._context, **own, **settings)

    def build_connection_pool_key_attributes(self, request: Any, verify: Any, cert: Any = None) -> Any:
        host, settings = super().build_connection_pool_key_attributes(request, verify, cert)
        return host, {**settings, "ssl_context": self._context}

    def get_connection_with_tls_context(self, *args: Any, **settings: Any) -> Any:
        pool: Any = super().get_connection_with_tls_context(*args, **settings)
        if pool.ConnectionCls.response_class is not BoundedResponse:
            # `debuglevel` would print signed headers, should anybody have set it for all connections.
            bounds = {"response_class": BoundedResponse, "debuglevel": 0}
            pool.ConnectionCls = type("BoundedConnection", (pool.ConnectionCls,), bounds)
        return pool

    def cert_verify(self, *args: Any) -> None:
        """Leave it to the context; by default a bundle would be loaded for each connection."""
