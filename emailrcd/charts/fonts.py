"""Which fonts charts are drawn with, so that Chinese, Japanese and Korean text shows where such a font is installed."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache

import matplotlib as mpl
from matplotlib import font_manager

from ..errors import EmailrcdWarning

_CJK = re.compile(
    r"CJK|Source Han|WenQuanYi|PingFang|Hiragino|Heiti|STHeiti|Songti|SimHei|SimSun|Microsoft YaHei|Microsoft JhengHei|"
    r"Yu Gothic|Malgun Gothic|AR PL|Droid Sans Fallback|Unifont",
    re.I,
)
"""Families with CJK glyphs that Linux, macOS and Windows have."""

_WRITTEN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")

_CJK_FILES = re.compile(r"cjk|sourcehan|wqy|pingfang|hiragino|heiti|songti|simhei|simsun|msyh|msjh|ukai|uming", re.I)
_SIMPLIFIED_SANS = re.compile(r"Sans CJK SC|Sans SC|PingFang|YaHei|SimHei|Zen Hei|Micro Hei", re.I)


def families() -> list[str]:
    """Return the font families of the user's settings, then one with CJK glyphs if there is one."""
    return [*mpl.rcParams["font.family"], *cjk_family()]


@cache
def cjk_family() -> tuple[str, ...]:
    """Return the family to draw CJK text with: a simplified Chinese sans serif rather than others; none if there is none."""
    found = _listed()
    if not found:
        # matplotlib's list is older than a font that has been installed since.
        for path in font_manager.findSystemFonts():
            if _CJK_FILES.search(path):
                font_manager.fontManager.addfont(path)
        found = _listed()
    found.sort(key=lambda name: (_SIMPLIFIED_SANS.search(name) is None, "Sans" not in name, "Mono" in name, name))
    return tuple(found[:1])


def holds_cjk(text: str) -> bool:
    """Tell whether a text has Chinese, Japanese or Korean in it."""
    return _WRITTEN.search(text) is not None


def hint_if_boxes(texts: Iterable[str]) -> None:
    """Warn, once for all of them, that there is no font to draw these texts with.

    Warns
    -----
    EmailrcdWarning
        There is Chinese, Japanese or Korean in them, and no font here has it.
    """
    if not cjk_family() and any(map(holds_cjk, texts)):
        warnings.warn(
            "No font for Chinese text is installed here, so it shows as boxes in charts. On Debian: "
            "apt install fonts-noto-cjk, then start Python anew.",
            EmailrcdWarning,
            stacklevel=5,
        )


@contextmanager
def hinted_once() -> Iterator[None]:
    """Leave it at the hint: matplotlib would warn of every single glyph, and at every drawing."""
    with warnings.catch_warnings():
        if not cjk_family():
            warnings.filterwarnings("ignore", r"Glyph \d+ \(\\N\{(?:CJK|HIRAGANA|KATAKANA|HANGUL)", UserWarning)
        yield


def _listed() -> list[str]:
    return [name for name in font_manager.get_font_names() if _CJK.search(name)]
