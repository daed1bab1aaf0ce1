"""The records frame in the making: the answers of batches, packed into columns, and the columns derived from them."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, NamedTuple

import idna
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from .api import quotable
from .providers import PROVIDERS, provider_of
from .records import PROVIDER_DTYPE, STATUS_DTYPE, STATUSES, TIME_DTYPE

ID_ZONE = "Asia/Shanghai"
"""The zone in which the time inside an email id is read."""

_CHUNK_ROWS = 4_000
_BLOCK_ROWS = 20_000
_NEVER = np.empty(0, np.int64)
_STATUS_CODES = {status: code for code, status in enumerate(STATUSES)}
_NO_ERRORS = pa.nulls(_CHUNK_ROWS, pa.large_string())
"""Shared by all chunks without an error."""
_OFFSET = r"(?:[Zz]|[+-]\d{2}(?::?\d{2})?)$"


@dataclass(slots=True)
class Answers:
    """What is known about the ids of one batch, as columns of equal length.

    ``status`` is ``""`` while an id is not decided; ``time`` is the vendor's text; ``queried_at`` is Unix time in
    microseconds, empty until `obtained` is called.
    """

    ids: Sequence[str]
    status: list[str]
    address: list[str | None]
    time: list[str | None]
    error: list[str | None]
    queried_at: npt.NDArray[np.int64] = field(default_factory=_NEVER.copy)

    @classmethod
    def undecided(cls, ids: Sequence[str]) -> Answers:
        """Return answers that know nothing yet."""
        n = len(ids)
        return cls(ids, [""] * n, [None] * n, [None] * n, [None] * n)

    def close(self, positions: Iterable[int], status: str, error: str) -> None:
        """Decide the ids at `positions` without a mail: ``invalid`` or ``unanswered``, and why."""
        for position in positions:
            self.status[position] = status
            self.error[position] = error

    def obtained(self) -> Answers:
        """Enter the present as the time at which all ids were answered."""
        self.queried_at = np.broadcast_to(np.int64(time.time_ns() // 1_000), len(self.ids))
        return self

    def close_undecided(self, error: str) -> None:
        """Leave all ids that are not decided ``unanswered``."""
        self.close([position for position, status in enumerate(self.status) if not status], "unanswered", error)


class _Chunk(NamedTuple):
    stop: int
    ids: pa.Array
    status: npt.NDArray[np.int8]
    address: pa.Array
    received: npt.NDArray[np.datetime64]
    domain: pa.Array
    provider: npt.NDArray[np.int8]
    queried_at: list[npt.NDArray[np.int64]]
    error: pa.Array
    malformed: list[str]


class Builder:
    """Collects the answers of batches, in any order, and makes the records frame of them in the order of the batches.

    Answers are packed into arrays of some 4,000 rows as soon as they follow each other without a gap: a third of the memory
    and time of rows kept as Python objects. An interrupt between any two steps leaves it whole.
    """

    def __init__(self) -> None:
        self._chunks: list[_Chunk] = []
        self._waiting: dict[int, Answers] = {}
        self._rows_ready = 0
        self._next = 0

    def add(self, index: int, answers: Answers) -> None:
        """Take the answers of the batch with number `index`; numbers start at 0 and have no gap in the end."""
        self._waiting[index] = answers
        while self._next in self._waiting:
            self._rows_ready += len(self._waiting[self._next].ids)
            self._next += 1
        if self._rows_ready >= _CHUNK_ROWS:
            self._pack(self._next)
            self._rows_ready = 0

    def __contains__(self, index: object) -> bool:
        return isinstance(index, int) and (index < self._packed or index in self._waiting)

    def frame(self) -> pd.DataFrame:
        """Return the nine columns for all ids taken, in the order of the batches."""
        self._pack(max(self._waiting, default=-1) + 1)
        chunks = self._chunks or [_pack([], 0)]
        ids = _text(chunk.ids for chunk in chunks)
        columns = {
            "email_id": ids,
            "status": pd.Categorical.from_codes(np.concatenate([chunk.status for chunk in chunks]), dtype=STATUS_DTYPE),
            "to_address": _text(chunk.address for chunk in chunks),
            "received_at": _utc(np.concatenate([chunk.received for chunk in chunks])),
            "submitted_at_estimated": submitted_at_estimated(ids),
            "domain": _text(chunk.domain for chunk in chunks),
            "provider": pd.Categorical.from_codes(
                np.concatenate([chunk.provider for chunk in chunks]), dtype=PROVIDER_DTYPE
            ),
            "queried_at": _utc(np.concatenate([_NEVER, *chain.from_iterable(chunk.queried_at for chunk in chunks)])),
            "error": _text(chunk.error for chunk in chunks),
        }
        return pd.DataFrame(columns, copy=False)

    def notices(self) -> list[str]:
        """Say which times could not be read, if any; complete once the frame has been made."""
        return malformed_times(self.malformed)

    @property
    def malformed(self) -> list[str]:
        """Times that could not be read; complete once the frame has been made."""
        return [text for chunk in self._chunks for text in chunk.malformed]

    @property
    def _packed(self) -> int:
        return self._chunks[-1].stop if self._chunks else 0

    def _pack(self, stop: int) -> None:
        if stop > self._packed:
            self._chunks.append(_pack([self._waiting[index] for index in range(self._packed, stop)], stop))
        for index in [index for index in self._waiting if index < stop]:
            del self._waiting[index]


def _pack(batches: Sequence[Answers], stop: int) -> _Chunk:
    ids = pa.array(chain.from_iterable(batch.ids for batch in batches), pa.large_string())
    address = pa.array(chain.from_iterable(batch.address for batch in batches), pa.large_string())
    received, malformed = _times(pa.array(chain.from_iterable(batch.time for batch in batches), pa.string()))
    domain, provider = _domains(address)
    statuses = chain.from_iterable(batch.status for batch in batches)
    errors = list(chain.from_iterable(batch.error for batch in batches))
    return _Chunk(
        stop=stop,
        ids=ids,
        status=np.frombuffer(bytes(map(_STATUS_CODES.__getitem__, statuses)), np.int8),
        address=address,
        received=received,
        domain=domain,
        provider=provider,
        queried_at=[batch.queried_at for batch in batches],
        error=pa.array(errors, pa.large_string()) if any(errors) else _no_errors(len(errors)),
        malformed=malformed,
    )


def _no_errors(rows: int) -> pa.Array:
    return _NO_ERRORS.slice(0, rows) if rows <= len(_NO_ERRORS) else pa.nulls(rows, pa.large_string())


def _times(texts: pa.Array) -> tuple[npt.NDArray[np.datetime64], list[str]]:
    """Parse the vendor's times; return them in UTC, and the texts that are none."""
    texts = pc.if_else(pc.equal(texts, ""), None, texts)
    try:
        return texts.cast(pa.timestamp("us", "UTC")).to_numpy(zero_copy_only=False), []
    except pa.ArrowInvalid:
        series = texts.to_pandas()
        with_offset = series.where(series.str.contains(_OFFSET, na=False))
        times = pd.to_datetime(with_offset, format="ISO8601", utc=True, errors="coerce")
        malformed = series[times.isna() & series.notna()].tolist()
        return times.dt.tz_localize(None).to_numpy("M8[us]"), malformed


