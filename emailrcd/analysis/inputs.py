"""Records in one frame or in many, and their columns that a caller names: there, one of a kind, and fit to group by."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol, Self, TypeVar

import pandas as pd

from ..errors import EmailrcdError, require
from ..records.frame import STATUSES, dtyped
from ..records.parts import Parts

_Result = TypeVar("_Result")


class DaskFrame(Protocol):
    """What a Dask frame is here: columns, and partitions that are worked on where they are."""

    @property
    def columns(self) -> pd.Index[str]: ...  # noqa: D102 - as of a frame

    def __getitem__(self, columns: list[str]) -> Self: ...

    def to_delayed(self) -> Sequence[Any]: ...  # noqa: D102 - as of a Dask frame


Records = pd.DataFrame | Parts | DaskFrame
"""Records in one frame, in parts, or in the partitions of a Dask frame."""


def each(records: Records, columns: Sequence[str], work: Callable[[pd.DataFrame], _Result]) -> Iterable[_Result]:
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
    if "status" in partition:
        _check_statuses(partition)
    # Dask reads text as a dtype of its own.
    texts = {name: "str" for name, dtype in partition.dtypes.items() if isinstance(dtype, pd.StringDtype)}
    return work(dtyped(partition.astype(texts)))


def check(records: Records) -> None:
    """Refuse what is no records frame; parts have been looked at when they were opened, partitions are when worked on."""
    if isinstance(records, Parts):
        return
    for name in ("email_id", "status", "to_address", "submitted_at_estimated"):
        if name not in records.columns:
            raise EmailrcdError(
                f"This is no records frame: it has no column {name}. Client.query and read_records give one."
            )
    if isinstance(records, pd.DataFrame):
        _check_statuses(records)


def check_frame(records: object) -> None:
    """Refuse what is no records frame, and parts or a Dask frame where all of it is needed in one."""
    if not isinstance(records, pd.DataFrame):
        raise EmailrcdError(
            f"One records frame is needed here, not {type(records).__name__}: emailrcd.read_records gives all parts of a "
            "folder in one, next(iter(parts)) the first of them."
        )
    check(records)


def _check_statuses(records: pd.DataFrame) -> None:
    if not records["status"].isin(STATUSES).all():
        raise EmailrcdError(
            f"This is no records frame: its column status holds other words than {', '.join(STATUSES)}. "
            "Client.query and read_records give one."
        )


def check_column(records: Records, name: object) -> None:
    """Refuse the name of a column that is not there, and name those that are."""
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
