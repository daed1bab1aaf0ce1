"""Which fonts charts are drawn with, so that Chinese, Japanese and Korean text shows where such a font is installed."""

from __future__ import annotations

import re
from functools import cache

import matplotlib as mpl
from matplotlib import font_manager

_CJK = re.compile(
    r"CJK|Source Han|WenQuanYi|PingFang|Hiragino|Heiti|STHeiti|Songti|SimHei|SimSun|Microsoft YaHei|Microsoft JhengHei|"
    r"Yu Gothic|Malgun Gothic|AR PL|Droid Sans Fallback|Unifont",
    re.I,
)
"""Families with CJK glyphs that Linux, macOS and Windows have."""

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


def _listed() -> list[str]:
    return [name for name in font_manager.get_font_names() if _CJK.search(name)]
