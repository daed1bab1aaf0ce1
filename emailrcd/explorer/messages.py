"""What the page and the kernel say to each other: one struct a message, told apart by its ``type``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal, Union

import msgspec

from ..errors import EmailrcdError


def _type_of(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower()


class Message(msgspec.Struct, kw_only=True, tag_field="type", tag=_type_of):
    """One message; a key that is missing or of another type is refused by its name."""


Purpose = Literal["ids", "results", "before"]
"""What a file is for: ids to ask, saved results to look at, or saved results to compare with."""


class FromPage(Message):
    """What a page says."""


class Ready(FromPage):
    """A page has been opened, or opened again."""


class ChooseSource(FromPage):
    source: Literal["sandbox", "api"]


class EnterCredentials(FromPage):
    app_id: str
    api_key: str
    api_secret: str
    base_url: str

    def __repr__(self) -> str:
        return "EnterCredentials(•••)"


class ForgetCredentials(FromPage):
    pass


class SetRate(FromPage):
    calls_a_second: float | None


class CheckConnection(FromPage):
    pass


class BeginUpload(FromPage):
    number: int
    name: str
    size: int
    purpose: Purpose


class SendChunk(FromPage):
    number: int
    offset: int


class ReadPath(FromPage):
    path: str
    purpose: Purpose


class ChooseColumn(FromPage):
    column: str


class TakeSample(FromPage):
    pass


class ClearIds(FromPage):
    pass


class StartQuery(FromPage):
    """Query; `anyway` ids that may be rounded, too, once the app has asked about them."""

    watch: bool
    refresh: bool
    anyway: bool


class GoBack(FromPage):
    """Ids that may be rounded are not queried."""


class Cancel(FromPage):
    pass


class GoOn(FromPage):
    pass


class SetFilters(FromPage):
    statuses: list[str]
    provider: str
    domain: str
    text: str


class ToggleValue(FromPage):
    """A bar was chosen: only mail with this value in this column, or all again."""

    column: str
    value: str


class SetPeriod(FromPage):
    """Only mail from the first of these periods of the timeline to the last."""

    first: int
    last: int


class DropFilter(FromPage):
    """Take one filter back; an empty name takes all."""

    name: str


class GroupBy(FromPage):
    column: str


class ChooseChart(FromPage):
    chart: Literal["timeline", "heatmap", "settle_times"]


class SetZone(FromPage):
    zone: str


class Sort(FromPage):
    column: str | None
    descending: bool


class TurnPage(FromPage):
    page: int


class SetPageRows(FromPage):
    rows: int


class ChooseColumns(FromPage):
    names: list[str]


class Investigate(FromPage):
    pass


class ShowMails(FromPage):
    rank: int | None


class ShowCode(FromPage):
    pass


class Export(FromPage):
    what: Literal["shown", "report", "retry", "correct", "suppress"]
    suffix: Literal[".xlsx", ".csv", ".html", ".pdf"]


class Download(FromPage):
    number: int
    offset: int


class Find(FromPage):
    address: str


class OpenLedger(FromPage):
    pass


class ForgetMail(FromPage):
    """Forget mail whose last answer is older than so many days."""

    days: int


class DropComparison(FromPage):
    pass


_ANY: Any = Union[tuple(FromPage.__subclasses__())]  # noqa: UP007 - of as many as there are


def received(content: Mapping[str, Any]) -> FromPage:
    """Return what a page said.

    Raises
    ------
    EmailrcdError
        It is not a message of this app; the key that is missing or wrong is named, its value is not.
    """
    try:
        message: FromPage = msgspec.convert(content, _ANY)
        return message
    except msgspec.ValidationError as exc:
        problem = str(exc)
    raise EmailrcdError(f"This page does not fit the app it talks to ({problem}). Load the page again.")
