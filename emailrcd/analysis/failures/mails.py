"""The settled mail of a records frame as plain arrays, beside that of a time before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from ...errors import EmailrcdError
from ...records.dates import instants
from ...records.frame import COLUMNS, OPEN, SETTLED, are_last
from ..inputs import check_column, check_frame
from ..statistics import Floats
from ..time_axis import clock
from .dimensions import Dimension, Mask, Terms, column_dimensions, place_dimensions, time_dimensions

REMARK = "remark"
"""The column with what the platform said about a mail."""

_WIDTHS = {12: 300, 36: 900, 60 * 24: 3_600, 180 * 24: 10_800}
"""Length of a period in seconds, by the longest span in hours that is cut so finely."""

_MOST_OPEN = 0.2
"""Failures and deliveries settle at different speeds: a period with more open mail than this says nothing yet."""

_MOST = 30_000
"""The search takes at most so many failed and so many delivered mails; what it finds is counted on all of them."""


@dataclass(frozen=True, eq=False)
class Mails:
    """Settled mail, one entry per distinct id.

    Attributes
    ----------
    rows : array of int
        Their positions in the records frame; −1 for mail of the time before.
    failed, earlier : array of bool
        Whether they failed, and whether they are of the time before.
    weights : array of float
        What each adds to the evidence. Addresses count, not mails: all failures of an address count as one.
    dimensions : tuple of Dimension
        What they are sorted by; the first three are domain, provider and top-level domain.
    left_out : mapping of str to str
        Columns that are not looked at, and why.
    clock : str
        The column that the time of sending is taken from; empty without any.
    tz : str
        The zone of the times.
    """

    rows: npt.NDArray[np.intp]
    failed: Mask
    earlier: Mask
    weights: Floats
    dimensions: tuple[Dimension, ...]
    left_out: Mapping[str, str]
    clock: str
    tz: str

    def meeting(self, terms: Terms, windows: Terms = ()) -> Mask:
        """Return which mails meet all `terms`, in the stretch of time among them or one of the other `windows`.

        Mail of the time before is in any stretch of time.
        """
        met = np.ones(len(self.rows), bool)
        for term in terms:
            dimension = self.dimensions[term.dimension]
            if dimension.name == "time":
                met &= np.logical_or.reduce([self.earlier, *map(dimension.within, (term, *windows))])
            else:
                met &= dimension.within(term)
        return met

    def sample(self) -> Mails:
        """Return as many of them as a search needs, weighted so that rates stay what they are."""
        random = np.random.default_rng(0)  # seeded: the same records give the same answer
        chosen, weights = [], self.weights.copy()
        for part in (~self.earlier, self.earlier):
            failed, delivered = np.flatnonzero(part & self.failed), np.flatnonzero(part & ~self.failed)
            # A failure stays one piece of evidence; deliveries make up for those of each that are left out.
            weights[delivered] *= min(1.0, _MOST / max(len(failed), 1)) / min(1.0, _MOST / max(len(delivered), 1))
            chosen += [
                rows if len(rows) <= _MOST else random.choice(rows, _MOST, replace=False)
                for rows in (failed, delivered)
            ]
        rows = np.sort(np.concatenate(chosen))
        if len(rows) == len(self.rows):
            return self
        return replace(
            self,
            rows=self.rows[rows],
            failed=self.failed[rows],
            earlier=self.earlier[rows],
            weights=weights[rows],
            dimensions=tuple(dimension.take(rows) for dimension in self.dimensions),
        )


def settled_mails(
    records: pd.DataFrame, at: str | None, tz: str, before: pd.DataFrame | None
) -> tuple[Mails, pd.DataFrame]:
    """Return the settled mail of a records frame, with that of `before`, and the rows of both; the last row of an id counts.

    Raises
    ------
    EmailrcdError
        It is not a records frame, or `at` names no column with times.
    """
    records = check_frame(records)
    distinct, rows = _settled(records)
    mail = records.take(rows)
    name = _clock(records, at)
    earlier = records.head(0)
    if before is not None:
        before = check_frame(before)
        earlier = before.take(_settled(before)[1])
        earlier = earlier[~earlier["email_id"].isin(mail["email_id"])]
        mail = pd.concat([mail, earlier.reindex(columns=mail.columns)], ignore_index=True)
    is_earlier = np.arange(len(mail)) >= len(rows)
    failed = (mail["status"] == "failed").to_numpy()
    dimensions = place_dimensions(mail)
    if name:
        dimensions += _times(records, distinct, rows, earlier, name, tz)
    left_out = {}
    for column in mail.columns:
        if column in COLUMNS or column in (name, REMARK):
            continue
        found, reason = column_dimensions(str(column), mail[column])
        dimensions += found
        if reason:
            left_out[str(column)] = reason
    positions = np.full(len(mail), -1, np.intp)
    positions[: len(rows)] = rows
    weights = _weights(pd.factorize(mail["to_address"])[0], failed, is_earlier)
    return Mails(positions, failed, is_earlier, weights, tuple(dimensions), left_out, name, tz), mail


def _settled(records: pd.DataFrame) -> tuple[Mask, npt.NDArray[np.intp]]:
    distinct = are_last(records)
    return distinct, np.flatnonzero(records["status"].isin(SETTLED).to_numpy() & distinct)


def _weights(address: npt.NDArray[np.intp], failed: Mask, earlier: Mask) -> Floats:
    same, _ = pd.factorize((address.astype(np.int64) * 2 + failed) * 2 + earlier)
    return np.where(address < 0, 1.0, 1 / np.bincount(same)[same])


def _clock(records: pd.DataFrame, at: str | None) -> str:
    if at is not None:
        check_column(records, at)
        return clock(records, at)
    try:
        return clock(records)
    except EmailrcdError:
        return ""


def _times(
    records: pd.DataFrame, distinct: Mask, rows: npt.NDArray[np.intp], earlier: pd.DataFrame, name: str, tz: str
) -> list[Dimension]:
    """Sort mail by time, leaving out periods in which much is still open."""
    seconds, known = _wall_clock(records, name, tz)
    if not known[rows].any():
        return []
    hours = (seconds[known].max() - seconds[known].min()) / 3_600
    width = next((width for longest, width in _WIDTHS.items() if hours <= longest), 86_400)
    period = seconds // width - seconds[known].min() // width
    counted = known & distinct
    still_open = np.bincount(period[counted], records["status"].isin(OPEN).to_numpy()[counted])
    mature = known & (still_open <= _MOST_OPEN * np.bincount(period[counted]))[np.where(known, period, 0)]
    if not mature[rows].any():
        return []
    before, known_before = _wall_clock(earlier, name, tz)
    return time_dimensions(
        np.append(seconds[rows], before),
        np.append(mature[rows], known_before),
        np.append(np.zeros(len(rows), bool), np.ones(len(before), bool)),
        width,
    )


def _wall_clock(records: pd.DataFrame, name: str, tz: str) -> tuple[npt.NDArray[np.int64], Mask]:
    """Return the times of a column as seconds of a clock on the wall, and which are known; none without the column."""
    seconds, known = np.zeros(len(records), np.int64), np.zeros(len(records), bool)
    if name in records:
        local = instants(records[name], name, tz).tz_localize(None)
        known = np.asarray(local.notna())
        seconds[known] = local[known].to_numpy().astype("datetime64[s]").astype(np.int64)
    return seconds, known
