"""Where credentials come from, and a holder that never shows them."""

from __future__ import annotations

import codecs
import io
import os
import re
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple, NoReturn
from weakref import WeakSet

from ..errors import CredentialsError, MissingCredentials

ENVIRONMENT = {
    "app_id": "EMAILRCD_APP_ID",
    "api_key": "EMAILRCD_API_KEY",
    "api_secret": "EMAILRCD_API_SECRET",
    "base_url": "EMAILRCD_BASE_URL",
}
"""The variables read from the environment or from ``.env``, by the name of the setting."""

KEYRING_SERVICE = "emailrcd"
_KEYRING_SECONDS = 5.0
_REQUIRED = ("app_id", "api_key", "api_secret")
_SECRET = ("api_key", "api_secret")
_SHORTEST_SECRET = 6
_SIGNED = re.compile(r"\b(?:sign\W{1,5}[0-9a-f]{32}|api[-_]?(?:key|secret)[\"']?\s*[:=]\s*[\"']?\w{6,})\b", re.I)


class Credentials:
    """App id, API key and API secret of one mail application; key and secret are masked everywhere.

    Parameters
    ----------
    app_id, api_key, api_secret : str
        As shown in the vendor's console. White space around them is dropped.

    Raises
    ------
    CredentialsError
        A value is empty or cannot travel in a header. The message names it and never shows it.

    Examples
    --------
    >>> Credentials(app_id="app", api_key="bDqJFiq9", api_secret="7bz1lzh9")
    Credentials(app_id='app', api_key='•••', api_secret='•••')
    """

    __slots__ = ("__weakref__", "api_key", "api_secret", "app_id")

    def __init__(self, app_id: str, api_key: str, api_secret: str) -> None:
        problem = None
        for name, value in (("app_id", app_id), ("api_key", api_key), ("api_secret", api_secret)):
            value = value.strip() if isinstance(value, str) else ""
            if not value:
                problem = f"{name} is empty. All three of app_id, api_key and api_secret are needed, as text."
            elif value[0] in "\"'" and value[-1] in "\"'":
                problem = f"{name} stands in quotation marks. Remove them."
            elif not value.isprintable() or (name != "app_id" and not (value.isascii() and " " not in value)):
                problem = f"{name} holds blanks or characters that no key has. Copy it from the console again."
            if problem:
                break
            object.__setattr__(self, name, value)
        if problem:
            # A traceback that prints local variables must not print these.
            del app_id, api_key, api_secret, value
            raise CredentialsError(problem)
        with _in_use_lock:
            _in_use.add(self)

    app_id: str
    api_key: str
    api_secret: str

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError("Credentials cannot be changed; make new ones.")

    def __repr__(self) -> str:
        return f"Credentials(app_id={self.app_id!r}, api_key='•••', api_secret='•••')"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError(
            "Credentials refuse to be pickled, so that no secret lands in a file. "
            "Set EMAILRCD_APP_ID, EMAILRCD_API_KEY and EMAILRCD_API_SECRET where they are needed "
            "and call Credentials.from_env() there."
        )

    def redact(self, text: str) -> str:
        """Return `text` with key and secret blotted out, should a server have echoed them."""
        for value in (self.api_secret, self.api_key):
            text = text.replace(value, "•••")
        return text

    @classmethod
    def from_env(cls) -> Credentials:
        """Return credentials from the environment, ``.env`` in the working directory, or the keyring.

        They come whole from one source, never mixed. The keyring (service ``emailrcd``, user names ``app_id``, ``api_key``,
        ``api_secret``) is looked into if the ``keyring`` extra is installed.

        Raises
        ------
        MissingCredentials
            No source has any, or the first that has some has not all.
        """
        return find().credentials


_in_use: WeakSet[Credentials] = WeakSet()
_in_use_lock = threading.Lock()