def malformed_times(texts: Sequence[str], count: int | None = None) -> list[str]:
    """Return the notice about times that could not be read, if there are any; `texts` may be the first of `count`."""
    if not texts:
        return []
    total = count or len(texts)
    are_none = "value of receiveTime is no ISO 8601 time"
    if total > 1:
        are_none = "values of receiveTime are no ISO 8601 times"
    return [
        f"{total:,} {are_none} with an offset (the first: {quotable(texts[0])[:40]!r}); received_at is missing there."
    ]


def _text(arrays: Iterable[pa.Array]) -> pd.Series[str]:
    return pd.Series(pd.array(pa.chunked_array(list(arrays), pa.large_string()), dtype="str"))


def submitted_at_estimated(ids: pd.Series[str], zone: str = ID_ZONE) -> pd.Series[Any]:
    """Read the submit time out of email ids: for the whole column, or not at all.

    The ids that the vendor publishes read as ``yyMMddHHmmss`` and seven digits. That is an observation and no promise, so at
    least 95 % of the ids must read as a time between 2015 and tomorrow; otherwise all are missing.

    Parameters
    ----------
    ids : Series of str
        Email ids.
    zone : str
        The zone the digits are read in.

    Returns
    -------
    Series of datetime64[us, UTC]
        Missing where an id does not read as a time.

    Examples
    --------
    >>> submitted_at_estimated(pd.Series(["2208031112341000001"]))[0]
    Timestamp('2022-08-03 03:12:34+0000', tz='UTC')
    """
    whole = pa.chunked_array(ids).cast(pa.large_string())
    times = np.empty(len(ids), "M8[us]")
    # In blocks: what is made on the way would otherwise be the most that a query needs of memory.
    for start in range(0, len(ids), _BLOCK_ROWS):
        block = whole.slice(start, _BLOCK_ROWS).combine_chunks()
        times[start : start + len(block)] = _times_in(block, zone)
    if np.count_nonzero(np.isnat(times)) > 0.05 * len(times):
        times[:] = np.datetime64("NaT")
    return _utc(times, ids.index)


