"""Tables as programs print them: mysql, psql, Markdown, boxes, and columns under a line of dashes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from ..wording import counted, quoted
from .cells import GAP, SHORTENED, bare, is_empty
from .ends import is_open_ended, lines_of, tell_cut
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
    r"""Tell whether a text that begins so is a table with a border.

    Examples
    --------
    >>> is_console_table("| emailId | c |\n|---------|---|\n| 2208031112341000001 | x |")
    True
    >>> is_console_table("2208031112341000001 | 2208031112341000002")
    False
    """
    lines = lines_of(begin.lstrip("\ufeff\r\n"))[:_FIRST_LINES]
    return any(
        _is_border(line) and (_BARS.search(above) or _is_underline(line, above)) for above, line in pairwise(lines)
    ) or (bool(lines) and _is_border(lines[0]) and len(lines) > 1 and _BARS.search(lines[1]) is not None)


def console_blocks(table: Table, text: str, landmarks: Landmarks) -> Iterator[Block]:
    """Yield the rows of a printed table; what stands around it is left out, and told if it is not a border."""
    rows: list[list[str]] = []
    numbers: list[int] = []
    beside: list[str] = []
    lines = lines_of(text)
    under = next((line for above, line in pairwise(lines) if _is_border(line) and _is_underline(line, above)), "")
    spans = [found.span() for found in _DASHES.finditer(under)]
    if len(spans) == 1 and any(_BARS.search(line) for line in lines):
        spans = []
    announced = 0
    for number, line in enumerate(lines, 1):
        if not line.strip() or _is_border(line):
            continue
        cells = _below(spans, line) if spans else _cells(line)
        count = _COUNT.match(line.strip(" \t\r|│"))
        if count and len(_cells(line)) == 1:
            announced += int(re.sub("[,_]", "", count[1] or count[2]))
        elif rows and all(_TYPE.fullmatch(cell) for cell in cells):
            continue
        elif all(map(GAP.fullmatch, cells)):
            table.tell(SHORTENED)
        elif not cells or (not spans and len(cells) == 1 and not _BARS.search(line)):
            beside.append(line.strip())
        else:
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
    if len(grid.frame) and is_open_ended(table, text):
        has_bars = _BARS.fullmatch(lines[numbers[0] - 1].rstrip()[-1:]) is not None
        is_short = has_bars and _BARS.search(lines[-1]) is not None and not _is_border(lines[-1])
        is_short = is_short and (numbers[-1] < len(lines) or not _BARS.fullmatch(lines[-1].rstrip()[-1:]))
        is_short = is_short or (numbers[-1] == len(lines) and len(rows[-1]) < len(rows[0]))
        if is_short or not has_bars:
            tell_cut(table, [*grid.frame.iloc[:, -1], *[""] * is_short], landmarks)
    yield Block(grid.frame, numbered(grid.numbers, "line"))


def _below(spans: Sequence[tuple[int, int]], line: str) -> list[str]:
    """Return the cells of a line in columns that are underlined at `spans`, which may be as wide as their names alone.

    A word belongs to the column whose stroke it touches, else to the last one that begins before it.
    """
    words: list[list[re.Match[str]]] = [[] for _ in spans]
    for word in re.finditer(r"\S+", line):
        touched = [place for place, (start, end) in enumerate(spans) if word.start() < end and start < word.end()]
        before = [place for place, (start, _) in enumerate(spans) if start < word.start()]
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


def _is_underline(line: str, above: str) -> bool:
    """Tell whether a line of dashes underlines the names above it, column by column; below an id it is a rule."""
    spans = [found.span() for found in _DASHES.finditer(line)]
    return (
        "---" in line
        and not line.strip("- \t\r")
        and not _LONG.search(above)
        and all(above[start:end].strip() for start, end in spans)
    )
