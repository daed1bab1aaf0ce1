"""The fonts of charts and reports, with one for Chinese, Japanese and Korean text where the machine or a wheel has it."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import matplotlib as mpl
from matplotlib import font_manager

from ..errors import EmailrcdWarning
from ..wording import listed

_CJK_FAMILY = re.compile(
    r"CJK|Source Han|WenQuanYi|PingFang|Hiragino|Heiti|STHeiti|Songti|SimHei|SimSun|Microsoft YaHei|Microsoft JhengHei|"
    r"Yu Gothic|Malgun Gothic|AR PL|Droid Sans Fallback|Unifont|Noto Sans SC",
    re.I,
)
"""Families with CJK glyphs that Linux, macOS and Windows have."""

_CJK_FILE = re.compile(r"cjk|sourcehan|wqy|pingfang|hiragino|heiti|songti|simhei|simsun|msyh|msjh|ukai|uming", re.I)
_SIMPLIFIED_SANS = re.compile(r"Sans CJK SC|Sans SC|PingFang|YaHei|SimHei|Zen Hei|Micro Hei", re.I)
_CJK_TEXT = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_BOX = "□"

HOW_TO_GET_ONE = "For Chinese, pip install zhplot, or on Debian apt install fonts-noto-cjk; then start Python anew."


def families() -> list[str]:
    """Return the font families of the user's settings, then one with CJK glyphs if there is one."""
    return [*mpl.rcParams["font.family"], *cjk_family()]


@cache
def cjk_family() -> tuple[str, ...]:
    """Return the family to draw CJK text with, or nothing."""
    names = cjk_families(font_manager.get_font_names())
    if not names:
        # matplotlib's list is older than a font that has been installed since.
        files = [path for path in font_manager.findSystemFonts() if _CJK_FILE.search(path)]
        for path in files or bundled_fonts():
            font_manager.fontManager.addfont(path)
        names = cjk_families(font_manager.get_font_names())
    return tuple(names[:1])


def cjk_families(names: Iterable[str]) -> list[str]:
    """Return those of some families that have CJK glyphs, a simplified Chinese sans serif before others."""
    return sorted(
        filter(_CJK_FAMILY.search, names),
        key=lambda name: (_SIMPLIFIED_SANS.search(name) is None, "Sans" not in name, "Mono" in name, name),
    )


def bundled_fonts() -> list[Path]:
    """Return the font files in the wheel zhplot, found but not imported: importing it changes matplotlib's settings."""
    spec = find_spec("zhplot")
    folders = (spec and spec.submodule_search_locations) or []
    return [file for folder in folders for file in sorted(Path(folder, "fonts").glob("*.ttf"))]


def holds_cjk(text: str) -> bool:
    """Tell whether a text has Chinese, Japanese or Korean in it."""
    return _CJK_TEXT.search(text) is not None


def without_glyph(texts: Iterable[str], fonts: Iterable[str]) -> str:
    """Return the characters in these texts that none of the fonts has."""
    glyphs = _glyphs(tuple(fonts))
    characters = dict.fromkeys(character for text in texts for character in text if not character.isspace())
    return "".join(character for character in characters if ord(character) not in glyphs)


def boxed(text: str, characters: str) -> str:
    """Return a text with boxes for these characters: matplotlib would warn of each of them at every drawing."""
    return text.translate(dict.fromkeys(map(ord, characters), _BOX))


def warn_of_boxes(characters: str) -> None:
    """Warn that these characters show as boxes.

    Warns
    -----
    EmailrcdWarning
        Always.
    """
    some = listed(characters, len(characters))
    warnings.warn(
        f"No font here has the characters {some}, so they show as {_BOX} in charts. {HOW_TO_GET_ONE}",
        EmailrcdWarning,
        stacklevel=5,
    )


@cache
def _glyphs(names: tuple[str, ...]) -> frozenset[int]:
    """Return the code points that at least one of these families has a glyph for."""
    paths = [font_manager.findfont(font_manager.FontProperties(family=[name])) for name in names]
    return frozenset().union(*(font_manager.get_font(path).get_charmap() for path in paths))
