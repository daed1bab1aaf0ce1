"""The way to the server: through which proxy, and whom to trust."""

from __future__ import annotations

import base64
import http
import http.client
import os
import socket
import ssl
from collections.abc import Mapping
from typing import NamedTuple, cast
from urllib.parse import unquote, urlsplit

import certifi
from requests.utils import get_environ_proxies, select_proxy

from ..errors import EmailrcdError
from . import contract
from .messages import Incoming, TooLarge, head


class Route(NamedTuple):
    """Where calls go: the server, and the proxy on the way, if any."""

    host: str
    port: int
    secure: bool
    proxy_host: str = ""
    proxy_port: int = 0
    proxy_login: str = ""

    @property
    def first(self) -> tuple[str, int]:
        """Host and port this machine connects to."""
        return (self.proxy_host, self.proxy_port) if self.proxy_host else (self.host, self.port)

    @property
    def name(self) -> str:
        """The server as HTTP names it: an IPv6 address in brackets, a name in ASCII."""
        return f"[{self.host}]" if ":" in self.host else self.host.encode("idna").decode("ascii")

    def __repr__(self) -> str:
        return f"<Route {self.host}:{self.port}>"

    def connect(self, seconds: float, context: ssl.SSLContext | None) -> socket.socket:
        """Return a connection to the server; with `context`, and to https, one whose certificate it has verified."""
        sock = socket.create_connection(self.first, timeout=seconds)
        try:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self.proxy_host:
                self._tunnel(sock, seconds)
            if self.secure and context:
                # The handshake in a step of its own: one that is interrupted leaves something to close.
                sock = secured = context.wrap_socket(sock, server_hostname=self.host, do_handshake_on_connect=False)
                secured.do_handshake()
        except BaseException:
            sock.close()
            raise
        return sock

    def _tunnel(self, sock: socket.socket, seconds: float) -> None:
        """Have the proxy connect to the server."""
        server = f"{self.name}:{self.port}"
        incoming = Incoming(sock, seconds)
        sock.sendall(head("CONNECT", server, {"Host": server} | self._proxy_authorization()))
        reply = http.client.HTTPResponse(cast("socket.socket", incoming), method="CONNECT")
        try:
            reply.begin()
        except (http.client.HTTPException, TooLarge):
            raise OSError("Tunnel connection failed: the proxy gave no HTTP reply") from None
        if reply.status != http.HTTPStatus.OK:
            raise OSError(f"Tunnel connection failed: {reply.status} {reply.reason}")

    def _proxy_authorization(self) -> dict[str, str]:
        if not self.proxy_login:
            return {}
        return {"Proxy-Authorization": f"Basic {base64.b64encode(self.proxy_login.encode()).decode()}"}


def route(url: str) -> Route:
    """Return the way to `url`, through the proxy that the environment names; to this machine there is none.

    Raises
    ------
    EmailrcdError
        The proxy is none that plain HTTP is spoken to.
    """
    parts = urlsplit(url)
    host, secure = parts.hostname or "", parts.scheme == "https"
    direct = Route(host, parts.port or (443 if secure else 80), secure)
    proxy = None if contract.is_loopback(host) else select_proxy(url, get_environ_proxies(url))
    if not proxy:
        return direct
    via = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
    if via.scheme != "http" or not via.hostname:
        raise EmailrcdError(
            f"The proxy in the environment is a {via.scheme} one; only http:// proxies can be used. Set HTTPS_PROXY to one, "
            f"or NO_PROXY={host} to go without."
        )
    login = f"{unquote(via.username or '')}:{unquote(via.password or '')}" if via.username else ""
    return direct._replace(proxy_host=via.hostname, proxy_port=via.port or 80, proxy_login=login)


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
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.set_alpn_protocols(["http/1.1"])
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
