"""A report as a paged document, set by typst: one wheel, with a font for Chinese text from the system or another wheel."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from importlib.resources import files

from ..charts.fonts import HOW_TO_GET_ONE, bundled_fonts, cjk_families, holds_cjk
from ..charts.palette import LIGHT
from ..errors import EmailrcdError, EmailrcdWarning, require
from .content import Content
from .document import page
from .figures import timeline_svg


def to_pdf(content: Content, check: Callable[[str], None]) -> bytes:
    """Return the file; `check` refuses text that must not be written.

    Warns
    -----
    EmailrcdWarning
        The text holds Chinese, Japanese or Korean, and no font here has it.
    """
    require("typst", "report", "A PDF")
    import typst

    shown = page(content)
    shown["time"]["svg"] = timeline_svg(content)
    text = json.dumps(shown, ensure_ascii=False)
    check(text)
    fonts = typst.Fonts(include_system_fonts=True, font_paths=[file.parent for file in bundled_fonts()])
    chinese = cjk_families(fonts.families())
    if holds_cjk(text) and not chinese:
        warnings.warn(
            f"No font for Chinese text is installed here, so it shows as boxes in the PDF. {HOW_TO_GET_ONE} HTML and XLSX need "
            "none.",
            EmailrcdWarning,
            stacklevel=2,
        )
    inputs = {"page": text, "colors": json.dumps(LIGHT), "fonts": json.dumps(chinese[:1])}
    template = files("emailrcd.reporting").joinpath("templates", "report.typ").read_bytes()
    try:
        return bytes(typst.compile(template, font_paths=fonts, sys_inputs=inputs))
    except typst.TypstError as exc:
        problem = str(exc)
    raise EmailrcdError(f"The PDF cannot be set: {problem}. HTML holds the same.")
