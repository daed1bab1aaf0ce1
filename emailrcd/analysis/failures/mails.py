"""The settled mail of a records frame as plain arrays, and what it is grouped by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from ...errors import EmailrcdError
from ...records.dates import instants
from ...records.frame import COLUMNS, OPEN, SETTLED
from ...records.providers import OTHER, UNKNOWN
from ..inputs import check_column, check_frame, groupable
from ..statistics import Floats
from ..time_axis import clock

Codes = npt.NDArray[np.intp]
Mask = npt.NDArray[np.bool_]

Remedy = Literal["retry", "correct", "suppress", ""]
"""The working list that failed mail belongs on, if any."""

REMARK = "remark"
"""The column with what the platform said about a mail."""

_WIDTHS = {12: 300, 36: 900, 60 * 24: 3_600, 180 * 24: 10_800}
"""Length of a period in seconds, by the longest span in hours that is cut so finely."""

_MOST_VALUES = 60
_MOST_OPEN = 0.2


@dataclass(frozen=True, eq=False)
class Group:
    """A way to sort mails: the position of each mail's value in `labels`; −1 where it has none."""

    codes: Codes
    labels: pd.Index[Any]

    def count(self, weights: npt.NDArray[Any] | None = None) -> Floats:
        """Count mails (or those among them that `weights` marks) by value."""
        known = self.codes >= 0
        chosen = None if weights is None else weights[known].astype(float)
        return np.bincount(self.codes[known], chosen, minlength=len(self.labels)).astype(float)

    def marked(self, labels: Mask) -> Mask:
        """Return which mails have one of the marked `labels`."""
        return np.append(labels, False)[self.codes]

    def take(self, kept: Mask) -> Group:
        """Return the same of some of the mails."""
        return replace(self, codes=self.codes[kept])


class Mark(NamedTuple):
    """What a class of mails has in common: kind of look, hypothesis, what to do, whether it is told and not inferred."""

    kind: str
    about: str
    advice: str
    remedy: Remedy = ""
    stated: bool = False


@dataclass(frozen=True, eq=False)
class Mails:
    """Settled mail, one entry per distinct id.

    Attributes
    ----------
    rows : array of int
        Their positions in the records frame.
    failed : array of bool
        Whether they failed.
    address : Group
        Recipients.
    domain, provider, place : Group
        Recipient domain; provider; place: the provider, or the domain where that is a small provider's own.
    period : Group or None
        Period of sending, labelled with its beginning as wall-clock time; None without a clock.
    columns : mapping of str to Group
        The user's columns that sort mail into a few kinds.
    remark : Group or None
        What the platform said about them.
    clock : str
        What the periods are told by: the zone, and whether the times are estimated; empty without a clock.
    tz : str
        The zone of the periods.
    marks : mapping of Mark to array of bool
        Classes that cut across domains, and which mails are in them.
    """

    rows: Codes
    failed: Mask
    address: Group
    domain: Group
    provider: Group
    place: Group
    period: Group | None
    columns: Mapping[str, Group]
    remark: Group | None
    clock: str
    tz: str
    marks: Mapping[Mark, Mask] = field(default_factory=dict)

    def take(self, kept: Mask) -> Mails:
        """Return some of the mails."""
        return replace(
            self,
            rows=self.rows[kept],
            failed=self.failed[kept],
            address=self.address.take(kept),
            domain=self.domain.take(kept),
            provider=self.provider.take(kept),
            place=self.place.take(kept),
            period=self.period and self.period.take(kept),
            columns={name: group.take(kept) for name, group in self.columns.items()},
            remark=self.remark and self.remark.take(kept),
            marks={mark: mask[kept] for mark, mask in self.marks.items()},
        )


def settled_mails(records: pd.DataFrame, at: str | None, tz: str) -> Mails:
    """Return the settled mail of a records frame; the last row of an id counts.

    Raises
    ------
    EmailrcdError
        It is no records frame, or `at` names no column with times.
    """
    records = check_frame(records)
    distinct = ~records["email_id"].duplicated(keep="last").to_numpy()
    settled = records["status"].isin(SETTLED).to_numpy() & distinct
    rows = np.flatnonzero(settled)
    mail = records.take(rows)
    domain, provider = _group(mail["domain"]), _group(mail["provider"].astype("str"))
    if at is not None:
        check_column(records, at)
    name = _clock(records, at)
    periods = _periods(records, distinct, name, tz) if name else None
    return Mails(
        rows=rows,
        failed=(mail["status"] == "failed").to_numpy(),
        address=_group(mail["to_address"]),
        domain=domain,
        provider=provider,
        place=_places(domain, provider),
        period=periods and periods.take(settled),
        columns=_columns(mail, name),
        remark=_group(mail[REMARK]) if REMARK in mail else None,
        clock=f"{tz}, estimated" if name.endswith("_estimated") else tz,
        tz=tz,
    )


def _group(values: pd.Series[Any]) -> Group:
    codes, labels = pd.factorize(groupable(values))
    return Group(codes.astype(np.intp), pd.Index(labels))


def _places(domain: Group, provider: Group) -> Group:
    names = np.append(domain.labels.to_numpy(object), UNKNOWN)[domain.codes]
    own = np.asarray(provider.labels.isin([OTHER]))[provider.codes]
    codes, labels = pd.factorize(np.where(own, names, provider.labels.to_numpy(object)[provider.codes]))
    return Group(codes.astype(np.intp), pd.Index(labels))


def _clock(records: pd.DataFrame, at: str | None) -> str:
    try:
        return clock(records, at)
    except EmailrcdError:
        if at is not None:
            raise
        return ""


def _periods(records: pd.DataFrame, distinct: Mask, name: str, tz: str) -> Group | None:
    """Cut the time of sending into periods; those in which much is still open are left out.

    Failures and deliveries settle at different speeds: where a good part is open, the rate of the rest says nothing yet.
    """
    local = instants(records[name], name, tz).tz_localize(None)
    known = local.notna()
    if not known.any():
        return None
    seconds = np.zeros(len(local), np.int64)
    seconds[known] = local[known].to_numpy().astype("datetime64[s]").astype(np.int64)
    hours = (seconds[known].max() - seconds[known].min()) / 3600
    width = next((width for longest, width in _WIDTHS.items() if hours <= longest), 86_400)
    codes = np.where(known, seconds // width - seconds[known].min() // width, -1).astype(np.intp)
    first = seconds[known].min() // width * width
    labels = pd.DatetimeIndex((first + width * np.arange(codes.max() + 1)).astype("datetime64[s]"))
    group = Group(codes, labels)
    counted = group.take(distinct)
    still_open = counted.count(records["status"].isin(OPEN).to_numpy()[distinct])
    immature = still_open > _MOST_OPEN * counted.count()
    return Group(np.where(np.append(immature, True)[codes], -1, codes), labels)


def _columns(mail: pd.DataFrame, clock: str) -> dict[str, Group]:
    """Return the user's columns that can explain something: two values or more, and few enough to compare."""
    groups = {}
    for name in mail.columns:
        values = mail[name]
        if name in COLUMNS or name in (clock, REMARK) or pd.api.types.is_datetime64_any_dtype(values.dtype):
            continue
        group = _group(values)
        if 2 <= len(group.labels) <= min(_MOST_VALUES, max(2, len(mail) // 5)):
            groups[str(name)] = group
    return groups
