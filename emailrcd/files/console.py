"""Tables as programs print them: mysql, psql, Markdown, boxes, and columns under a line of dashes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from ..wording import counted, quoted
from .cells import GAP, SHORTENED, bare, is_empty
from .ends import tell_cut
from .grid import gridded
from .table import Block, Landmarks, Table, numbered

_BARS = re.compile(r"(?<!\\)[|│┃║┆]")
_BORDER = re.compile(r"[\s|+:=\-–—─━═│┃║┆┌┬┐├┼┤└┴┘┏┳┓┣╋┫┗┻┛╔╦╗╠╬╣╚╩╝╭╮╰╯╞╪╡╒╤╕╘╧╛╟╫╢╓╥╖╙╨╜]*")
_STROKE = re.compile(r"[-=─━═–—]{3,}|:?-{2,}:?")
_DASHES = re.compile(r"-+")
_COUNT = re.compile(r"\(?\s*([\d,]+) rows?\b|shape: \(([\d_]+),")
_TYPE = re.compile(
    r"(?i)varchar|text|str(ing)?|(u?(big|small|tiny)?int(eger)?|float|double|decimal|[iuf])\d*|date|bool(ean)?|"
    r"(timestamp|datetime).*"
)
_LONG = re.compile(r"\d{15}")
_FIRST_LINES = 60


def is_console_table(begin: str) -> bool:
    r"""Tell whether a text that begins so is a table with a border, or with columns that are underlined.

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
    return any(map(_BARS.search, above_borders + below_border)) or _underline(lines) != ""


def console_blocks(table: Table, text: Iterable[str], landmarks: Landmarks) -> Iterator[Block]:
    """Yield the rows of a printed table; what stands around it is left out, and told if it is not a border."""
    lines = [line.removesuffix("\n") for line in text]
    rows: list[list[str]] = []
    numbers: list[int] = []
    beside: list[str] = []
    announced = 0
    strokes = [found.span() for found in _DASHES.finditer(_underline(lines))]
    if len(strokes) == 1 and any(map(_BARS.search, lines)):
        strokes = []
    for number, line in enumerate(lines, 1):
        if not line.strip() or _is_border(line):
            continue
        cells = _below(strokes, line) if strokes else _cells(line)
        if (count := _COUNT.match(line.strip(" |│"))) and len(_cells(line)) == 1:
            announced += int(re.sub("[,_]", "", count[1] or count[2]))
        elif all(map(GAP.fullmatch, cells)):
            table.tell(SHORTENED)
        elif not strokes and not _BARS.search(line):
            beside.append(line.strip())
        elif not (rows and all(map(_TYPE.fullmatch, cells))):
            rows.append(cells)
            numbers.append(number)
    grid = gridded(rows, numbers, landmarks)
    for notice in grid.notices:
        table.tell(notice)
    if beside:
        were = counted(len(beside), "line beside the table was", "lines beside the table were")
        table.tell(f"{were} left out, first {quoted(beside[0])!r}.")
    held = len(grid.numbers) - rows[1:].count(rows[0]) if rows else 0
    if announced and announced != held:
        table.tell(f"{table.name} announces {counted(announced, 'row')} and holds {held:,}: some may be missing.")
    if len(grid.frame):
        # A row that is cut lacks cells, or the bar at its end.
        ends = {_BARS.search(lines[number - 1].rstrip()[-1:]) is None for number in (numbers[0], numbers[-1])}
        is_short = len(rows[-1]) < len(rows[0]) or len(ends) > 1
        tell_cut(table, [*grid.frame.iloc[:, -1], *[""] * is_short], landmarks)
    yield Block(grid.frame, numbered(grid.numbers, "line"))


def _underline(lines: Sequence[str]) -> str:
    """Return the line of dashes that underlines names column by column, if there is one; below an id it is a rule."""
    for above, line in pairwise(lines):
        strokes = [above[found.start() : found.end()].strip() for found in _DASHES.finditer(line)]
        if "---" in line and not line.strip("- ") and not _LONG.search(above) and all(strokes):
            return line
    return ""


def _below(strokes: Sequence[tuple[int, int]], line: str) -> list[str]:
    """Return the cells of a line in underlined columns, which may be wider than their strokes.

    A word belongs to the column whose stroke it touches, else to the last one that begins before it.
    """
    words: list[list[re.Match[str]]] = [[] for _ in strokes]
    for word in re.finditer(r"\S+", line):
        touched = [place for place, (start, end) in enumerate(strokes) if word.start() < end and start < word.end()]
        before = [place for place, (start, _) in enumerate(strokes) if start < word.start()]
        words[(touched or before[-1:] or [0])[0]].append(word)
    return [bare(line[of[0].start() : of[-1].end()]) if of else "" for of in words]


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
