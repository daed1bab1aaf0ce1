"""What went wrong, in the words of people who write no Python."""

from __future__ import annotations

import re

from ..errors import EmailrcdError

_ADVICE_IN_PYTHON = re.compile(r"\b(?:at|by|column|dtype|sheet|tz)=|\bemailrcd\.\w|\bClient\.|\bdoctor\(")
_WORDS = {"app_id": "the app id", "api_key": "the API key", "api_secret": "the API secret"}


def told(exc: Exception) -> str:
    """Return what the page says of an error: its sentences, without those that only help in Python.

    Examples
    --------
    >>> told(EmailrcdError("api_key is empty. Name the column: at=…"))
    'The API key is empty.'
    """
    if isinstance(exc, MemoryError):
        return "This needs more memory than the app has. Take fewer ids at once, or a smaller file."
    if not isinstance(exc, EmailrcdError):
        return f"This did not work, by a defect of emailrcd ({type(exc).__name__}). Please report it."
    return for_people(str(exc)) or str(exc)


def for_people(text: str) -> str:
    """Return a text without the sentences that only help in Python; nothing where it has no others.

    Examples
    --------
    >>> for_people("There are two. Say which: column=…")
    'There are two.'
    """
    text = " ".join(each for each in re.split(r"(?<=[.!?]) ", text) if not _ADVICE_IN_PYTHON.search(each))
    for name, words in _WORDS.items():
        text = re.sub(rf"(?<![.\w]){name}\b", words, text)
    return re.sub("^the ", "The ", text)
