"""What the kernel tells the page: the content of each part of the screen. A struct has no default: nothing is forgotten."""

from __future__ import annotations

import re

import msgspec


def _type_of(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower()


class Message(msgspec.Struct, kw_only=True, tag_field="type", tag=_type_of):
    """One message, told apart by its ``type``."""


Rows = list[list[str]]
"""Texts of a table, row by row."""


class ConnectionContent(msgspec.Struct, frozen=True, kw_only=True):
    """Which server the app asks, and what the page may be told; never a secret."""

    source: str
    visited: bool
    rate: float
    highest_rate: float
    held: bool
    typed: bool
    note: str
    warning: str
    base_url: str
    ledger: str


class IdsContent(msgspec.Struct, frozen=True, kw_only=True):
    """The ids that were given: counts, what was refused and why, what to confirm first, columns to choose from."""

    count: int
    text: str
    problem: str
    question: str
    refused: list[str]
    more: int
    notices: list[str]
    columns: list[str]


class Heard(Message):
    """What the page said has come; some of it takes a while."""


class State(Message):
    """Everything but results."""

    connection: ConnectionContent
    ids: IdsContent
    sandbox: bool
    running: bool
    unfinished: int
    status: str
    problem: str
    notices: list[str]


class Refusal(Message):
    """Why the credentials that were typed are not used; empty if they are."""

    problem: str


class Progress(Message):
    text: str
    fraction: float | None


class Checkup(Message):
    """What the doctor found, as rows and as text for a ticket."""

    running: bool
    text: str
    rows: Rows


class CheckupGone(Message):
    """What was found speaks of another connection."""


class Next(Message):
    """Ask for the next chunk of an upload."""

    number: int
    offset: int


class FileReady(Message):
    number: int
    name: str
    size: int


class FileChunk(Message):
    number: int
    offset: int


class Tile(msgspec.Struct, frozen=True, kw_only=True):
    """A status and how many ids have it."""

    status: str
    label: str
    count: str
    share: str
    chosen: bool


class Rate(msgspec.Struct, frozen=True, kw_only=True):
    """The delivery rate in words."""

    value: str
    of: str
    interval: str
    range: str


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """One mail: what became of it, since when, what that means, and what to tell the customer."""

    email_id: str
    status: str
    label: str
    address: str
    since: str
    meaning: str
    history: Rows
    english: str
    chinese: str


class Results(Message):
    """There are new results, or new filters on them."""

    fresh: bool
    total: int
    rows: int
    shown: str
    filters: list[tuple[str, str]]
    provider: str
    domain: str
    text: str
    zone: str
    by: str
    chart: str


class Choices(Message):
    """What filters and breakdowns can be set to."""

    providers: list[tuple[str, int]]
    domains: list[tuple[str, int]]
    columns: list[str]


class Numbers(Message):
    """The headline."""

    sandbox: bool
    tiles: list[Tile]
    rate: Rate
    hint: str


class Cards(Message):
    cards: list[Card]


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """A column of the table: its name, and what it is called there."""

    name: str
    label: str


class Table(Message):
    """One page of the table."""

    columns: list[Column]
    all_columns: list[str]
    rows: Rows
    first: int
    page: int
    pages: int
    page_rows: int
    total: int
    sorted: str | None
    descending: bool


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """A place of a chart that can be touched: where it is, in parts of the picture, and its numbers."""

    left: float
    top: float
    width: float
    height: float
    text: str
    value: str


class Chart(Message):
    """A picture as SVG, what of it can be touched, and the same as a table."""

    name: str
    svg: str
    alt: str
    problem: str
    marks: list[Mark]
    columns: list[str]
    rows: Rows
    more: str


class Watched(Message):
    """How a watch stands, and the mail that is stuck."""

    text: str
    rows: Rows
    more: str


class Hypothesis(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the investigation."""

    rank: int
    what: str
    confidence: str
    excess: str
    share: str
    bar: float
    evidence: str
    next_step: str


class Investigation(Message):
    running: bool
    done: bool
    against: str
    rows: list[Hypothesis]
    lists: dict[str, int]


class Code(Message):
    text: str


class Found(Message):
    """A person's mail in the ledger."""

    text: str
    cards: list[Card]


class LedgerContent(Message):
    """What the ledger knows, and what of it is still open."""

    text: str
    rows: Rows
    more: str


class LastResult(Message):
    """What the notebook shows of the last result where no app runs; its name is in the output that holds it."""

    name: str
    html: str
    text: str


class Compared(Message):
    """What was compared with; empty for nothing."""

    label: str
    text: str
    columns: list[str]
    rows: Rows
