"""Which server the app asks, with what credentials, and where answers are remembered."""

from __future__ import annotations

import math
import os
from functools import cached_property
from urllib.parse import urlsplit

from ..api.contract import BASE_URL, VENDOR_HOSTS, endpoint, is_foreign
from ..api.credentials import ENVIRONMENT, Credentials, FoundCredentials, find, visited
from ..errors import CredentialsError, EmailrcdError, MissingCredentials
from ..query.client import Client
from ..records.ledger import IN_MEMORY, Ledger, default_path
from ..sandbox import Sandbox
from .limits import Limits
from .replies import ConnectionContent

_YOURS_ALONE = "They stay in the memory of your session and are gone when this page is closed."

AnyLedger = Ledger | str | os.PathLike[str]


class Connection:
    """The sandbox, the API, or the client that the app was given.

    Parameters
    ----------
    given : Client or None
        Ask through this one alone.
    ledger : bool, Ledger or path
        Where answers are remembered; True for the user's own ledger, False for none. The sandbox's are not remembered in it.

    A visitor's answers are remembered in memory, and credentials go to the vendor or the address that the server names.
    """

    def __init__(self, given: Client | None, ledger: bool | AnyLedger) -> None:
        self.limits = Limits.of_this_visit()
        self.max_rate = min(20, self.limits.max_rate)
        self.visited = visited()
        self._ledger = ledger
        self._base_url = os.environ.get(ENVIRONMENT["base_url"], BASE_URL) if self.visited else BASE_URL
        self._given = given
        self._client: Client | None = given
        self._found, self._note = (None, _YOURS_ALONE) if self.visited else _look_for_credentials()
        self._held = self._found
        self.source = "given" if given else "api" if self._found else "sandbox"

    def set_rate(self, calls_a_second: object) -> None:
        """Ask at most so often.

        Raises
        ------
        EmailrcdError
            It is not a number above 0, since without a limit an account can be locked, or more than a visitor may.
        """
        if not isinstance(calls_a_second, int | float) or not 0 < calls_a_second < math.inf:
            raise EmailrcdError("Calls a second must be a number above 0, for example 20.")
        if calls_a_second > self.limits.max_rate:
            raise EmailrcdError(f"Whoever runs this app allows {self.limits.max_rate:g} calls a second at most.")
        self.max_rate = calls_a_second
        self.use(self.source)

    def use(self, source: str) -> None:
        """Ask the ``sandbox`` or the ``api`` from now on."""
        self.source, self._client = source, None

    def hold(self, credentials: Credentials, base_url: str | None) -> None:
        """Ask the API with these credentials.

        Raises
        ------
        EmailrcdError
            The base URL cannot be used, or a visitor must not: this machine would call where they send it.
        """
        asked = endpoint(base_url or self._base_url)
        if self.visited and asked != endpoint(self._base_url) and not _is_the_vendors(asked):
            raise EmailrcdError(f"Only {self._base_url} and the vendor's hosts can be asked from here.")
        self._held = FoundCredentials(credentials, base_url, "this form")
        self.use("api")

    def forget(self) -> None:
        """Forget credentials that were typed; those found elsewhere are used again."""
        self._held = self._found
        self.use("api")

    @cached_property
    def sandbox(self) -> Sandbox:
        """The app's own sandbox, made when it is needed."""
        return Sandbox()

    @property
    def client(self) -> Client:
        """The client to ask through.

        Raises
        ------
        CredentialsError
            There are no credentials yet.
        """
        if self._client is None:
            if self.source == "sandbox":
                self._client = self.sandbox.client()
            elif self._held is not None:
                base_url = self._held.base_url or self._base_url
                self._client = Client(self._held.credentials, base_url=base_url, max_rate=self.max_rate)
            else:
                raise CredentialsError("There are no credentials yet. Fill in the form under 1, or choose the sandbox.")
        return self._client

    @property
    def ledger(self) -> AnyLedger | None:
        """Where answers are remembered; None for those of the sandbox, or if nobody wants it.

        Raises
        ------
        LedgerError
            There is no place for it.
        """
        if self._ledger is False or (self.sandbox_is_asked and self._ledger is True):
            return None
        return self._own_ledger if self._ledger is True else self._ledger

    @cached_property
    def _own_ledger(self) -> AnyLedger:
        return Ledger(IN_MEMORY) if self.visited else default_path()

    @property
    def sandbox_is_asked(self) -> bool:
        """Whether the next answers will be the sandbox's."""
        return self.source == "sandbox" or (self._given is not None and self._given.sandbox)

    def content(self) -> ConnectionContent:
        """Return what the browser is told: never a secret."""
        held = self._held if self.source == "api" else None
        base_url = (held.base_url if held else None) or self._base_url
        host = urlsplit(base_url).hostname or ""
        foreign = held is not None and is_foreign(host)
        note = (
            f"App id {held.credentials.app_id}, credentials from {held.source}, asking {base_url}"
            if held
            else self._note
        )
        return ConnectionContent(
            source=self.source,
            visited=self.visited,
            rate=self.max_rate,
            highest_rate=min(1_000.0, self.limits.max_rate),
            held=held is not None,
            typed=held is not None and held is not self._found,
            note=note,
            warning=f"They will be sent to {host}, which is not the vendor's." if foreign else "",
            base_url=base_url,
            ledger=self._ledger_note(),
        )

    def _ledger_note(self) -> str:
        try:
            ledger = self.ledger
        except EmailrcdError as exc:
            return str(exc)
        if ledger is None:
            return ""
        path = ledger.path if isinstance(ledger, Ledger) else os.fspath(ledger)
        if path == IN_MEMORY:
            return "Answers are remembered until this page is closed"
        return f"Answers are remembered in {path}"


def _is_the_vendors(url: str) -> bool:
    """Tell whether a visitor may be asked for there: one of the vendor's hosts, at the port that it publishes."""
    parts = urlsplit(url)
    return parts.scheme == "https" and parts.hostname in VENDOR_HOSTS and parts.port in (None, 443)


def _look_for_credentials() -> tuple[FoundCredentials | None, str]:
    """Return the credentials found around, if any, and what to say where there are none that can be used."""
    try:
        return find(), ""
    except MissingCredentials as exc:
        return None, str(exc) if exc.source else ""
    except EmailrcdError as exc:
        return None, str(exc)
