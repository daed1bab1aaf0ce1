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
from ..records.derived import domain_of
from ..wording import harmless
from .anonymity import initial_of, shown_of
from .disguises import UNSEEN, Hashes, replaced

Mask = Literal["mask", "hash", "drop"]
"""What becomes of an address: ``j***@example.com``; ``#5f0c2a9b1d@example.com``, by a key that no two files share; nothing."""

MASKS: tuple[Mask, ...] = get_args(Mask)

HIDDEN = "***"
"""What stands for a domain, or a local part, that may not be shown."""

_DROPPED = "[address]"
_WRITTEN_AT = re.compile(r"=40|\\+u0040|\s?[\[({]at[\])}]\s?|\s?@\s?", re.I)
_DOMAIN = re.compile(r"[\w\-]+(?:\.[\w\-]+)+")
_HOST = re.compile(r"\[[^\]\s]+\]|[\w\-.]+")
_INSIDE = re.compile(r"[a-z0-9_.+\-]")
_LONGEST_LOCAL = 128


class Masking:
    """Masks the addresses of one file, all in the same way, and checks the file before it is written.

    Parameters
    ----------
    records : DataFrame
        The records frame that goes into the file: its addresses must not, and its people decide which domains and initials
        may be shown; see `anonymity`.
    how : {"mask", "hash", "drop"}
        What becomes of an address.
    others : iterable of DataFrame
        Other records frames whose addresses must not go into the file.

    Raises
    ------
    EmailrcdError
        `how` is not one of these.
    """

    def __init__(self, records: pd.DataFrame, how: Mask = "mask", others: Iterable[pd.DataFrame] = ()) -> None:
        if how not in MASKS:
            raise EmailrcdError(f"mask must be one of {', '.join(MASKS)}, not {how!r}.")
        self.how = how
        self._key = secrets.token_bytes(16)
        self._shown = shown_of(records["to_address"])
        addresses = pd.concat([frame["to_address"] for frame in (records, *others)]).dropna().unique()
        self._known = _known(addresses)
        self._hashes = Hashes(addresses)
        self._hidden = {name for known in self._known for name in (known, _ascii(known))} - self._shown.domains

    def address(self, address: str) -> str:
        """Return an address masked; text that is not one counts as one."""
        if self.how == "drop":
            return _DROPPED
        local, at, domain = address.strip().rpartition("@")
        if not at:
            local, domain = domain, ""
        local = local.rpartition("<")[2].strip()
        name = domain_of(domain) or ""
        if self.how == "hash":
            shown = self._pseudonym(f"{local}@{name}".casefold())
        else:
            initial = initial_of(local)
            shown = f"{initial}***" if (name, initial) in self._shown.initials else HIDDEN
        return f"{shown}@{self.domain(name)}" if at else shown

    def domain(self, domain: str) -> str:
        """Return a domain as it is shown: hidden unless at least five people have it."""
        name = domain_of(domain)
        return name if name in self._shown.domains else HIDDEN

    def text(self, text: str) -> str:
        """Return text with every address in it masked, and every domain of the records that is hidden."""
        text = replaced(harmless(text), self.address, self._code, self._hashes)
        if self._hidden and "." in text:
            text = _DOMAIN.sub(lambda found: HIDDEN if self._is_hidden(found[0]) else found[0], text)
        return text

    def frame(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return a frame in which no text holds an address: neither a value, of whatever kind, nor a column's name.

        It is still a records frame; where addresses are dropped, ``to_address`` is missing throughout. Equal values stay
        equal; different ones may become so.
        """
        return self.cells(frame).set_axis([self.text(str(name)) for name in frame.columns], axis=1)

    def cells(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return a frame with the names of its columns, in which no value holds an address."""
        own: dict[str, Callable[[str], str | None]] = {"to_address": self._recipient, "domain": self.domain}
        return changed(frame, lambda name: own.get(name, self.text))

    def check(self, content: str) -> None:
        """Refuse content in which a raw address of the records stands, or a secret; call it before anything is written.

        Raises
        ------
        UnsafeFile
            It does. The message shows neither.
        """
        plain = re.sub(UNSEEN, "", unicodedata.normalize("NFKC", content))
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

    def _code(self, word: str) -> str:
        """Return what stands for a hash or another code of an address."""
        return {"mask": HIDDEN, "drop": _DROPPED}.get(self.how) or self._pseudonym(word)

    def _pseudonym(self, text: str) -> str:
        return "#" + hashlib.blake2b(text.encode(), key=self._key, digest_size=5).hexdigest()

    def _is_hidden(self, host: str) -> bool:
        """Tell whether a host is a hidden domain or within one."""
        labels = host.lower().split(".")
        return any(".".join(labels[at:]) in self._hidden for at in range(len(labels) - 1))

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


def _ascii(domain: str) -> str:
    """Return a domain as it travels: 例子.公司 is xn--fsqu00a.xn--55qx5d."""
    try:
        return idna.encode(domain, uts46=True).decode()
    except idna.IDNAError:
        return domain


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
    for start in range(len(before)):
        if not start or not _INSIDE.match(before, start - 1):
            yield before[start:]


def changed(frame: pd.DataFrame, change: Callable[[str], Callable[[str], str | None]]) -> pd.DataFrame:
    """Return a frame whose texts have been changed, each column's by what `change` gives for its name.

    Whatever is not a number, a truth value or a time is a text; statuses and providers are our own.
    """
    result = frame.copy(deep=False)
    for place, name in enumerate(frame.columns):
        values = frame.iloc[:, place]
        if name not in ("status", "provider") and not _is_typed(values):
            result.isetitem(place, _mapped(values, change(str(name))))
    return result


def _is_typed(values: pd.Series[Any]) -> bool:
    types = pd.api.types
    return (
        types.is_numeric_dtype(values.dtype)
        or types.is_datetime64_any_dtype(values.dtype)
        or types.is_timedelta64_dtype(values.dtype)
    ) and not isinstance(values.dtype, pd.CategoricalDtype)


def _mapped(values: pd.Series[Any], change: Callable[[str], str | None]) -> pd.api.extensions.ExtensionArray:
    """Change each distinct text once; missing values stay missing."""
    texts = values.astype("str").where(values.notna()).astype("str")
    codes, names = pd.factorize(texts)
    changed = np.array([*(change(name) for name in names), None], dtype=object)
    return pd.array(changed[codes], dtype="str")
