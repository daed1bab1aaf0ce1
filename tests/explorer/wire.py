"""The wire between a widget and a page, as Jupyter's protocol has it: what is sent over it is what a page gets."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from typing import Any
from unittest import mock

from comm.base_comm import BaseComm

from emailrcd import Explorer

Hear = Callable[[dict[str, Any], list[bytes]], None]


class Wire(BaseComm):
    """One end of a comm; keeps the widget's state as it was opened with."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self.state: dict[str, Any] = {}
        self.hear: Hear = lambda *_: None
        super().__init__(*arguments, **options)

    def publish_msg(self, msg_type, data=None, metadata=None, buffers=None, **keys) -> None:
        data = data or {}
        self.state |= data.get("state", {})
        if data.get("method") == "custom":
            json.dumps(data["content"], allow_nan=False)
            self.hear(data["content"], [bytes(each) for each in buffers or []])

    def say(self, content: dict[str, Any], buffers: list[bytes] | None = None) -> None:
        """Send what a page says."""
        message = {"content": {"data": {"method": "custom", "content": content}}, "buffers": buffers or []}
        self.handle_msg(message)


@contextlib.contextmanager
def caught() -> Iterator[list[Wire]]:
    """Catch the comms of widgets that are made meanwhile."""
    wires: list[Wire] = []

    def create(*arguments: Any, **options: Any) -> Wire:
        wires.append(Wire(*arguments, **options))
        return wires[-1]

    with mock.patch("comm.create_comm", create):
        yield wires


def wired(*arguments: Any, **options: Any) -> tuple[Explorer, Wire]:
    """Return an app and the wire to its page."""
    with caught() as wires:
        app = Explorer(*arguments, **options)
    return app, next(wire for wire in wires if "_esm" in wire.state)
