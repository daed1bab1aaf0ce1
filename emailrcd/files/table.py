"""What every kind of file is read as: a table in blocks of rows, whose cells keep their types."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, Protocol, TypeVar

import pandas as pd

Item = TypeVar("Item")

ROWS = 20_000
"""So many make a block."""


class Landmarks(Protocol):
    """How to recognise what is looked for in a file: the name of a column, its values, the best of several tables."""

    def is_name(self, cell: Any) -> bool:
        """Tell whether a column of this name is looked for."""

    def is_heading(self, text: str) -> bool:
        """Tell whether a text can stand above or before values as their name."""

    def is_value(self, cell: Any) -> bool:
        """Tell whether a cell has the shape of the values that are looked for."""

    def is_usual(self, text: str) -> bool:
        """Tell whether a text is what most values look like."""

    def is_entry(self, text: str) -> bool:
        """Tell whether a text can be a value that is looked for, whatever its shape."""

    def within(self, line: str) -> list[str]:
        """Return the values in a line of prose."""

    def rank(self, frame: pd.DataFrame) -> int | None:
        """Tell how good the reason is to take a table for the one looked for, from 0; None if there is none."""


class Content(NamedTuple):
    """The bytes of a file, which can be gone through again and again, and where they lie, if that is a file of its own."""

    name: str
    open: Callable[[], BinaryIO]
    path: Path | None = None


class Block(NamedTuple):
    """Rows of a table, and what names them as the user sees them: ``row 7``, ``line 3``, ``item 5``."""

    frame: pd.DataFrame
    where: Callable[[int], str]


@dataclass(eq=False)
class Table:
    """A table that is read in blocks, as often as is wanted.

    Attributes
    ----------
    name : str
        What to call it in a message.
    blocks : callable
        Goes through its rows.
    notices : list of str
        What the user should know of how it was read; complete after the last block.
    is_list : bool
        Whether it is a list of entries and has no columns to choose from.
    is_data : bool
        Whether its entries were given as objects of Python, and not in text.
    is_file : bool
        Whether it was read from a file, and not typed or pasted.
    is_open_ended : bool
        Whether it was read from a file whose last line has not come to its end; known after the last block.
    is_headless : bool
        Whether no row names the columns; known after the first block.
    is_spreadsheet : bool
        Whether numbers are exact to 15 digits only.
    """

    name: str
    blocks: Callable[[], Iterator[Block]] = lambda: iter(())
    notices: list[str] = field(default_factory=list)
    is_list: bool = False
    is_data: bool = False
    is_file: bool = False
    is_open_ended: bool = False
    is_headless: bool = False
    is_spreadsheet: bool = False

    def tell(self, notice: str) -> None:
        """Add a notice, once."""
        if notice not in self.notices:
            self.notices.append(notice)


def numbered(numbers: Sequence[int], noun: str = "row") -> Callable[[int], str]:
    """Return what names rows by their `numbers`."""
    return lambda row: f"{noun} {numbers[row]:,}"


def in_batches(items: Iterable[Item], size: int | None = None) -> Iterator[list[Item]]:
    """Yield `size` of the items at a time, or as many as make a block; at least one batch, which may be empty."""
    drawn = iter(items)
    yield list(islice(drawn, size or ROWS))
    while batch := list(islice(drawn, size or ROWS)):
        yield batch
