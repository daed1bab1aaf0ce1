"""The encoding of a text file: told by its mark, by being UTF-8, by being plain Chinese – anything else is a guess and told."""

from __future__ import annotations

import codecs
import io
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from ..errors import IdsError
from .table import Content

_CHUNK = 1 << 16
_SAMPLE = 4_000
_SURE = 0.9
_HALF = 0.5
_THIRD = 0.3
_FEW = 0.01


_KOREAN = (
    "이다는에의가을고하지를도로한은서기사나자어리시대인아일정스수그부상있해제보원"
    "전주만구라조장여성과거니들적세요게우마선오신영동경공국김박회"
)
"""The syllables that half of a Korean text is made of, and one in forty of a Chinese one that is read as Korean."""


class Text(NamedTuple):
    """A file as text, which can be gone through again, and what the user should know of its encoding."""

    name: str
    open: Callable[[], io.TextIOWrapper]
    notices: list[str]


class _Trial(NamedTuple):
    """A reading of a file: the first characters beyond ASCII, how many there were, how many damaged, and whether one is cut."""

    sample: str
    damaged: int
    foreign: int
    is_cut: bool


def as_text(content: Content) -> Text:
    """Return a file as text.

    Raises
    ------
    IdsError
        It is not text, or it ends in the midst of a character.
    """
    with content.open() as opened:
        begin = opened.read(4)
    if begin.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _in(content, "utf-16", _tried(content, "utf-16"))
    trial = _tried(content, "utf-8-sig")
    # A single foreign letter at the end is likelier to be of another encoding.
    if trial is not None and (trial.foreign or not trial.is_cut):
        return _in(content, "utf-8-sig", trial)
    damaged = _tried(content, "utf-8-sig", "replace")
    if damaged is None:
        raise _not_text(content.name)
    chinese, taiwanese, western = (_tried(content, encoding) for encoding in ("gb18030", "big5", "cp1252"))
    likely_big5 = _share(taiwanese, "big5", 0xA4, 0xC6) >= _SURE
    if _share(chinese, "gb2312", 0xB0, 0xF7) >= _SURE and _share(chinese, "gb2312", 0xB0, 0xD7) >= _HALF:
        korean = _tried(content, "cp949")
        syllables = korean.sample if korean is not None else ""
        if sum(map(_KOREAN.__contains__, syllables)) > _THIRD * len(syllables):
            named, trial = "CP949", korean
        elif not likely_big5:
            return _in(content, "gb18030", chinese)
        else:
            named, trial = "GB18030", chinese
    elif likely_big5:
        named, trial = "Big5", taiwanese
    else:
        named, trial = ("GB18030", chinese) if western is None else ("Windows-1252", western)
    if damaged.damaged <= max(1, _FEW * damaged.foreign) and damaged.foreign > damaged.damaged:
        notice = f"{content.name} is UTF-8 but for a few bytes, which stand as '\ufffd' now: it may be damaged."
        return _in(content, "utf-8-sig", damaged, notice, "replace")
    notice = (
        f"{content.name} does not say in which encoding it is: it was read as {named}, which is a guess. If its words "
        "look wrong, save it as UTF-8."
    )
    return _in(content, named, trial, notice)


def _not_text(name: str) -> IdsError:
    return IdsError(
        f"{name} is not text in UTF-8, UTF-16 or GB18030. Save it as CSV UTF-8, or give the Excel or Parquet file itself."
    )


def _in(content: Content, encoding: str, trial: _Trial | None, notice: str = "", errors: str = "strict") -> Text:
    if trial is None:
        raise _not_text(content.name)
    if trial.is_cut:
        raise IdsError(
            f"{content.name} ends in the midst of a character: it was cut off. Get the whole file and try again."
        )
    return Text(
        content.name,
        lambda: io.TextIOWrapper(content.open(), encoding=encoding, errors=errors),
        [notice] if notice else [],
    )


def _tried(content: Content, encoding: str, errors: str = "strict") -> _Trial | None:
    """Read the whole file in an encoding; None if it cannot be, or if it holds what no text does."""
    sample: list[str] = []
    damaged = foreign = 0
    decoder = codecs.getincrementaldecoder(encoding)(errors)
    with content.open() as opened:
        for data in iter(partial(opened.read, _CHUNK), b""):
            try:
                text = decoder.decode(data)
            except UnicodeDecodeError:
                return None
            if "\0" in text:
                return None
            if not text.isascii() and (len(sample) < _SAMPLE or errors == "replace"):
                strange = [sign for sign in text if sign > "\x7f"]
                foreign += len(strange)
                damaged += strange.count("\ufffd")
                sample += strange[: _SAMPLE - len(sample)]
    return _Trial("".join(sample), damaged, foreign, is_cut=errors == "strict" and decoder.getstate()[0] != b"")


def _share(trial: _Trial | None, encoding: str, first: int, last: int) -> float:
    """Return the share of the frequent characters of an encoding, by their first byte, among those of a text."""
    begins = [] if trial is None else [sign.encode(encoding, "replace")[0] for sign in trial.sample]
    letters = [begin for begin in begins if not 0xA1 <= begin <= 0xA3]
    return sum(first <= begin <= last for begin in letters) / max(1, len(letters))
