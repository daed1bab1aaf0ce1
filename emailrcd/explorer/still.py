"""What a notebook shows of the last result where no app runs: its headline and charts, and not one address."""

from __future__ import annotations

import base64
from html import escape
from uuid import uuid4

import pandas as pd
from IPython.display import publish_display_data

from .. import charts
from . import pictures
from .replies import LastResult
from .widget import Screen

_TITLE = "What became of the mail?"
_RUN = "Run this cell to use the app."

_STYLE = """<style>
.jp-OutputArea-child:has(+ .jp-OutputArea-child .emailrcd-still):not(:has(.emailrcd)) { display: none }
.jp-OutputArea-child:has(.emailrcd) + .jp-OutputArea-child:has(.emailrcd-still) { display: none }
.emailrcd + .emailrcd-still, :has(> .emailrcd) + :has(> .emailrcd-still) { display: none }
</style>"""
"""Hidden while the app is there; where it is not, the message of the widget that is missing is hidden."""


class Still:
    """A second output below the app, replaced after each result.

    Parameters
    ----------
    screen : Screen
        Puts it into the notebook as well: a page of JupyterLab that was loaded again hears of no display that is updated.
    """

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._name = f"emailrcd-{uuid4()}"
        self._displayed = False

    def display(self) -> None:
        """Show it for the first time, in the cell that shows the app."""
        self._displayed = True
        self._publish(_html(self._name, "", []), f"{_TITLE} {_RUN}", update=False)

    def take(self, records: pd.DataFrame, headline: str, sandbox: bool, zone: str) -> None:
        """Show the result of a query: its headline, and what tells nothing of single people."""
        if not self._displayed:
            return
        drawn = [
            pictures.png(lambda ax: charts.breakdown(records, by="provider", ax=ax), 4.6),
            pictures.png(lambda ax: charts.timeline(records, tz=zone, ax=ax), 4.6),
        ]
        said = f"{'SANDBOX · ' if sandbox else ''}{headline}"
        html, text = _html(self._name, said, drawn), f"{_TITLE} {said}. {_RUN}"
        self._publish(html, text, update=True)
        self._screen.show(LastResult(name=self._name, html=html, text=text))

    def _publish(self, html: str, text: str, update: bool) -> None:
        publish_display_data(
            {"text/html": html, "text/plain": text}, transient={"display_id": self._name}, update=update
        )


def _html(name: str, headline: str, drawn: list[tuple[bytes, str]]) -> str:
    images = "".join(
        f'<p><img alt="{escape(description)}" src="data:image/png;base64,{base64.b64encode(data).decode()}"></p>'
        for data, description in drawn
        if data
    )
    result = f"<p>The last result: {escape(headline)}.</p>{images}" if headline else ""
    return f'{_STYLE}<div class="emailrcd-still" id="{name}"><p><strong>{_TITLE}</strong> {_RUN}</p>{result}</div>'
