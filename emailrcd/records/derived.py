"""Columns derived from ids and answers: submit time, domain, provider; the vendor's times parsed."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import idna
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from ..wording import quotable
from .frame import TIME_DTYPE
from .providers import PROVIDERS, provider_of

ID_ZONE = "Asia/Shanghai"
"""The zone in which the time inside an email id is read."""

_BLOCK_ROWS = 20_000
_OFFSET = r"(?:[Zz]|[+-]\d{2}(?::?\d{2})?)$"


def parsed_times(texts: pa.Array) -> tuple[pa.Array, list[str]]:
    """Parse the vendor's times; return them in UTC, and the texts that are not times."""
    texts = pc.if_else(pc.equal(texts, ""), None, texts)
    try:
        return texts.cast(pa.timestamp("us", "UTC")), []
    except pa.ArrowInvalid:
        series = texts.to_pandas()
        with_offset = series.where(series.str.contains(_OFFSET, na=False))
        times = pd.to_datetime(with_offset, format="ISO8601", utc=True, errors="coerce")
        malformed = series[times.isna() & series.notna()].tolist()
        return pa.array(times, pa.timestamp("us", "UTC")), malformed


def malformed_times(texts: Sequence[str], count: int | None = None) -> list[str]:
    """Return the notice about times that could not be read, if there are any; `texts` may be the first of `count`."""
    if not texts:
        return []
    total = count or len(texts)
    are_not = "value of receiveTime is not a time" if total == 1 else "values of receiveTime are not times"
    return [
        f"{total:,} {are_not} of ISO 8601 with an offset (the first: {quotable(texts[0])[:40]!r}); received_at is missing "
        "there."
    ]


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
        times[:] = np.datetime64("NaT", "us")
    return utc(times, ids.index)


def utc(times: npt.NDArray[Any], index: pd.Index | None = None) -> pd.Series[Any]:
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


def domains_and_providers(addresses: pa.Array) -> tuple[pa.Array, npt.NDArray[np.int8]]:
    """Return the recipient domain of each address, and the code of the provider it belongs to."""
    around_at = pc.split_pattern(addresses, "@", max_splits=1, reverse=True)
    behind_at = pc.list_slice(around_at, 1, 2, return_fixed_size_list=True)
    # Many addresses have the same domain: each is looked at once.
    written = behind_at.values.dictionary_encode("encode")
    names = [domain_of(name) for name in written.dictionary.to_pylist()]
    codes = np.array([PROVIDERS.index(provider_of(name)) for name in names], np.int8)
    return pa.array(names, pa.large_string()).take(written.indices), codes[written.indices.to_numpy()]


def mailboxes(addresses: pa.Array) -> pa.Array:
    """Return addresses so that those of one mailbox are the same: no name, tag or case, domains decoded from IDNA.

    Examples
    --------
    >>> mailboxes(pa.array(["Li <Li.Lei+news@QQ.com>", "li.lei@qq.com", "x@xn--fiqs8s.xn--fiqs8s"])).to_pylist()
    ['li.lei@qq.com', 'li.lei@qq.com', 'x@中国.中国']
    """
    texts = addresses.cast(pa.large_string())
    # Most addresses need only one of these steps, and each takes as long as all the rest of an entry of a ledger.
    if not pc.all(pc.string_is_ascii(texts)).as_py():
        texts = pc.utf8_normalize(texts, "NFKC")
    texts = pc.utf8_trim(pc.utf8_lower(texts), " .<>")
    if pc.any(pc.match_substring(texts, "<")).as_py():
        texts = pc.replace_substring_regex(texts, r"^.*<\s*", "")
    if pc.any(pc.match_substring(texts, "+")).as_py():
        texts = pc.replace_substring_regex(texts, r"^([^+@]+)\+[^@]*@", r"\1@")
    encoded = pc.match_substring(texts, "xn--")
    if pc.any(encoded).as_py():
        decoded = pa.array(map(_decoded, texts.filter(encoded).to_pylist()), texts.type)
        texts = pc.replace_with_mask(texts, encoded, decoded)
    return texts


def _decoded(address: str) -> str:
    local, at, domain = address.rpartition("@")
    return f"{local}{at}{domain_of(domain) or ''}"


def domain_of(written: str | None) -> str | None:
    """Return a domain in lower case, decoded where it is written in IDNA's ASCII form; None if there is none."""
    domain = (written or "").strip(" .<>").lower()
    if "xn--" in domain:
        with suppress(idna.IDNAError):
            domain = idna.decode(domain)
    return domain or None
