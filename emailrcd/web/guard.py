"""Nothing is served without the token, and nothing of a request but its kind and status is logged."""

from __future__ import annotations

from types import TracebackType
from typing import Any

from jupyter_core.utils import ensure_async
from jupyter_server.base.handlers import JupyterHandler
from tornado.web import HTTPError, RequestHandler

_POLICY = "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:; frame-ancestors 'self'"
"""Widgets bring their script as text; nothing is ever loaded from elsewhere."""

_REFUSED = "This address is not complete. Ask whoever runs the app for the whole of it, with its token."
_FAILED = "This did not work. Load the page again; if it stays so, tell whoever runs the app."


class Guarded(JupyterHandler):
    """Refuses a request that brings neither the token nor the cookie that was given for it."""

    @property
    def content_security_policy(self) -> str:
        """What a page may load, and from where."""
        return _POLICY

    def set_default_headers(self) -> None:
        """Keep the address, which holds the token, from other sites."""
        super().set_default_headers()
        self.set_header("Referrer-Policy", "no-referrer")

    async def prepare(self, *arguments: Any, **options: Any) -> None:
        """Look at the token before anything else."""
        if await ensure_async(self.identity_provider.get_user(self)) is None:
            raise HTTPError(403)
        await super().prepare(*arguments, **options)

    def write_error(self, status_code: int, **_: Any) -> None:
        """Say what to do, and nothing of what is inside."""
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.finish(_REFUSED if status_code == 403 else _FAILED)

    def log_exception(
        self, _kind: type[BaseException] | None, value: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        """Log defects alone: addresses of pages hold the token."""
        if not isinstance(value, HTTPError):
            self.log.error("A request failed in %s", type(self).__name__, exc_info=value)


class PageLeft(JupyterHandler):
    """What a page says when it is left: its kernel stays for a while, so that nothing happens."""

    def check_xsrf_cookie(self) -> None:
        """Ask for no second secret, which a page that is left cannot bring: nothing is changed."""

    def post(self, *_: str) -> None:
        """Take note."""
        self.set_status(204)


def guarded(handler: type[RequestHandler]) -> type[RequestHandler]:
    """Return a handler that does the same, behind the guard."""
    return type(handler.__name__, (Guarded, handler, JupyterHandler), {})
