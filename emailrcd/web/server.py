"""The server of the app: Voilà, narrowed down to one notebook, with a kernel for each visitor."""

from __future__ import annotations

import secrets
import socket
import threading
import webbrowser
from pathlib import Path
from typing import Any

from jupyter_server.base.websocket import WS_PING_INTERVAL
from tornado.httpserver import HTTPServer
from tornado.ioloop import IOLoop, PeriodicCallback
from tornado.netutil import bind_sockets
from traitlets.config import Config
from voila.app import Voila
from voila.shutdown_kernel_handler import VoilaShutdownKernelHandler
from voila.tornado.handler import TornadoVoilaHandler

from ..api.contract import is_loopback
from ..errors import EmailrcdError
from .guard import PageLeft, guarded
from .visits import VisitHandler, VisitorKernels, Visits

IDLE_SECONDS = 3600
"""A visit ends when nothing has happened for so long, be its page open or not."""

_LOOK_EVERY = 1_000
"""Milliseconds between two looks at which pages have been closed."""


_SETTINGS = {
    "Voila": {"config_file_paths": [], "log_level": "ERROR", "open_browser": False},
    "VoilaConfiguration": {
        "allow_template_override": "NO",
        "allow_theme_override": "NO",
        "extension_allowlist": [
            "@jupyter-widgets/jupyterlab-manager",
            "@voila-dashboards/widgets-manager8",
            "anywidget",
        ],
        "file_allowlist": [],
        "multi_kernel_manager_class": VisitorKernels,
        "show_tracebacks": False,
        "strip_sources": True,
    },
    "IdentityProvider": {"cookie_options": {"samesite": "Strict"}},
    # A kernel that began anew would know nothing of its page.
    "KernelRestarter": {"restart_limit": 0},
    "MappingKernelManager": {
        "cull_connected": True,
        "cull_idle_timeout": IDLE_SECONDS,
        "cull_interval": 60,
        "transport_encryption": "auto",
    },
}
_EVERYWHERE = ("", "0.0.0.0", "::")  # noqa: S104 - to tell what was asked for
_READABLE = """
What visitors type, their API secret too, travels to this machine readable by the network between. Put a proxy with TLS in
front, or give it no other network than one you trust.
"""


def serve(notebook: Path, host: str, port: int, *, browser: bool, most: int, kept_seconds: float) -> None:
    """Serve the app of a notebook until Ctrl-C, at an address with a token that is made anew each time.

    Parameters
    ----------
    notebook : path
        Its widgets are shown, and nothing else of it.
    host : str
        The address of this machine to listen on.
    port : int
        0 takes a free one.
    browser : bool
        Open the address in a browser.
    most : int
        Visits at once.
    kept_seconds : float
        For how long a page that was closed, or is loaded again, finds its results.

    Raises
    ------
    EmailrcdError
        The address or port cannot be had.
    """
    config = Config(_SETTINGS)
    config.Voila.update(
        notebook_path=str(notebook), ip=host, port=port, token=secrets.token_urlsafe(24), open_browser=browser
    )
    app = _App.instance(config=config)
    app.most, app.kept_seconds = most, kept_seconds
    app.initialize([])
    app.start()


class _App(Voila):  # type: ignore[misc] # Voilà declares no types
    """Voilà behind the guard, with a page of our own."""

    most: int
    kept_seconds: float

    def setup_template_dirs(self) -> None:
        super().setup_template_dirs()
        self.template_paths.insert(0, str(Path(__file__).parent / "templates"))

    def init_settings(self) -> dict[str, Any]:
        settings = super().init_settings()
        self.visits = Visits(self.kernel_manager, self.most, self.kept_seconds)
        return {
            **settings,
            # Requests are not logged: their addresses hold the token.
            "log_function": lambda _: None,
            # Jupyter's time-out of pings is longer than tornado allows.
            "ws_ping_timeout": WS_PING_INTERVAL,
            "xsrf_cookies": True,
            "xsrf_cookie_kwargs": {"path": self.base_url, "samesite": "Strict"},
            "visits": self.visits,
        }

    def init_handlers(self) -> list[tuple[Any, ...]]:
        own = {TornadoVoilaHandler: VisitHandler, VoilaShutdownKernelHandler: PageLeft}
        return [(path, guarded(own.get(handler, handler)), *rest) for path, handler, *rest in super().init_handlers()]

    def listen(self) -> None:
        try:
            sockets = bind_sockets(self.port, self.ip)
        except OSError as exc:
            self.stop()
            problem = exc.strerror or type(exc).__name__
            raise EmailrcdError(
                f"The app cannot listen on {self.ip}, port {self.port}: {problem}. Choose another with --host or --port."
            ) from None
        HTTPServer(self.app).add_sockets(sockets)
        host = socket.gethostname() if self.ip in _EVERYWHERE else self.ip
        port = sockets[0].getsockname()[1]
        address = f"http://{f'[{host}]' if ':' in host else host}:{port}/?token={self.token}"
        warning = "" if is_loopback(host) else _READABLE
        print(
            f"The app is at\n\n    {address}\n\nfor whoever has this address. Stop it with Ctrl-C.\n{warning}",
            flush=True,
        )
        if self.open_browser:
            threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()
        self.ioloop = IOLoop.current()
        PeriodicCallback(self.visits.end_closed, _LOOK_EVERY).start()
        try:
            self.ioloop.start()
        except KeyboardInterrupt:
            print("Stopping; visits end.", flush=True)
        finally:
            self.stop()
