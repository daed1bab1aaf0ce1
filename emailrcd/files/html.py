"""Tables in HTML, which many systems name .xls."""

from __future__ import annotations

from html.parser import HTMLParser

from ..errors import IdsError
from .grid import gridded
from .table import Block, Landmarks, Table, numbered
from .workbooks import Candidate, chosen


def is_html(begin: str) -> bool:
    """Tell whether a text that begins so is HTML."""
    start = begin.lstrip("\ufeff \t\r\n")[:2_000].lower()
    return start.startswith(("<!doctype html", "<html", "<table", "<head", "<body", "<div", "<style", "<meta")) or (
        start.startswith(("<?xml", "<!--")) and "<html" in start
    )


def html_table(text: str, name: str, landmarks: Landmarks) -> Table:
    """Return the table of an HTML page that holds what is looked for.

    Raises
    ------
    IdsError
        There is no table, several could be meant, or the page was cut off.
    """
    parser = _Tables()
    parser.feed(text)
    parser.close()
    if parser.depth:
        raise IdsError(
            f"{name} is HTML that ends in the midst of a table: it was cut off. Get the whole file and try again."
        )
    candidates = [
        Candidate(f"table {number}", gridded(rows, range(1, len(rows) + 1), landmarks))
        for number, rows in enumerate(parser.tables, 1)
        if any(any(row) for row in rows)
    ]
    if not candidates:
        raise IdsError(
            f"{name} is an HTML page without a table in it. Open it in a browser, and save the table as CSV."
        )
    (found,) = chosen(candidates, name, landmarks, noun="table")
    table = Table(name, lambda: iter([Block(found.grid.frame, numbered(found.grid.numbers))]), list(found.grid.notices))
    table.tell(f"{name} is an HTML page; its {found.title} was read.")
    return table


class _Tables(HTMLParser):
    """Collects the cells of all tables of a page; one inside of another counts as a table of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.tables: list[list[list[str]]] = []
        self._open: list[list[list[str]]] = []
        self._cell: list[str] | None = None

    @property
    def depth(self) -> int:
        """How many tables have not come to their end."""
        return len(self._open)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        """Open a table, a row or a cell."""
        if tag == "table":
            self._open.append([])
            self.tables.append(self._open[-1])
        elif tag == "tr" and self._open:
            self._end_cell()
            self._open[-1].append([])
        elif tag in ("td", "th") and self._open:
            self._end_cell()
            self._cell = []

    def handle_endtag(self, tag: str) -> None:
        """Close what is open."""
        if tag in ("td", "th", "tr", "table"):
            self._end_cell()
        if tag == "table" and self._open:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        """Take the text of a cell."""
        if self._cell is not None:
            self._cell.append(data)

    def _end_cell(self) -> None:
        if self._cell is not None and self._open:
            if not self._open[-1]:
                self._open[-1].append([])
            self._open[-1][-1].append(" ".join("".join(self._cell).split()))
        self._cell = None
