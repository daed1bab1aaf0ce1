"""Frames of other libraries: polars, pyarrow, DuckDB, and whatever gives its data by an interchange protocol."""

from __future__ import annotations

from typing import Any

import pandas as pd

from ..errors import IdsError
from .parquet import frame_of


def as_pandas(source: Any) -> Any:
    """Return a frame, or a column, of another library as a DataFrame or a list; anything else as it is.

    Raises
    ------
    IdsError
        It is a frame that has to be computed first.
    """
    if isinstance(source, pd.DataFrame | pd.Series | list | tuple | str | bytes | dict):
        return source
    library = type(source).__module__.partition(".")[0]
    if library in ("dask", "dask_expr"):
        raise IdsError(
            "This is a Dask collection, whose rows are not there yet: give what its .compute() returns, or use "
            "emailrcd.cluster, which asks from all workers."
        )
    if hasattr(source, "collect") and hasattr(source, "collect_schema"):
        source = source.collect()
    if hasattr(source, "__arrow_c_stream__") or hasattr(source, "__arrow_c_array__"):
        return _of_arrow(source)
    if hasattr(source, "columns") and not isinstance(source, type):
        raise IdsError(
            f"{library}.{type(source).__name__} is a table that cannot be read: turn it into a pandas DataFrame first."
        )
    return source


def _of_arrow(source: Any) -> Any:
    import pyarrow as pa

    try:
        table = source if isinstance(source, pa.Table) else pa.table(source)
    except (pa.ArrowException, TypeError, ValueError):
        column = pa.chunked_array(source) if hasattr(source, "__arrow_c_stream__") else pa.array(source)
        return column.to_pylist()
    return frame_of(table)