def _utc(times: npt.NDArray[Any], index: pd.Index | None = None) -> pd.Series[Any]:
    """Return UTC times in microseconds as a column; numbers are not copied for it, times would be."""
    return pd.Series(times.view(np.int64), index, TIME_DTYPE, copy=False)


def _times_in(ids: pa.Array, zone: str) -> npt.NDArray[Any]:
    shaped = pc.and_(pc.ascii_is_decimal(ids), pc.equal(pc.binary_length(ids), 19))
    # Many mails are submitted within a second: each is read once.
    seconds = pc.if_else(shaped, pc.utf8_slice_codeunits(ids, 0, 12), None).dictionary_encode("encode")
    local = pd.Series(pd.to_datetime(seconds.dictionary.to_pandas(), format="%y%m%d%H%M%S", errors="coerce"))
    times = local.dt.tz_localize(zone, ambiguous="NaT", nonexistent="NaT").astype(TIME_DTYPE)
    tomorrow = pd.Timestamp.now("UTC") + pd.Timedelta(days=1)
    times = times.where(times.between(pd.Timestamp("2015-01-01", tz="UTC"), tomorrow))
    known: npt.NDArray[Any] = times.to_numpy("M8[us]")[seconds.indices.to_numpy()]
    return known


def _domains(addresses: pa.Array) -> tuple[pa.Array, npt.NDArray[np.int8]]:
    """Return the recipient domain of each address, and the code of the provider it belongs to."""
    around_at = pc.split_pattern(addresses, "@", max_splits=1, reverse=True)
    behind_at = pc.list_slice(around_at, 1, 2, return_fixed_size_list=True)
    # Many addresses have the same domain: each is looked at once.
    written = behind_at.values.dictionary_encode("encode")
    names = [_domain(name) for name in written.dictionary.to_pylist()]
    codes = np.array([PROVIDERS.index(provider_of(name)) for name in names], np.int8)
    return pa.array(names, pa.large_string()).take(written.indices), codes[written.indices.to_numpy()]


def _domain(written: str | None) -> str | None:
    """Return a domain in lower case, decoded where it is written in IDNA's ASCII form; None if there is none."""
    domain = (written or "").strip(" .<>").lower()
    if "xn--" in domain:
        with suppress(idna.IDNAError):
            domain = idna.decode(domain)
    return domain or None


def empty() -> pd.DataFrame:
    """Return a records frame without rows, fully typed."""
    return Builder().frame()
