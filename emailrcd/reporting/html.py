"""A report as one HTML file that opens offline: nothing in it comes from elsewhere, and nothing but its own script may run."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from ..errors import require
from .content import Content
from .document import page
from .figures import THEMES, adaptive, timeline_svg

if TYPE_CHECKING:
    from jinja2 import Environment

_PRINTED_MAILS = 50


def to_html(content: Content, check: Callable[[str], None]) -> bytes:
    """Return the file; `check` refuses text that must not be written."""
    shown = page(content)
    svg = timeline_svg(content)
    check(svg)
    shown["time"]["image"] = adaptive(svg)
    style, script = _style(), _source("report.js")
    text = (
        _environment()
        .get_template("report.html.j2")
        .render(
            page=shown,
            style=style,
            script=script,
            style_hash=_digest(style),
            script_hash=_digest(script),
            mails=_data({"columns": shown["mails"]["columns"], "rows": shown["mails"]["rows"]}),
            printed=_PRINTED_MAILS,
        )
    )
    check(text)
    return text.encode()


def _data(value: object) -> str:
    """Return JSON that cannot end the element it stands in."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.replace("&", r"\u0026").replace("<", r"\u003c").replace(">", r"\u003e")


@cache
def _environment() -> Environment:
    require("jinja2", "report", "An HTML report")
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("emailrcd.reporting"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _style() -> str:
    return f"{THEMES}\n{_source('report.css')}"


def _source(name: str) -> str:
    return files("emailrcd.reporting").joinpath("templates", name).read_text("utf-8")


def _digest(text: str) -> str:
    """Return what a Content-Security-Policy knows a script or style by."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
