"""What the ledger of a connection knows: what is still open, a person's mail, histories; and how it forgets."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import msgspec
import pandas as pd

from ..errors import EmailrcdError
from ..records.ledger import Ledger
from ..wording import counted
from . import screens
from .background import Background
from .cards import MOST_CARDS, cards
from .connection import Connection
from .replies import Found
from .widget import Screen


class LedgerView:
    """Shows what the ledger knows; whatever takes a while is done in the background.

    Parameters
    ----------
    connection : Connection
        Says which ledger.
    screen : Screen
        Is told.
    background : Background
        Does what takes a while.
    """

    def __init__(self, connection: Connection, screen: Screen, background: Background) -> None:
        self._connection = connection
        self._screen = screen
        self._background = background

    @contextmanager
    def opened(self) -> Iterator[Ledger]:
        """Give the ledger of this connection.

        Raises
        ------
        EmailrcdError
            Nothing is remembered here.
        """
        ledger = self._connection.ledger
        if ledger is None:
            raise EmailrcdError("Answers of the sandbox are not remembered. Choose the real API to see your ledger.")
        if isinstance(ledger, Ledger):
            yield ledger
        else:
            with Ledger(ledger) as opened:
                yield opened

    def show(self) -> None:
        """Show what is remembered, and what of it is still open."""

        def work() -> None:
            with self.opened() as ledger:
                self._screen.show(screens.ledger(ledger))

        self._background.run(work)

    def find(self, address: str, zone: str) -> None:
        """Show all mail to an address, or to addresses that hold a text, with its history."""

        def work() -> None:
            with self.opened() as ledger:
                mails = ledger.find(address)
                shown = mails.head(MOST_CARDS)
                past = {email_id: ledger.history(email_id) for email_id in shown["email_id"]}
            text = f"{counted(len(mails), 'mail')} to {address}"
            if len(mails) > len(shown):
                text += f", the newest {len(shown)} of which are below. Give more of the address to see others."
            elif mails.empty:
                text = f"No mail to {address} is remembered."
            self._screen.show(Found(text=text, cards=cards(shown, lambda _: past, zone)))

        self._background.run(work)

    def forget(self, days: int) -> None:
        """Forget mail whose last answer is older than so many days."""

        def work() -> None:
            with self.opened() as ledger:
                forgotten = ledger.forget(before=pd.Timestamp.now("UTC") - pd.Timedelta(days=days))
                content = screens.ledger(ledger)
            self._screen.show(
                msgspec.structs.replace(content, text=f"{counted(forgotten, 'mail')} forgotten · {content.text}")
            )

        self._background.run(work)

    def histories(self, ids: list[str]) -> dict[str, pd.DataFrame]:
        """Return for each of these ids the statuses that the mail has had; nothing where nothing is remembered."""
        if not ids or self._connection.ledger is None:
            return {}
        try:
            with self.opened() as ledger:
                return {email_id: ledger.history(email_id) for email_id in ids}
        except EmailrcdError:
            # A ledger that cannot be read is told where it is named.
            return {}
