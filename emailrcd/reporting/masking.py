"""Masking: addresses made unreadable in whatever is made to be shared, and the check that none got through."""

from __future__ import annotations

import hashlib
import html
import re
import secrets
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Literal, get_args
from urllib.parse import unquote

import idna
import numpy as np
import pandas as pd

from ..api.credentials import holds_secret
from ..errors import EmailrcdError, UnsafeFile
from ..records.providers import OTHER, UNKNOWN, provider_of

Mask = Literal["mask", "hash", "drop"]
"""What becomes of an address: ``j***@example.com``; ``#5f0c2a9b1d@example.com``, by a key that no two files share; nothing."""

MASKS: tuple[Mask, ...] = get_args(Mask)
FEW = 5
"""A domain with fewer mails than this, or with one address only, may be a person and is masked too."""

HIDDEN = "***"
"""What stands for a domain that is masked."""

_DROPPED = "[address]"
_UNSEEN = "[\u200b-\u200d\u2060\ufeff]*"
_AT = rf"{_UNSEEN}(?:@|＠|%(?:25)*40|&#0*64;|&#x0*40;|&commat;|\\u0040){_UNSEEN}"
_SPACED_AT = rf"(?:\s?[\[({{]at[\])}}]\s?|{_AT}\s|\s{_AT}\s?)"
"""What may be an @: only before a whole host."""

_SIGN = re.compile(rf"{_SPACED_AT}|{_AT}", re.I)
_LOCAL = r"""(?:"[^"\n]{0,80}"|[^\s@＠<>()\[\],;:"'，；：、|=/\\]{1,128})"""
# Chinese text may follow an address without a blank: a host of ASCII labels ends where ASCII does.
_ASCII_HOST = r"[a-z0-9\-]+(?:\.[a-z0-9\-]+)+(?![\u00c0-\u024f]|\.\w)"
_HOSTS = rf"(?:\[[^\]\s]+\]|{_ASCII_HOST}|[\w\-]+(?:[.。][\w\-]+)*)"
_WHOLE_HOST = rf"(?=[\w.。\-]*[.。][^\W\d]){_HOSTS}"
# A bounce address has the recipient's in it: jane=example.com@bounces.example.
_BOUNCED = rf"(?:{_LOCAL}=(?=[\w\-]+\.[\w.\-]+@))?"
_ADDRESS = re.compile(rf"{_BOUNCED}{_LOCAL}(?:{_AT}{_HOSTS}|{_SPACED_AT}{_WHOLE_HOST})", re.I)
_WRITTEN_AT = re.compile(r"=40|\\+u0040|\s?[\[({]at[\])}]\s?|\s?@\s?", re.I)
_DOMAIN = re.compile(r"[\w\-]+(?:\.[\w\-]+)+")
_HOST = re.compile(r"\[[^\]\s]+\]|[\w\-.]+")
_INSIDE = re.compile(r"[a-z0-9_.+\-]")
_LONGEST_LOCAL = 128


