"""Visits: a page, a kernel behind it, and whose it is. A page that is loaded again within a minute finds its kernel."""

from __future__ import annotations

import hmac
import os
import re
import secrets
import time
from collections.abc import AsyncIterator
from typing import Any

from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager
from tornado.web import HTTPError
from voila.tornado.handler import TornadoVoilaHandler

COOKIE = "emailrcd-visitor"
"""Tells one visitor's browser from another's: the address of a visit alone opens nothing."""

_KERNEL_ID = re.compile(r'"kernelId": "([0-9a-f-]+)"')

FULL = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="30"><title>What became of the mail?</title><link rel="icon" href="data:,">
<style>
  body { color-scheme: light dark; margin: 20vh auto; max-width: 34em; padding: 0 16px; font: 16px/1.5 system-ui, sans-serif }
</style>
</head><body><main><h1>The app is full</h1><p>All NUMBER places are taken at the moment. A place is free a minute after somebody
closes their page. This page tries again every half a minute; you need not do anything.</p></main></body></html>
"""


class VisitorKernels(AsyncMappingKernelManager):
    """Starts kernels that know nothing of the request they are for, which holds the token."""

    async def start_kernel(self, *arguments: Any, **options: Any) -> str:  # type: ignore[override] # as its base has it
        """Start a kernel in the environment of the server, which holds no secret."""
        kernel_id: str = await super().start_kernel(*arguments, **{**options, "env": dict(os.environ)})
        return kernel_id


class Visits:
    """All visits of a server.

    Parameters
    ----------
    kernels : AsyncMappingKernelManager
        Their kernels.
    most : int
        How many there can be at once.
    kept_seconds : float
        For how long the kernel of a closed page stays.
    """

    def __init__(self, kernels: Any, most: int, kept_seconds: float) -> None:
        self.most = most
        self._kernels = kernels
        self._kept_seconds = kept_seconds
        # Of each kernel the page as it was rendered, and the secret of the browser that it was rendered for.
        self._visits: dict[str, tuple[str, str]] = {}
        self._left: dict[str, float] = {}
        self._beginning = 0

    def begin(self) -> bool:
        """Take a place for a visit; False if all are taken."""
        if len(self._kernels.list_kernel_ids()) + self._beginning >= self.most:
            return False
        self._beginning += 1
        return True

    def begun(self, page: str, visitor: str) -> None:
        """Keep the page of a visit for which a place was taken; a page without a kernel did not begin one."""
        self._beginning -= 1
        if found := _KERNEL_ID.search(page):
            self._visits[found[1]] = page, visitor

    def page(self, kernel_id: str, visitor: str) -> str | None:
        """Return the page of a visit, if its kernel is there and it is this visitor's."""
        if kernel_id not in self._visits or kernel_id not in self._kernels:
            return None
        page, owner = self._visits[kernel_id]
        if not hmac.compare_digest(owner, visitor):
            return None
        self._left.pop(kernel_id, None)
        return page

    async def end_closed(self) -> None:
        """End the kernels whose pages have been closed for too long, and forget those that ended by themselves."""
        now = time.monotonic()
        self._visits = {each: visit for each, visit in self._visits.items() if each in self._kernels}
        self._left = {each: since for each, since in self._left.items() if each in self._visits}
        for kernel_id in list(self._visits):
            if self._kernels.kernel_model(kernel_id)["connections"]:
                self._left.pop(kernel_id, None)
            elif now - self._left.setdefault(kernel_id, now) >= self._kept_seconds:
                await self._kernels.shutdown_kernel(kernel_id, now=True)


class VisitHandler(TornadoVoilaHandler):  # type: ignore[misc] # Voilà declares no types
    """Serves the page of a visit: one that goes on, or a new one while there is a place."""

    async def get_generator(self, path: str | None = None) -> AsyncIterator[str]:
        """Yield the page."""
        if path:
            raise HTTPError(404)
        visits: Visits = self.settings["visits"]
        visitor = (self.get_signed_cookie(COOKIE) or b"").decode() or secrets.token_urlsafe(24)
        page = visits.page(self.get_argument("visit", ""), visitor)
        if page is not None:
            self.set_header("Cache-Control", "no-store")
            yield page
            return
        if not visits.begin():
            self.set_status(503)
            yield FULL.replace("NUMBER", f"{visits.most:,}")
            return
        self.set_signed_cookie(COOKIE, visitor, expires_days=None, httponly=True, samesite="Strict")
        parts: list[str] = []
        try:
            async for part in super().get_generator():
                parts.append(part)
                yield part
        finally:
            visits.begun("".join(parts), visitor)
