"""Addresses in a text, in whatever form they stand there: written otherwise, encoded, or hashed."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Callable, Collection, Iterator
from functools import cache

UNSEEN = "[\u00ad\u200b-\u200d\u2060\ufeff]*"
"""Characters that take no room."""

_AT = rf"{UNSEEN}(?:@|＠|%(?:25)*40|&#0*64;|&#x0*40;|&commat;|\\u0040){UNSEEN}"
_SPACED_AT = rf"(?:\s*[\[({{<（【]\s*(?:at|@|＠)\s*[\])}}>）】]\s*|{_AT}\s|\s{_AT}\s?)"
"""What may be an @: only before a whole host."""

_SIGN = re.compile(rf"{_SPACED_AT}|{_AT}", re.I)
_DOT = re.compile(r"\s*[\[({<（【]\s*(?:dot|\.)\s*[\])}>）】]\s*", re.I)
_IN_WORDS = re.compile(r"(?<![\w.+\-])([\w.+\-]+)\s+at\s+((?:[\w\-]+\s+dot\s+)+[a-z]{2,})\b", re.I)
_DOT_IN_WORDS = re.compile(r"\s+dot\s+", re.I)
_LOCAL = r"""(?:"[^"\n]{0,80}"|[^\s@＠<>()\[\],;:"'，；：、|=/\\]{1,128})"""
# Chinese text may follow an address without a blank: a host of ASCII labels ends where ASCII does.
_ASCII_HOST = r"[a-z0-9\-]+(?:\.[a-z0-9\-]+)+(?![\u00c0-\u024f]|\.\w)"
_HOSTS = rf"(?:\[[^\]\s]+\]|{_ASCII_HOST}|[\w\-]+(?:[.。][\w\-]+)*)"
_WHOLE_HOST = rf"(?=[\w.。\-]*[.。][^\W\d]){_HOSTS}"
# A bounce address has the recipient's in it: jane=example.com@bounces.example.
_BOUNCED = rf"(?:{_LOCAL}=(?=[\w\-]+\.[\w.\-]+@))?"
_ADDRESS = re.compile(rf"{_BOUNCED}{_LOCAL}(?:{_AT}{_HOSTS}|{_SPACED_AT}{_WHOLE_HOST})", re.I)

_HEX = re.compile(r"(?<![0-9a-zA-Z])(?:0x)?(?=[0-9]*[a-f])((?:[0-9a-f]{2}){6,})(?![0-9a-zA-Z])", re.I)
_ENCODED = re.compile(r"(?=[0-9]*[A-Za-z+/_\-])[A-Za-z0-9+/_\-]{8,}={0,2}")
_ENCODED_ADDRESS = re.compile(r"[^\s@\ufffd]{1,128}@(?:[\w\-]+\.)+[^\W\d_]{2,}")
_LEGIBLE = 0.75
"""Share of characters from which on bytes are a text: in those of any word, an @ may stand by chance."""

_DIGESTS = ("md5", "sha1", "sha224", "sha256", "sha384", "sha512", "sha3_224", "sha3_256", "sha3_384", "sha3_512")


def replaced(text: str, address: Callable[[str], str], code: Callable[[str], str], hashes: Hashes) -> str:
    """Return a text in which `address` has replaced each address, and `code` each word that an address can be had from."""
    if "dot" in text.casefold() or _DOT.search(text):
        text = _DOT.sub(".", text)
        text = _IN_WORDS.sub(lambda found: f"{found[1]}@{_DOT_IN_WORDS.sub('.', found[2])}", text)
    if _SIGN.search(text):
        text = _ADDRESS.sub(lambda found: address(_SIGN.sub("@", found[0], count=1)), text)
    text = _HEX.sub(lambda found: code(found[0]) if _is_code(bytes.fromhex(found[1]), hashes) else found[0], text)
    return _ENCODED.sub(lambda found: code(found[0]) if _is_encoded(found[0], hashes) else found[0], text)


class Hashes:
    """Tells whether some bytes are a hash of one of these addresses; hashes are made when one of their length is met."""

    def __init__(self, addresses: Collection[str]) -> None:
        self._addresses = addresses
        self._known: dict[int, frozenset[bytes]] = {}

    def __contains__(self, digest: bytes) -> bool:
        names = _algorithms().get(len(digest))
        if names is None:
            return False
        if len(digest) not in self._known:
            self._known[len(digest)] = frozenset(
                hashlib.new(name, form, usedforsecurity=False).digest() for name in names for form in self._forms()
            )
        return digest in self._known[len(digest)]

    def _forms(self) -> Iterator[bytes]:
        """Yield the addresses as they may have been hashed: as written or in lower case, with or without the end of a line."""
        for address in self._addresses:
            for form in {address, address.strip().lower()}:
                yield form.encode("utf-8", "replace")
                yield f"{form}\n".encode("utf-8", "replace")


@cache
def _algorithms() -> dict[int, list[str]]:
    """Return the names of hashes by the length of what they make."""
    names: dict[int, list[str]] = {}
    for name in _DIGESTS:
        names.setdefault(hashlib.new(name, usedforsecurity=False).digest_size, []).append(name)
    return names


def _is_code(content: bytes, hashes: Hashes) -> bool:
    """Tell whether bytes are a hash of an address, or hold an address."""
    return content in hashes or _holds_address(content)


def _is_encoded(word: str, hashes: Hashes) -> bool:
    """Tell whether a word is the base64 of a hash of an address, or of a text with an address from some place on."""
    pieces = [_decoded(word[start:]) for start in range(4)]
    # Words in one case are no hash: of every such word's length, all hashes would have to be made.
    mixed = word != word.lower() and word != word.upper()
    return (mixed and pieces[0] in hashes) or any(map(_holds_address, pieces))


def _decoded(word: str) -> bytes:
    """Return what a word is the base64 of; nothing if it is not."""
    plain = word.rstrip("=").replace("-", "+").replace("_", "/")
    plain = plain[: len(plain) - (len(plain) % 4 == 1)]
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4))
    except binascii.Error:
        return b""


def _holds_address(content: bytes) -> bool:
    if b"@" not in content:
        return False
    text = content.decode("utf-8", "replace")
    legible = sum(sign.isprintable() and sign != "\ufffd" for sign in text)
    return legible >= _LEGIBLE * len(text) and _ENCODED_ADDRESS.search(text) is not None
