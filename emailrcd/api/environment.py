"""What the environment says of the way to the server: through which proxy, and whose certificates to trust."""

from __future__ import annotations

import importlib.util
import os
import re
import ssl
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

import certifi
from requests.utils import get_environ_proxies, select_proxy

from ..errors import EmailrcdError
from . import contract

_PROXY_VARIABLES = ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")
_PORTS = {"http": 80, "https": 443, "socks4": 1080, "socks4a": 1080, "socks5": 1080, "socks5h": 1080}
"""The kinds of proxy, and where each listens unless another port is named."""

_PROXY_URL = re.compile(
    r"(?:(\w+)://)?(?:([^\s/?#\\\[\]]*)@)?([\w.-]+|\[[0-9a-f:.]+\])(?::(\d{1,5}))?/?", re.ASCII | re.IGNORECASE
)
_CA_VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")


class Proxy(NamedTuple):
    """A proxy, and the variable that names it; shown without its login."""

    url: str
    host: str
    port: int
    variable: str

    def __repr__(self) -> str:
        return f"{self.host}:{self.port}"


def proxy_for(url: str) -> Proxy | None:
    """Return the proxy that the environment names for `url`, or raise an error that tells no piece of it; loopback has none."""
    if contract.is_loopback(urlsplit(url).hostname or ""):
        return None
    named = select_proxy(url, get_environ_proxies(url))
    if not named:
        return None
    variable = next((name for name in _PROXY_VARIABLES if os.environ.get(name) == named), "the system's settings")
    proxy = _read(named.strip(), variable)
    del named  # a traceback that prints local variables must not print a password
    if proxy is None:
        raise EmailrcdError(
            f"The proxy in {variable} cannot be used: it must read http://host:port, or http://name:password@host:port (also "
            "https:// or socks5h://), without quotation marks. In name and password write # as %23, / as %2F, ? as %3F, "
            "@ as %40; HTTP carries no letters beyond Latin-1 there."
        )
    if proxy.url.startswith("socks") and importlib.util.find_spec("socks") is None:
        raise EmailrcdError(
            f"The proxy in {variable} is a SOCKS proxy, which needs PySocks: pip install 'emailrcd[socks]'"
        )
    return proxy


def _read(named: str, variable: str) -> Proxy | None:
    """Take the address of a proxy apart, more strictly than libraries that take a part of a password for a port."""
    match = _PROXY_URL.fullmatch(named)
    if match is None:
        return None
    scheme, login, host, port = (match[1] or "http").lower(), match[2], match[3], int(match[4] or 0)
    try:
        unquote(login or "").encode("latin-1")
    except UnicodeEncodeError:
        return None
    if scheme not in _PORTS or port > 65_535:
        return None
    address = named if match[1] else f"http://{named}"
    return Proxy(address, host.strip("[]"), port or _PORTS[scheme], variable)


def tls_context(ca_bundle: str | os.PathLike[str] | None = None) -> ssl.SSLContext:
    """Return a context that verifies servers by a CA bundle (a file or a folder), else by the system's and certifi's."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    # A certificate without a subject alternative name is for no host, whatever its common name says.
    context.hostname_checks_common_name = False
    variable = "" if ca_bundle else next((name for name in _CA_VARIABLES if os.environ.get(name)), "")
    bundle = ca_bundle or os.environ.get(variable)
    if not bundle:
        context.load_default_certs()
        context.load_verify_locations(certifi.where())
        return context
    try:
        if os.path.isdir(bundle):
            context.load_verify_locations(capath=bundle)
        else:
            context.load_verify_locations(cafile=bundle)
    except (OSError, ValueError) as exc:
        source, remedy = (f", from {variable},", f", or unset {variable}") if variable else ("", "")
        raise EmailrcdError(
            f"The CA bundle {os.fspath(bundle)}{source} cannot be used ({getattr(exc, 'strerror', None) or exc}). "
            f"Give ca_bundle= a PEM file of trusted certificates{remedy}."
        ) from None
    return context