def holds_secret(text: str) -> bool:
    """Tell whether `text` holds a signature, or a key or secret of six characters or more that is used or found here."""
    values: set[str] = set()
    if not visited():
        for source in (_from_environment, _from_dotenv):
            with suppress(CredentialsError):  # what cannot be read here cannot have come from there
                values |= {value for name, value in source().items() if name in _SECRET}
    with _in_use_lock:
        for credentials in _in_use:
            values |= {credentials.api_key, credentials.api_secret}
    held = any(len(value) >= _SHORTEST_SECRET and value in text for value in values)
    values.clear()
    return held or _SIGNED.search(text) is not None


class FoundCredentials(NamedTuple):
    """Credentials, the base URL that came with them (if any) and where both were found."""

    credentials: Credentials
    base_url: str | None
    source: str


def find() -> FoundCredentials:
    """Find credentials, whole in one source: the environment, ``.env`` in the working directory, the keyring."""
    if visited():
        raise MissingCredentials("Here everybody uses their own credentials: type them in the form under 1.")
    for source, values in (
        ("the environment", _from_environment),
        (".env", _from_dotenv),
        ("the keyring", _from_keyring),
    ):
        settings = values()
        if not settings:
            continue
        lacking = [ENVIRONMENT[name] for name in _REQUIRED if not settings.get(name)]
        if lacking:
            settings.clear()
            raise MissingCredentials(
                f"Credentials in {source} are incomplete: {', '.join(lacking)} missing. "
                "They are taken whole from one place: complete them there, or remove what is there.",
                source,
            )
        base_url = settings.pop("base_url", None)
        return FoundCredentials(Credentials(**settings), base_url, source)
    raise MissingCredentials(
        "No credentials found. Set EMAILRCD_APP_ID, EMAILRCD_API_KEY and EMAILRCD_API_SECRET in the environment "
        "or in a file .env in the working directory, or pass emailrcd.Credentials(...). "
        "Without an account, a sandbox answers: emailrcd.Sandbox().client(), or --sandbox at the command."
    )


def _from_environment() -> dict[str, str]:
    return _settings(os.environ)


def _from_dotenv() -> dict[str, str]:
    """Read ``.env``, as UTF-8 or as the UTF-16 that PowerShell writes; other bytes may stand in remarks, not in settings."""
    file = Path(".env")
    if not file.is_file():
        return {}
    from dotenv import dotenv_values

    try:
        raw = file.read_bytes()
    except OSError as exc:
        raise CredentialsError(f"The file .env in the working directory cannot be read: {exc.strerror}.") from None
    encoding = "utf-16" if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"
    text = raw.decode(encoding, errors="replace")
    settings = _settings(dotenv_values(stream=io.StringIO(text), interpolate=False))
    unreadable = "\0" in text or any("\ufffd" in value for value in settings.values())
    del raw, text
    if unreadable:
        settings.clear()
        raise CredentialsError(
            "The file .env in the working directory holds settings that are not UTF-8: save it as UTF-8."
        )
    return settings


def _settings(variables: Mapping[str, str | None]) -> dict[str, str]:
    values = {name: (variables.get(variable) or "").strip() for name, variable in ENVIRONMENT.items()}
    return {name: value for name, value in values.items() if value}


def _from_keyring() -> dict[str, str]:
    """Read the keyring; one that is absent, broken or waits for somebody counts as empty."""
    settings: dict[str, str] = {}

    def read() -> None:
        try:
            import keyring

            values = {name: keyring.get_password(KEYRING_SERVICE, name) for name in ENVIRONMENT}
        except Exception:  # noqa: BLE001 - whatever a backend raises, there is no keyring to read
            return
        settings.update({name: value for name, value in values.items() if value})

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    thread.join(_KEYRING_SECONDS)
    return dict(settings)


SANDBOX = Credentials(app_id="SANDBOX", api_key="SANDBOXKEY", api_secret="SANDBOXSECRET")  # noqa: S106 - opens nothing real
"""The only credentials the sandbox accepts; a client that holds them talks to no real account."""


MARK = "EMAILRCD_VISITOR"
"""The variable that marks a process as a visitor's; whoever starts the process sets it."""


def visited() -> bool:
    """Tell whether this process works for a visitor, who brings everything: no credentials, file or ledger of here is used."""
    return bool(os.environ.get(MARK))
