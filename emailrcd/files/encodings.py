"""The encoding of a text file: told by its mark, or by being UTF-8 – anything else is a guess and told."""

from __future__ import annotations

import codecs
import io
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from typing import NamedTuple

from ..errors import IdsError
from .table import Content

_CHUNK = 1 << 16
_LINES = 1_000
_FEW = 0.01
_HALF = 0.5
_CHINESE = {"GB18030": ("gb2312", range(0xB0, 0xD8)), "Big5": ("big5", range(0xA4, 0xC7))}
"""By which codec, and which first bytes, the frequent characters of an encoding are known."""

_PUNCTUATION = range(0xA1, 0xA4)


class Text(NamedTuple):
    """A file as text, which can be gone through again, and what the user should know of its encoding."""

    name: str
    open: Callable[[], io.TextIOWrapper]
    notices: list[str]


def as_text(content: Content) -> Text:
    """Return a file as text.

    Raises
    ------
    IdsError
        It is not text.
    """
    with content.open() as opened:
        is_utf_16 = opened.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    encoding = "UTF-16" if is_utf_16 else "UTF-8-sig"
    try:
        if any("\0" in text for text in _pieces(content, encoding, "strict")):
            raise _not_text(content.name)
        return Text(content.name, partial(_opened, content, encoding, "strict"), [])
    except UnicodeError:
        foreign = damaged = 0
    for text in _pieces(content, encoding, "replace"):
        if "\0" in text:
            raise _not_text(content.name)
        foreign += len(text) - len(text.encode("ascii", "ignore"))
        damaged += text.count("\ufffd")
    # A single foreign letter is likelier to be of another encoding.
    if damaged <= max(1, _FEW * foreign) and foreign > damaged:
        known = encoding.removesuffix("-sig")
        told = f"is {known} but for a few bytes, which stand as '\ufffd' now: it may be damaged or cut off."
    elif is_utf_16:
        raise _not_text(content.name)
    else:
        encoding = _guessed(content)
        told = (
            f"does not say in which encoding it is: it was read as {encoding}, which is a guess. If its words look wrong, "
            "save it as UTF-8."
        )
    return Text(content.name, partial(_opened, content, encoding, "replace"), [f"{content.name} {told}"])


def _not_text(name: str) -> IdsError:
    return IdsError(
        f"{name} is not text in UTF-8, UTF-16 or GB18030. Save it as CSV UTF-8, or give the Excel or Parquet file itself."
    )


def _opened(content: Content, encoding: str, errors: str) -> io.TextIOWrapper:
    return io.TextIOWrapper(content.open(), encoding=encoding, errors=errors)


def _pieces(content: Content, encoding: str, errors: str) -> Iterator[str]:
    with _opened(content, encoding, errors) as opened:
        while text := opened.read(_CHUNK):
            yield text


def _guessed(content: Content) -> str:
    """Return the encoding whose frequent characters most of a text consists of, as far as it is not ASCII."""
    with content.open() as opened:
        sample = b"".join(islice((line for line in opened if not line.isascii()), _LINES))
    shares = {}
    for name, (codec, frequent) in _CHINESE.items():
        signs = [sign for sign in sample.decode(codec, "replace") if sign > "\x7f"]
        begins = [sign.encode(codec, "replace")[0] for sign in signs]
        letters = [begin for begin in begins if begin not in _PUNCTUATION]
        shares[name] = sum(begin in frequent for begin in letters) / max(1, len(letters))
    best = max(shares, key=lambda name: shares[name])
    return best if shares[best] >= _HALF else "Windows-1252"
