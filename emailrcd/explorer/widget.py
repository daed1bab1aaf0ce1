"""The one widget of the app: a view that keeps nothing.

It has no traits of its own. All it shows comes as messages, and all a user types leaves as messages: neither secrets nor
ids nor addresses become part of a widget's state, which JupyterLab may save into the notebook.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import anywidget

_STATIC = Path(__file__).parent / "static"
_SCRIPTS = ("elements", "transfer", "connection", "intake", "query", "results", "investigation", "app")
"""One module to the browser, which cannot import from beside it; in order, since each uses those before."""

Receive = Callable[[Mapping[str, Any], list[memoryview]], None]


class Screen(anywidget.AnyWidget):
    """What the browser shows.

    Parameters
    ----------
    receive : callable
        Receives each message of the browser and its buffers.
    """

    _esm = "\n".join((_STATIC / f"{name}.js").read_text(encoding="utf-8") for name in _SCRIPTS)
    _css = _STATIC / "app.css"

    def __init__(self, receive: Receive) -> None:
        super().__init__()
        self.on_msg(lambda _, content, buffers: receive(content, buffers))

    def show(self, kind: str, buffers: list[bytes] | None = None, **content: Any) -> None:
        """Send a message to all views of the widget."""
        self.send({"type": kind, **content}, buffers)
