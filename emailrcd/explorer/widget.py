"""The one widget of the app: a view that keeps nothing.

It has no traits of its own. All it shows comes as messages, and all a user types leaves as messages: neither secrets nor
ids nor addresses become part of a widget's state, which JupyterLab may save into the notebook.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import anywidget
import msgspec

from ..charts.palette import DARK, LIGHT, css_variables
from .replies import Message

STATIC = Path(__file__).parent / "static"
MODULES = (
    "elements",
    "transfer",
    "picker",
    "connection",
    "intake",
    "query",
    "cards",
    "headline",
    "filters",
    "charts",
    "table",
    "investigation",
    "ledger",
    "still",
    "app",
)
"""The modules of the page; each imports only from those before it."""


def bundled() -> str:
    """Return all modules as one: the browser gets them as a text, and cannot import from beside it."""
    text = "\n".join((STATIC / f"{name}.js").read_text(encoding="utf-8") for name in MODULES)
    text = re.sub(r'^import [^;]*? from "\./[a-z]+\.js";$', "", text, flags=re.M | re.S)
    return re.sub(r"^export (?!default)", "", text, flags=re.M)


def styled() -> str:
    """Return the styles of the page, with the colours that charts and reports have, too."""
    colors = css_variables({part: f"light-dark({light},{DARK[part]})" for part, light in LIGHT.items()})
    return f".emailrcd{{{colors}}}\n{(STATIC / 'app.css').read_text(encoding='utf-8')}"


class Screen(anywidget.AnyWidget):
    """What the browser shows."""

    _esm = bundled()
    _css = styled()

    def show(self, message: Message, buffers: list[bytes] | None = None) -> None:
        """Send a message to all views of the widget."""
        self.send(msgspec.to_builtins(message), buffers)

    def displayed(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return what a notebook keeps of a view: where there is no app, the still below it speaks."""
        shown: Any = self._repr_mimebundle_()
        bundle, metadata = shown
        return {**bundle, "text/plain": ""}, metadata
