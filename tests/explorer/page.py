"""A page without a browser: hears what a page would be told, says what it would say."""

from __future__ import annotations

import threading
from typing import Any

from emailrcd import Explorer
from tests.explorer.wire import wired

PATIENCE = 60
SAMPLE_IDS = 2_000
NO_FILTERS = {"provider": "", "domain": "", "text": ""}


class Page:
    """The page of one app."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self.app: Explorer
        self.app, self.wire = wired(*arguments, **options)
        self.messages: list[tuple[dict[str, Any], list[bytes]]] = []
        self._awaited: dict[str, threading.Event] = {}
        self.wire.hear = self._hear

    def _hear(self, content: dict[str, Any], buffers: list[bytes]) -> None:
        self.messages.append((content, buffers))
        if content["type"] in self._awaited:
            self._awaited[content["type"]].set()

    def heard(self, kind: str) -> threading.Event:
        """Return what is set once a message of this kind comes."""
        return self._awaited.setdefault(kind, threading.Event())

    def say(self, kind: str, buffers: list[bytes] | None = None, **content: Any) -> None:
        self.wire.say({"type": kind, **content}, buffers)

    def last(self, kind: str, **keys: Any) -> dict[str, Any]:
        """Return the last message of this kind, with these contents."""
        found = (content for content, _ in reversed(self.messages) if content["type"] == kind)
        return next(content for content in found if keys.items() <= content.items())

    @property
    def problem(self) -> str:
        return self.last("state")["problem"]

    def upload(self, name: str, data: bytes, chunk: int = 1000, purpose: str = "ids") -> None:
        self.say("begin-upload", number=1, name=name, size=len(data), purpose=purpose)
        while data and (offset := self.last("next")["offset"]) < len(data):
            self.say("send-chunk", [data[offset : offset + chunk]], number=1, offset=offset)

    def query(self, *, watch: bool = False, refresh: bool = False) -> None:
        self.say("start-query", watch=watch, refresh=refresh, anyway=False)
        assert self.app.wait(PATIENCE)

    def downloaded(self) -> bytes:
        """Fetch the file that was offered last, as a page does."""
        offer = self.last("file-ready")
        data = b""
        while len(data) < offer["size"]:
            self.say("download", number=offer["number"], offset=len(data))
            content, buffers = next(each for each in reversed(self.messages) if each[0]["type"] == "file-chunk")
            assert content["offset"] == len(data)
            data += buffers[0]
        return data
