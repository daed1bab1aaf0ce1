"""Parquet files, a batch of rows at a time, whole numbers untouched."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import pandas as pd

from ..errors import IdsError, in_place_of
from .table import ROWS, Block, Content, Table, numbered

MAGIC = b"PAR1"


def parquet_table(content: Content) -> Table:
    """Return a Parquet file as a table."""
    return Table(content.name, lambda: _blocks(content))


def frame_of(table: Any) -> pd.DataFrame:
    """Return an Arrow table, or a batch of one, as a frame; an index that was stored with a name becomes a column."""
    # Whole numbers beside missing ones would otherwise become floats, which round them.
    frame: pd.DataFrame = table.to_pandas(integer_object_nulls=True)
    named = [name for name in frame.index.names if name is not None]
    return frame.reset_index(named).reset_index(drop=True) if named else frame.reset_index(drop=True)


def _blocks(content: Content) -> Iterator[Block]:
    import pyarrow as pa
    from pyarrow import parquet

    above = 0
    with (
        in_place_of(pa.ArrowException, OSError, error=partial(_unreadable, content.name)),
        parquet.ParquetFile(content.path or content.open()) as file,
    ):
        if not file.metadata.num_rows:
            yield Block(frame_of(file.schema_arrow.empty_table()), str)
        for batch in file.iter_batches(ROWS):
            frame = frame_of(batch)
            yield Block(frame, numbered(range(above + 1, above + 1 + len(frame))))
            above += len(frame)


def _unreadable(name: str, why: str) -> IdsError:
    return IdsError(
        f"{name} cannot be read as a Parquet file ({why}). It may be damaged or cut off: get it again, or write it again."
    )
