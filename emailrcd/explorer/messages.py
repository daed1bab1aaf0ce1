"""What the page and the kernel say to each other: one struct a message, told apart by its ``type``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from ..errors import EmailrcdError


def _type_of(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower()


class Message(msgspec.Struct, kw_only=True, tag_field="type", tag=_type_of):
    """One message; a key that is missing or of another type is refused by its name."""


Purpose = Literal["ids", "results", "before"]
"""What a file is for: ids to ask, saved results to look at, or saved results to compare with."""


# From the page.


class Ready(Message):
    """A page has been opened, or opened again."""


class ChooseSource(Message):
    source: Literal["sandbox", "api"]


class EnterCredentials(Message):
    app_id: str
    api_key: str
    api_secret: str
    base_url: str

    def __repr__(self) -> str:
        return "EnterCredentials(•••)"


class ForgetCredentials(Message):
    pass


class SetRate(Message):
    calls_a_second: float | None


class CheckConnection(Message):
    pass


class BeginUpload(Message):
    number: int
    name: str
    size: int
    purpose: Purpose


class SendChunk(Message):
    number: int
    offset: int


class ReadPath(Message):
    path: str
    purpose: Purpose


class ChooseColumn(Message):
    column: str


class TakeSample(Message):
    pass


class ClearIds(Message):
    pass


class StartQuery(Message):
    watch: bool
    refresh: bool


class QueryAnyway(Message):
    """Ids that may be rounded, which the app has asked about, are queried all the same."""

    watch: bool
    refresh: bool


class GoBack(Message):
    """Ids that may be rounded are not queried."""


class Cancel(Message):
    pass


class GoOn(Message):
    pass


class SetFilters(Message):
    statuses: list[str]
    provider: str
    domain: str
    text: str


class ToggleValue(Message):
    """A bar was chosen: only mail with this value in this column, or all again."""

    column: str
    value: str


class SetPeriod(Message):
    """Only mail from the first of these periods of the timeline to the last."""

    first: int
    last: int


class DropFilter(Message):
    """Take one filter back; an empty name takes all."""

    name: str


class GroupBy(Message):
    column: str


class ChooseChart(Message):
    chart: Literal["timeline", "heatmap", "settle_times"]


class SetZone(Message):
    zone: str


class Sort(Message):
    column: str | None
    descending: bool


class TurnPage(Message):
    page: int


class SetPageRows(Message):
    rows: int


class ChooseColumns(Message):
    names: list[str]


class Investigate(Message):
    pass


class ShowMails(Message):
    rank: int | None


class ShowCode(Message):
    pass


class Export(Message):
    what: Literal["shown", "report", "retry", "correct", "suppress"]
    suffix: Literal[".xlsx", ".csv", ".html", ".pdf"]


class Download(Message):
    number: int
    offset: int


class Find(Message):
    address: str


class OpenLedger(Message):
    pass


class ForgetMail(Message):
    """Forget mail whose last answer is older than so many days."""

    days: int


class DropComparison(Message):
    pass


FromPage = (
    Ready
    | ChooseSource
    | EnterCredentials
    | ForgetCredentials
    | SetRate
    | CheckConnection
    | BeginUpload
    | SendChunk
    | ReadPath
    | ChooseColumn
    | TakeSample
    | ClearIds
    | StartQuery
    | QueryAnyway
    | GoBack
    | Cancel
    | GoOn
    | SetFilters
    | ToggleValue
    | SetPeriod
    | DropFilter
    | GroupBy
    | ChooseChart
    | SetZone
    | Sort
    | TurnPage
    | SetPageRows
    | ChooseColumns
    | Investigate
    | ShowMails
    | ShowCode
    | Export
    | Download
    | Find
    | OpenLedger
    | ForgetMail
    | DropComparison
)


def received(content: Mapping[str, Any]) -> FromPage:
    """Return what a page said.

    Raises
    ------
    EmailrcdError
        It is not a message of this app; the key that is missing or wrong is named, its value is not.
    """
    try:
        message: FromPage = msgspec.convert(content, FromPage)
        return message
    except msgspec.ValidationError as exc:
        problem = str(exc)
    raise EmailrcdError(f"This page does not fit the app it talks to ({problem}). Load the page again.")
