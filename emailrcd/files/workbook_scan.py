"""A look into the XML of a workbook before it is read: calamine makes the whole rectangle of a sheet, however large.

One stray cell in the last row and column of Excel would ask for half a terabyte and end the process.
"""

from __future__ import annotations

import io
import zipfile
from collections import defaultdict
from collections.abc import Mapping
from contextlib import suppress
from functools import cache, partial
from typing import IO, NamedTuple
from xml.etree import ElementTree
from xml.parsers import expat

from ..errors import IdsError, in_place_of
from ..wording import quoted
from .archives import DAMAGES, ZIP

_LARGEST = 4 << 30
_SMALL_AREA = 5_000_000
_CELLS_SHARE = 0.05
_DIGITS = "0123456789"
_ENCODING = "UTF-8"
"""The only one that calamine knows, whatever a workbook says."""


class Scan(NamedTuple):
    """What is known of a workbook: its formulas by sheet and (row, column), whether Excel is to compute them, merged cells."""

    formulas: Mapping[str, set[tuple[int, int]]]
    is_recomputed: bool = False
    has_merged: bool = False


def scan(data: bytes, name: str) -> Scan:
    """Look into a workbook.

    Raises
    ------
    IdsError
        It is damaged, or to read it would take more memory than its content is worth.
    """
    if not data.startswith(ZIP):
        return Scan({})
    with (
        in_place_of(*DAMAGES, expat.ExpatError, ElementTree.ParseError, error=partial(unreadable, name)),
        zipfile.ZipFile(io.BytesIO(data)) as archive,
    ):
        if sum(member.file_size for member in archive.infolist()) > _LARGEST:
            raise IdsError(f"{name} is too large to be read as a workbook. Save the table in it as CSV UTF-8.")
        titles, is_recomputed = _sheets(archive)
        scanner = _Scanner(name)
        for member in archive.infolist():
            place = member.filename.lower()
            if place.endswith(".xml") or place in titles:
                with archive.open(member) as opened:
                    scanner.read(opened, titles.get(place, member.filename), member.file_size)
    return Scan(scanner.formulas, is_recomputed, scanner.has_merged)


def unreadable(name: str, why: str) -> IdsError:
    """Return the error for a workbook that cannot be read."""
    return IdsError(
        f"{name} cannot be read as an Excel file ({why}). It may be damaged, cut off or protected by a password: "
        "save it in Excel as an .xlsx file without a password and try again."
    )


def _sheets(archive: zipfile.ZipFile) -> tuple[dict[str, str], bool]:
    """Return the names of sheets by the members that hold them, and whether Excel is to compute all formulas anew."""
    try:
        book, relations = (_element(archive, name) for name in ("xl/workbook.xml", "xl/_rels/workbook.xml.rels"))
    except KeyError:
        return {}, False
    targets = {each.get("Id"): each.get("Target", "") for each in relations}
    titles = {}
    for sheet in book.iterfind(".//{*}sheet"):
        target = next((targets.get(value, "") for key, value in sheet.items() if key.endswith("}id")), "")
        member = target.removeprefix("/") if target.startswith("/") else f"xl/{target}"
        titles[member.lower()] = sheet.get("name", "")
    settings = book.find("{*}calcPr")
    return titles, settings is not None and settings.get("fullCalcOnLoad") in ("1", "true")


def _element(archive: zipfile.ZipFile, name: str) -> ElementTree.Element:
    parser = ElementTree.XMLParser(encoding=_ENCODING)  # noqa: S314 - expat itself bounds what entities grow to
    return ElementTree.fromstring(archive.read(name), parser)  # noqa: S314


class _Other(Exception):
    """A member of a workbook holds no sheet."""


class _Scanner:
    """Goes through the members of a workbook; what one holds is told by its first element, and not by its name."""

    def __init__(self, name: str) -> None:
        self.formulas: defaultdict[str, set[tuple[int, int]]] = defaultdict(set)
        self.has_merged = False
        self._name = name
        self._area = self._cells = self._height = self._width = 0

    def read(self, opened: IO[bytes], title: str, size: int) -> None:
        """Go through a member; refuse a sheet with a cell far from the others, and damaged XML."""
        self._begin(title)
        self._size = size
        self._parser = expat.ParserCreate(_ENCODING)
        self._parser.StartElementHandler = self._first
        with suppress(_Other):
            self._parser.ParseFile(opened)

    def _begin(self, title: str) -> None:
        """Begin with a sheet."""
        self._area += self._height * self._width
        self._title = title
        self._height = self._width = self._row = self._column = 0

    def _first(self, tag: str, attributes: Mapping[str, str]) -> None:
        kind = tag.rpartition(":")[2]
        if kind == "sst" and any(int(attributes.get(key, 0)) > self._size for key in ("count", "uniqueCount")):
            raise IdsError(
                f"{self._name} is damaged: it announces more texts than it can hold. Open it in Excel and save it again."
            )
        if kind not in ("worksheet", "document-content"):
            raise _Other
        self._parser.StartElementHandler = self._of_worksheet if kind == "worksheet" else self._of_document

    def _of_worksheet(self, tag: str, attributes: Mapping[str, str]) -> None:
        kind = tag.rpartition(":")[2]
        if kind == "c":
            self._type = attributes.get("t")
            if place := attributes.get("r"):
                letters = place.rstrip(_DIGITS)
                self._row, self._column = int(place[len(letters) :]), _column(letters)
            else:
                self._column += 1
        elif kind in ("v", "is"):
            self._count()
        elif kind == "row":
            self._row = int(attributes.get("r", self._row + 1))
            self._column = 0
        elif kind == "f" and self._type != "str":
            self.formulas[self._title].add((self._row - 1, self._column - 1))

    def _of_document(self, tag: str, attributes: Mapping[str, str]) -> None:
        if tag == "table:table":
            self._begin(attributes.get("table:name", ""))
        elif tag == "table:table-row":
            self._row += int(attributes.get("table:number-rows-repeated", 1))
            self._column = 0
        elif tag in ("table:table-cell", "table:covered-table-cell"):
            self._column += int(attributes.get("table:number-columns-repeated", 1))
            self.has_merged |= int(attributes.get("table:number-rows-spanned", 1)) > 1
            if "office:value-type" in attributes:
                self._count()

    def _count(self) -> None:
        """Count a cell."""
        self._cells += 1
        if self._row > self._height or self._column > self._width:
            self._height, self._width = max(self._row, self._height), max(self._column, self._width)
            area = self._area + self._height * self._width
            if area > _SMALL_AREA and self._cells < _CELLS_SHARE * area:
                raise IdsError(
                    f"Sheet {quoted(self._title)!r} of {self._name} has cells far away from its table (row {self._height:,}, "
                    f"column {self._width:,}): the sheet between them would fill the memory. Delete the rows and columns that "
                    "do not belong to the table (Ctrl+End in Excel goes to the last), save it and try again."
                )


@cache
def _column(letters: str) -> int:
    number = 0
    for letter in letters.upper():
        number = 26 * number + ord(letter) - ord("A") + 1
    return number