class Masking:
    """Masks the addresses of one file, all in the same way, and checks the file before it is written.

    Parameters
    ----------
    frames : iterable of DataFrame
        The records frames that go into the file: their addresses must not, and they tell which domains are small.
    how : {"mask", "hash", "drop"}
        What becomes of an address.

    Raises
    ------
    EmailrcdError
        `how` is none of these.

    Examples
    --------
    >>> Masking([]).text("ask jane.doe@gmail.com or me@jane-doe.example")
    'ask j***@gmail.com or m***@***'
    """

    def __init__(self, frames: Iterable[pd.DataFrame], how: Mask = "mask") -> None:
        if how not in MASKS:
            raise EmailrcdError(f"mask must be one of {', '.join(MASKS)}, not {how!r}.")
        self.how = how
        self._key = secrets.token_bytes(16)
        mails = pd.concat([frame[["to_address", "domain"]] for frame in frames] or [_NOBODY], ignore_index=True)
        counts = mails.groupby("domain")["to_address"].agg(["size", "nunique"])
        enough = (counts["size"] >= FEW) & (counts["nunique"] > 1)
        self._shown = {str(name) for name in counts.index[enough]}
        small = {str(name) for name in counts.index[~enough] if _is_small(str(name))}
        self._small = small | {_ascii(name) for name in small}
        self._known = _known(mails["to_address"].dropna().unique())

    def address(self, address: str) -> str:
        """Return an address masked; text that is none counts as one."""
        if self.how == "drop":
            return _DROPPED
        local, at, domain = address.strip().rpartition("@")
        if not at:
            local, domain = domain, ""
        local = local.rpartition("<")[2].strip().lstrip('"')
        if self.how == "hash":
            whole = f"{local}@{domain}".casefold().encode()
            local = "#" + hashlib.blake2b(whole, key=self._key, digest_size=5).hexdigest()
        else:
            local = f"{local[:1]}***"
        return f"{local}@{self.domain(domain.rstrip('> '))}" if at else local

    def domain(self, domain: str) -> str:
        """Return a domain as it is shown: masked if it has few mails or one address, and is no known provider's."""
        name = domain.lower()
        return domain if name in self._shown or not _is_small(name) else HIDDEN

    def text(self, text: str) -> str:
        """Return text with every address in it masked, and every small domain of the records."""
        if _SIGN.search(text):
            text = _ADDRESS.sub(self._found, text)
        if self._small and "." in text:
            text = _DOMAIN.sub(lambda found: HIDDEN if self._is_within_small(found[0]) else found[0], text)
        return text

    def frame(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return a frame in which no text holds an address: neither a value, of whatever kind, nor a column's name.

        It is still a records frame; where addresses are dropped, ``to_address`` is missing throughout. Equal values stay
        equal; different ones may become so.
        """
        result = frame.copy(deep=False)
        for place, name in enumerate(frame.columns):
            values = frame.iloc[:, place]
            if name == "to_address":
                result.isetitem(place, _mapped(values, self._recipient).array)
            elif name == "domain":
                result.isetitem(place, _mapped(values, self.domain).array)
            elif name not in ("status", "provider") and _is_text(values):
                result.isetitem(place, _mapped(values, self.text).array)
        return result.set_axis([self.text(str(name)) for name in frame.columns], axis=1)

    def check(self, content: str) -> None:
        """Refuse content in which a raw address of the records stands, or a secret; call it before anything is written.

        Raises
        ------
        UnsafeFile
            It does. The message shows neither.
        """
        plain = re.sub(_UNSEEN, "", unicodedata.normalize("NFKC", content))
        # Text that came in escaped has been escaped once more.
        unescaped = html.unescape(html.unescape(plain))
        for form in {plain, unescaped, unquote(unquote(plain)), _WRITTEN_AT.sub("@", plain)}:
            if self._leaks(form.casefold()):
                raise UnsafeFile(
                    "A recipient's address stands in the file in full, so it was not written. It came in with a title, a note "
                    "or a column in a form that is not recognised as an address. Leave that out, or pass show_addresses=True "
                    "if addresses may be seen."
                )
        refuse_secrets(content)

    def _recipient(self, address: str) -> str | None:
        return None if self.how == "drop" else self.address(address)

    def _found(self, match: re.Match[str]) -> str:
        return self.address(_SIGN.sub("@", match[0], count=1))

    def _is_within_small(self, host: str) -> bool:
        """Tell whether a host is a small domain or within one."""
        labels = host.lower().split(".")
        return any(".".join(labels[at:]) in self._small for at in range(len(labels) - 1))

    def _leaks(self, text: str) -> bool:
        """Tell whether a known address stands in `text`, whatever is glued to it."""
        at = text.find("@")
        while at >= 0:
            host = _HOST.match(text, at + 1)
            known = [self._known[name] for name in _heads(host[0] if host else "") if name in self._known]
            if known and any(
                local in names for local in _tails(text[max(0, at - _LONGEST_LOCAL) : at]) for names in known
            ):
                return True
            at = text.find("@", at + 1)
        return False


def refuse_secrets(content: str) -> None:
    """Refuse content that holds a secret of credentials in use.

    Raises
    ------
    UnsafeFile
        It does.
    """
    if holds_secret(content):
        raise UnsafeFile(
            "An API key, secret or signature stands in the file, so it was not written. Look for it in the title and in your "
            "own columns, and take it out there."
        )


_NOBODY = pd.DataFrame({"to_address": pd.Series(dtype="str"), "domain": pd.Series(dtype="str")})


def _ascii(domain: str) -> str:
    """Return a domain as it travels: 例子.公司 is xn--fsqu00a.xn--55qx5d."""
    try:
        return idna.encode(domain, uts46=True).decode()
    except idna.IDNAError:
        return domain


def _is_small(domain: str) -> bool:
    return provider_of(domain) in (OTHER, UNKNOWN)


def _known(addresses: Iterable[str]) -> dict[str, set[str]]:
    """Return the local parts of raw addresses by domain, as they would be met in a text; those masked already are none."""
    known: dict[str, set[str]] = {}
    for address in addresses:
        local, _, domain = unicodedata.normalize("NFKC", address).casefold().strip(" <>").rpartition("@")
        last = local.rpartition("<")[2].split()[-1:]
        if last and "***" not in last[0]:
            known.setdefault(domain, set()).add(last[0][-_LONGEST_LOCAL:])
    return known


def _heads(host: str) -> list[str]:
    """Return a host and its beginnings that end before a sign of punctuation or another script: text may go on at once."""
    ends = (at for at in range(1, len(host)) if not (host[at].isascii() and host[at].isalnum()))
    return [host, *(host[:at] for at in ends)]


def _tails(before: str) -> Iterator[str]:
    """Yield what stands before an @, from each sign on that can begin a local part."""
    before = before[max((before.rfind(blank) for blank in " \n\t"), default=-1) + 1 :]
    for start in range(len(before)):
        if not start or not _INSIDE.match(before, start - 1):
            yield before[start:]


def _is_text(values: pd.Series[Any]) -> bool:
    return values.dtype == object or isinstance(values.dtype, pd.StringDtype | pd.CategoricalDtype)


def _mapped(values: pd.Series[Any], change: Callable[[str], str | None]) -> pd.Series[Any]:
    """Change each distinct text once; missing values stay missing."""
    texts = values.astype("str").where(values.notna()).astype("str")
    codes, names = pd.factorize(texts)
    changed = np.array([*(change(name) for name in names), None], dtype=object)
    return pd.Series(changed[codes], index=values.index, dtype="str", name=values.name)
