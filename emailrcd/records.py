"""The records frame: its columns and dtypes, built from the answers of batches."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import idna
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from .api import quotable
from .errors import EmailrcdError
from .providers import PROVIDERS, provider_of

STATUSES = ("delivered", "failed", "sending", "not_found", "invalid", "unanswered")
"""Every id ends in exactly one of these."""

SETTLED = ("delivered", "failed")
"""Answers that do not change any more."""

OPEN = ("sending", "not_found")
"""Answers that may still change."""

COLUMNS = (
    "email_id",
    "status",
    "to_address",
    "received_at",
    "submitted_at_estimated",
    "domain",
    "provider",
    "queried_at",
    "error",
)
"""The first columns of every records frame, in order."""

ID_ZONE = "Asia/Shanghai"
"""The zone in which the time inside an email id is read."""

STATUS_DTYPE = pd.CategoricalDtype(list(STATUSES))
PROVIDER_DTYPE = pd.CategoricalDtype(list(PROVIDERS))
TIME_DTYPE = pd.DatetimeTZDtype("us", "UTC")

_SANDBOX_MARK = ".sandbox@"
_CHUNK_ROWS = 2_000
_BLOCK_ROWS = 50_000
_STATUS_CODES = {status: code for code, status in enumerate(STATUSES)}
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
    queried_at: list[int] = field(default_factory=list)

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
        self.queried_at = [time.time_ns() // 1_000] * len(self.ids)
        return self

    def close_undecided(self, error: str) -> None:
        """Leave all ids that are not decided ``unanswered``."""
        self.close([position for position, status in enumerate(self.status) if not status], "unanswered", error)


class _Chunk(NamedTuple):
    stop: int
    ids: pa.Array
    status: npt.NDArray[np.int8]
    address: pa.Array
    time: pa.Array
    queried_at: npt.NDArray[np.int64]
    error: pa.Array
    malformed: list[str]


class Builder:
    """Collects the answers of batches, in any order, and makes the records frame of them in the order of the batches.

    Answers are packed into arrays of some 2,000 rows as soon as they follow each other without a gap: a third of the memory
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
        address = _text(chunk.address for chunk in chunks)
        domain = _domains(address)
        columns = {
            "email_id": ids,
            "status": pd.Categorical.from_codes(np.concatenate([chunk.status for chunk in chunks]), dtype=STATUS_DTYPE),
            "to_address": address,
            "received_at": pa.chunked_array([chunk.time for chunk in chunks]).to_pandas().astype(TIME_DTYPE),
            "submitted_at_estimated": submitted_at_estimated(ids),
            "domain": domain,
            "provider": _providers(domain),
            "queried_at": pd.Series(np.concatenate([chunk.queried_at for chunk in chunks])).astype(TIME_DTYPE),
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
    texts = pa.array([text or None for batch in batches for text in batch.time], pa.string())
    times, malformed = _times(texts)
    return _Chunk(
        stop=stop,
        ids=pa.array([email_id for batch in batches for email_id in batch.ids], pa.large_string()),
        status=np.array([_STATUS_CODES[status] for batch in batches for status in batch.status], np.int8),
        address=pa.array([address for batch in batches for address in batch.address], pa.large_string()),
        time=times,
        queried_at=np.array([at for batch in batches for at in batch.queried_at], np.int64),
        error=pa.array([error for batch in batches for error in batch.error], pa.large_string()),
        malformed=malformed,
    )


def _times(texts: pa.Array) -> tuple[pa.Array, list[str]]:
    """Parse the vendor's times; return them and the texts that are none."""
    instant = pa.timestamp("us", "UTC")
    try:
        return texts.cast(instant), []
    except pa.ArrowInvalid:
        series = texts.to_pandas()
        with_offset = series.where(series.str.contains(_OFFSET, na=False))
        times = pd.to_datetime(with_offset, format="ISO8601", utc=True, errors="coerce")
        malformed = series[times.isna() & series.notna()].tolist()
        return pa.array(times.astype(TIME_DTYPE), instant, from_pandas=True), malformed


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
    # In blocks: what is made on the way would otherwise be the most that a query needs of memory.
    starts = range(0, max(1, len(ids)), _BLOCK_ROWS)
    times: pd.Series[Any] = pd.concat([_times_in(ids.iloc[start : start + _BLOCK_ROWS], zone) for start in starts])
    if len(times) and times.notna().mean() >= 0.95:
        return times
    return pd.Series(pd.NaT, index=ids.index, dtype=TIME_DTYPE)


def _times_in(ids: pd.Series[str], zone: str) -> pd.Series[Any]:
    digits = ids.where(ids.str.fullmatch(r"\d{19}")).str[:12]
    local = pd.to_datetime(digits, format="%y%m%d%H%M%S", errors="coerce")
    times = local.dt.tz_localize(zone, ambiguous="NaT", nonexistent="NaT").astype(TIME_DTYPE)
    tomorrow = pd.Timestamp.now("UTC") + pd.Timedelta(days=1)
    return times.where(times.between(pd.Timestamp("2015-01-01", tz="UTC"), tomorrow))


def _domains(address: pd.Series[str]) -> pd.Series[str]:
    """Return recipient domains in lower case, decoded where they are written in IDNA's ASCII form."""
    domain = address.where(address.str.contains("@", regex=False, na=False)).str.replace(r"^.*@", "", regex=True)
    domain = domain.str.strip(" .<>").str.lower()
    encoded = domain.str.contains("xn--", regex=False, na=False)
    if encoded.any():
        decoded = {name: _decoded(name) for name in domain[encoded].unique()}
        domain = domain.where(~encoded, domain.map(decoded))
    return domain.where(domain != "").astype("str")


def _decoded(domain: str) -> str:
    try:
        return idna.decode(domain)
    except idna.IDNAError:
        return domain


def _providers(domain: pd.Series[str]) -> pd.Categorical:
    codes, names = pd.factorize(domain)
    known = np.array([PROVIDERS.index(provider_of(name)) for name in names] + [PROVIDERS.index("unknown")], np.int8)
    return pd.Categorical.from_codes(known[codes], dtype=PROVIDER_DTYPE)


def beside(
    answers: pd.DataFrame, context: pd.DataFrame, positions: npt.NDArray[np.intp] | None
) -> tuple[pd.DataFrame, list[str]]:
    """Put the user's columns beside the answers.

    Parameters
    ----------
    answers : DataFrame
        The nine columns, one row for each distinct id.
    context : DataFrame
        The user's columns: a row for each id, or – with `positions` – for each row of a frame of theirs.
    positions : array of int, optional
        The row of `answers` that belongs to each row of `context`; the result then has the rows and index of `context`.

    Returns
    -------
    DataFrame, list of str
        The frame, and a notice for each column that had to be renamed to ``input_<name>``.
    """
    if positions is not None:
        answers = answers.take(positions)
    answers = answers.set_axis(context.index)
    names: list[Any] = []
    notices = []
    for name in context.columns:
        free = name
        while free in COLUMNS or (free != name and free in context.columns):
            free = f"input_{free}"
        names.append(free)
        if free != name:
            notices.append(f"Your column {name!r} is called {free!r} here: the name belongs to the result.")
    return pd.concat([answers, context.set_axis(names, axis=1)], axis=1), notices


def typed(frame: pd.DataFrame, name: str = "This frame") -> pd.DataFrame:
    """Give the nine columns of `frame` their places and dtypes back.

    Raises
    ------
    EmailrcdError
        A column is missing, or ``status`` holds a word that is none of the six.
    """
    lacking = [column for column in COLUMNS if column not in frame.columns]
    if lacking:
        raise EmailrcdError(f"{name} holds no records frame: it lacks the columns {', '.join(lacking)}.")
    strange = sorted(set(frame["status"].dropna().astype(str)) - set(STATUSES))
    if strange or frame["status"].isna().any():
        raise EmailrcdError(
            f"{name} holds no records frame: {', '.join(strange) or 'nothing'} in the column status is none of "
            f"{', '.join(STATUSES)}."
        )
    rest = [column for column in frame.columns if column not in COLUMNS]
    return dtyped(frame)[[*COLUMNS, *rest]]


def dtyped(frame: pd.DataFrame) -> pd.DataFrame:
    """Give those of the nine columns that `frame` has their dtypes back."""
    dtypes: Mapping[str, Any] = {
        "status": STATUS_DTYPE,
        "provider": PROVIDER_DTYPE,
        **dict.fromkeys(("email_id", "to_address", "domain", "error"), "str"),
    }
    result = frame.astype({name: dtype for name, dtype in dtypes.items() if name in frame.columns})
    for column in ("received_at", "submitted_at_estimated", "queried_at"):
        if column in result.columns:
            result[column] = pd.to_datetime(result[column], format="ISO8601", utc=True).astype(TIME_DTYPE)
    return result


def is_sandbox(records: Any) -> bool:
    """Tell whether records, or parts, come from the sandbox: by their provenance, else by the mark that its addresses bear."""
    told = records.attrs.get("emailrcd", {}).get("sandbox")
    if told is not None or "to_address" not in records:
        return bool(told)
    addresses = records["to_address"].dropna().head(1_000)
    return len(addresses) > 0 and bool(addresses.str.contains(_SANDBOX_MARK, regex=False).all())


def empty() -> pd.DataFrame:
    """Return a records frame without rows, fully typed."""
    return Builder().frame()
