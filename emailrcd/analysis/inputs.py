"""Records in one frame or in many, and their columns that a caller names: there, one of a kind, and fit to group by."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol, Self, TypeVar

import pandas as pd

from ..errors import EmailrcdError, require
from ..records.frame import checked
from ..records.parts import Parts

_Result = TypeVar("_Result")

_TELLING = ("email_id", "status", "to_address", "submitted_at_estimated")
"""Columns by which a records frame is known."""


class DaskFrame(Protocol):
    """What is used of a Dask frame: columns, and partitions that are worked on where they are."""

    @property
    def columns(self) -> pd.Index[str]: ...  # noqa: D102 - as of a frame

    def __getitem__(self, columns: list[str]) -> Self: ...

    def to_delayed(self) -> Sequence[Any]: ...  # noqa: D102 - as of a Dask frame


Records = pd.DataFrame | Parts | DaskFrame
"""Records in one frame, in parts, or in the partitions of a Dask frame."""


def map_frames(records: Records, columns: Sequence[str], work: Callable[[pd.DataFrame], _Result]) -> Iterable[_Result]:
    """Return what `work` makes of the frame itself, or of each part or partition with these columns at least.

    Partitions are worked on by Dask, all at once.
    """
    if isinstance(records, pd.DataFrame):
        return [work(records)]
    if isinstance(records, Parts):
        return map(work, records.frames(columns))
    require("dask", "dask", "A Dask frame")
    from dask.base import compute
    from dask.delayed import delayed

    task = delayed(_on_partition)
    partitions = records[list(dict.fromkeys(columns))].to_delayed()
    results: tuple[_Result, ...] = compute(*(task(work, partition) for partition in partitions))
    return results


def _on_partition(work: Callable[[pd.DataFrame], _Result], partition: pd.DataFrame) -> _Result:
    # Dask reads text as a dtype of its own.
    texts = {name: "str" for name, dtype in partition.dtypes.items() if isinstance(dtype, pd.StringDtype)}
    return work(checked(partition.astype(texts), columns=()))


def check(records: Records) -> Records:
    """Return records that are checked; parts have been when they were opened, partitions are when they are worked on."""
    if isinstance(records, Parts):
        return records
    if not hasattr(records, "to_delayed"):
        return checked(records, columns=_TELLING)
    checked(pd.DataFrame(columns=records.columns), columns=_TELLING)
    return records


def check_frame(records: object, *columns: str) -> pd.DataFrame:
    """Return a checked records frame; parts or a Dask frame are refused where all is needed in one."""
    if isinstance(records, Parts) or hasattr(records, "to_delayed"):
        raise EmailrcdError(
            f"One records frame is needed here, not {type(records).__name__}: emailrcd.read_records gives all parts of a "
            "folder in one, next(iter(parts)) the first of them."
        )
    return checked(records, columns=(*_TELLING, *columns))


def check_column(records: Records, name: object) -> None:
    """Refuse the name of a column that is not there, and name those that are; and one that is not text."""
    if not isinstance(name, str):
        raise EmailrcdError(
            f"The name of a column must be text, not {name!r}. Rename one that is called so: "
            f"records.rename(columns={{{name!r}: 'a name'}})."
        )
    if name not in records.columns:
        near = difflib.get_close_matches(str(name), [str(column) for column in records.columns], 1)
        guess = f" Did you mean {near[0]!r}?" if near else ""
        raise EmailrcdError(f"There is no column {name!r}.{guess} There are {', '.join(map(str, records.columns))}.")
    if (records.columns == name).sum() > 1:
        raise EmailrcdError(f"There are several columns {name!r}. Rename the one you mean, then name it.")


def groupable(values: pd.Series[Any]) -> pd.Series[Any]:
    """Make values of mixed kinds (lists, numbers and text in one column) texts, so that they can be told apart and sorted."""
    if values.dtype != object:
        return values
    return values.astype("str").where(values.notna())
