"""Tables with borders, as programs print them: mysql, psql, Markdown, boxes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise

from ..wording import counted, quoted
from .cells import GAP, SHORTENED, bare, is_empty
from .ends import tell_cut
from .grid import gridded
from .table import Block, Landmarks, Table, numbered

_BARS = re.compile(r"(?<!\\)[|│┃║┆]")
_BORDER = re.compile(r"[\s|+:=\-–—─━═│┃║┆┌┬┐├┼┤└┴┘┏┳┓┣╋┫┗┻┛╔╦╗╠╬╣╚╩╝╭╮╰╯╞╪╡╒╤╕╘╧╛╟╫╢╓╥╖╙╨╜]*")
_STROKE = re.compile(r"[-=─━═–—]{3,}|:?-{2,}:?")
_COUNT = re.compile(r"\(?\s*([\d,]+) rows?\b")
_FIRST_LINES = 60


def is_console_table(begin: str) -> bool:
    r"""Tell whether a text that begins so is a table with a border.

    Examples
    --------
    >>> is_console_table("| emailId | c |\n|---------|---|\n| 2208031112341000001 | x |")
    True
    >>> is_console_table("2208031112341000001 | 2208031112341000002")
    False
    """
    lines = ["", *begin.strip("\n").split("\n")[:_FIRST_LINES]]
    below_border = lines[2:3] if _is_border(lines[1]) else []
    above_borders = [above for above, line in pairwise(lines) if _is_border(line)]
    return any(map(_BARS.search, above_borders + below_border))


def console_blocks(table: Table, text: Iterable[str], landmarks: Landmarks) -> Iterator[Block]:
    """Yield the rows of a printed table; what stands around it is left out, and told if it is not a border."""
    lines = [line.removesuffix("\n") for line in text]
    rows: list[list[str]] = []
    numbers: list[int] = []
    beside: list[str] = []
    announced = 0
    for number, line in enumerate(lines, 1):
        cells = _cells(line)
        if count := _COUNT.match(line.strip()):
            announced += int(count[1].replace(",", ""))
        elif cells and all(map(GAP.fullmatch, cells)):
            table.tell(SHORTENED)
        elif _BARS.search(line) and not _is_border(line):
            rows.append(cells)
            numbers.append(number)
        elif line.strip() and not _is_border(line):
            beside.append(line.strip())
    grid = gridded(rows, numbers, landmarks)
    for notice in grid.notices:
        table.tell(notice)
    if beside:
        were = counted(len(beside), "line beside the table was", "lines beside the table were")
        table.tell(f"{were} left out, first {quoted(beside[0])!r}.")
    held = len(grid.numbers) - rows[1:].count(rows[0])
    if announced and announced != held:
        table.tell(f"{table.name} announces {counted(announced, 'row')} and holds {held:,}: some may be missing.")
    if len(grid.frame):
        # A row that is cut lacks cells, or the bar at its end.
        ends = {_BARS.search(lines[number - 1].rstrip()[-1:]) is None for number in (numbers[0], numbers[-1])}
        is_short = len(rows[-1]) < len(rows[0]) or len(ends) > 1
        tell_cut(table, [*grid.frame.iloc[:, -1], *[""] * is_short], landmarks)
    yield Block(grid.frame, numbered(grid.numbers, "line"))


def _cells(line: str) -> list[str]:
    """Return the cells of a line between bars; bars at both ends make no cells."""
    parts = [part.replace("\\|", "|") for part in _BARS.split(line.strip())]
    if len(parts) > 1 and is_empty(parts[0]) and _BARS.match(line.strip()):
        parts = parts[1:]
        if is_empty(parts[-1]):
            parts = parts[:-1]
    return [bare(part) for part in parts]


def _is_border(line: str) -> bool:
    return _STROKE.search(line) is not None and _BORDER.fullmatch(line) is not None
