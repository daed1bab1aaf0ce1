"""Two runs or two periods side by side: what got worse, what got better, and whether it is the mail or the recipients."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..errors import EmailrcdError
from ..records.frame import SETTLED, is_sandbox, latest
from .counting import are_distinct
from .inputs import check_column, check_frame, groupable
from .statistics import Floats, adjusted, mcnemar, newcombe, normal_tail, wilson
from .tables import breakdown, summary

_CLEAR = 0.05
_FAILING = 0.5
_LEAST_FAILED = 3


@dataclass(frozen=True, eq=False)
class Comparison:
    """What changed; a notebook shows `overall` and `table`.

    Rates are failure rates: failed ÷ settled of distinct ids. Changes are after − before.

    Attributes
    ----------
    overall : DataFrame
        One row: ``settled_before``, ``settled_after``, ``failed_before``, ``failed_after``, ``rate_before``, ``rate_after``,
        ``change`` with its 95 % interval by Newcombe, ``change_low`` and ``change_high``, and the two parts it is the sum of:
        ``mix``, because other recipients were written to, and ``rate``, because the same kind of recipient fails more.
    table : DataFrame
        The same for each value of the column compared by, what adds most to the change first, and ``q``, the adjusted p of
        the change, and ``verdict``: ``worse``, ``better`` or ``no clear change``. A value on one side only is all mix. An id
        that is in several groups counts in each of them, and in their ``mix`` and ``rate`` by its part.
    newly_failing : DataFrame
        The domains among those that are clearly worse of which now at least half fails.
    changed : DataFrame
        Ids that are in both and whose status changed: ``email_id``, ``status_before``, ``status_after``.
    paired : DataFrame or None
        For ids that are settled in both: ``ids``, ``newly_failed``, ``newly_delivered`` and the ``p`` of McNemar's exact test;
        None without such ids.
    sandbox : bool
        Whether answers of the sandbox are among them.
    """

    overall: pd.DataFrame
    table: pd.DataFrame
    newly_failing: pd.DataFrame
    changed: pd.DataFrame
    paired: pd.DataFrame | None
    sandbox: bool

    def __repr__(self) -> str:
        return f"{self.overall.to_string()}\n\n{self.table.to_string()}"

    def _repr_html_(self) -> str:
        return f"{self.overall.to_html(border=0)}{self.table.to_html(border=0)}"


def compare(before: pd.DataFrame, after: pd.DataFrame, by: str = "provider") -> Comparison:
    """Compare two records frames.

    Parameters
    ----------
    before, after : DataFrame
        Two records frames: two runs, two periods, or the same ids asked twice.
    by : str
        The column by which the change is split into mix and rate.

    Returns
    -------
    Comparison
        What changed, overall and by group; the same ids in pairs.

    Raises
    ------
    EmailrcdError
        One of them is not a records frame, lacks the column, or has no settled mail.
    """
    before, after = check_frame(before), check_frame(after)
    for frame, word in ((before, "before"), (after, "after")):
        check_column(frame, by)
        if not frame["status"].isin(SETTLED).any():
            raise EmailrcdError(
                f"No mail of {word} is settled, so there is nothing to compare yet. Query it again later."
            )
    before, after = (frame.assign(**{by: groupable(frame[by])}) for frame in (before, after))
    parts = _decomposed(before, after, by)
    table = _by_group(before, after, by).join(parts)
    overall = _changes(summary(before), summary(after)).assign(**parts.sum())
    contribution = (table["mix"] + table["rate"]).abs()
    order = np.argsort(-contribution.to_numpy(), kind="stable")
    some = (table["settled_before"] + table["settled_after"] + contribution > 0).to_numpy()
    table = table.iloc[order[some[order]]][[*overall, "q", "verdict"]]
    was, is_now = (latest(frame)[["email_id", "status"]] for frame in (before, after))
    both = was.merge(is_now, on="email_id", suffixes=("_before", "_after"))
    changed = both[both["status_before"] != both["status_after"]].reset_index(drop=True)
    sandbox = is_sandbox(before) or is_sandbox(after)
    return Comparison(overall, table, _newly_failing(before, after), changed, _paired(both), sandbox)


def _by_group(before: pd.DataFrame, after: pd.DataFrame, by: str) -> pd.DataFrame:
    """Compare the rates of each group."""
    old, new = (breakdown(frame, by) for frame in (before, after))
    index = new.index.union(old.index, sort=False)
    changes = _changes(old.reindex(index, fill_value=0), new.reindex(index, fill_value=0))
    p = _equal_rates(changes)
    q = np.full(len(p), np.nan)
    q[~np.isnan(p)] = adjusted(p[~np.isnan(p)])
    clear = np.nan_to_num(q, nan=1.0) <= _CLEAR
    verdict = np.where(~clear, "no clear change", np.where(changes["change"] > 0, "worse", "better"))
    return changes.assign(q=q, verdict=verdict)


def _decomposed(before: pd.DataFrame, after: pd.DataFrame, by: str) -> pd.DataFrame:
    """Split the change of the whole failure rate into what each group adds by its share (`mix`) and by its rate (`rate`)."""
    old, new = _parts_of_ids(before, by), _parts_of_ids(after, by)
    index = new.index.union(old.index, sort=False)
    sides = [side.reindex(index, fill_value=0) for side in (old, new)]
    settled, failed = ([side[count] for side in sides] for count in ("settled", "failed"))
    weight_before, weight_after = (count / count.sum() for count in settled)
    rate_before, rate_after = (f / n.where(n > 0) for f, n in zip(failed, settled, strict=True))
    # A group on one side only has no rate on the other: nothing of the change is its rate.
    rate_before, rate_after = rate_before.fillna(rate_after), rate_after.fillna(rate_before)
    # Around the rate of all, so that more mail to groups that fail less than others makes things better, not worse.
    middle = sum(count.sum() for count in failed) / sum(count.sum() for count in settled)
    mix = (weight_after - weight_before) * ((rate_before + rate_after) / 2 - middle)
    rate = (rate_after - rate_before) * (weight_after + weight_before) / 2
    return pd.DataFrame({"mix": mix, "rate": rate}).fillna(0.0)


def _parts_of_ids(records: pd.DataFrame, by: str) -> pd.DataFrame:
    """Count settled and failed ids by group; an id in several groups counts in each by its part, with its last status."""
    if are_distinct(records["email_id"]):
        return breakdown(records, by)[["settled", "failed"]]
    rows = records[["email_id", by]].drop_duplicates()
    last = latest(records).set_index("email_id")["status"]
    status = rows["email_id"].map(last)
    part = 1 / rows.groupby("email_id")["email_id"].transform("size")
    counts = pd.DataFrame({"settled": part * status.isin(SETTLED), "failed": part * (status == "failed")})
    return counts.groupby(rows[by], observed=True, dropna=False).sum()


def _changes(old: pd.DataFrame, new: pd.DataFrame) -> pd.DataFrame:
    """Return counts, rates and their change, with its interval."""
    old_low, old_high = wilson(old["failed"], old["settled"])
    new_low, new_high = wilson(new["failed"], new["settled"])
    old_rate = old["failed"] / old["settled"].where(old["settled"] > 0)
    new_rate = new["failed"] / new["settled"].where(new["settled"] > 0)
    low, high = newcombe(*(np.asarray(x, float) for x in (old_low, old_rate, old_high, new_low, new_rate, new_high)))
    columns = {
        f"{measure}_{when}": values[measure]
        for measure in ("settled", "failed")
        for when, values in (("before", old), ("after", new))
    }
    rates = {"rate_before": old_rate, "rate_after": new_rate, "change": new_rate - old_rate}
    return pd.DataFrame({**columns, **rates, "change_low": low, "change_high": high}, index=new.index)


def _equal_rates(changes: pd.DataFrame) -> Floats:
    """Return the two-sided p-values of equal rates before and after (score test); missing where one side is empty."""
    n, m = changes["settled_before"], changes["settled_after"]
    pooled = (changes["failed_before"] + changes["failed_after"]) / (n + m)
    both = (n > 0) & (m > 0)
    variance = pooled * (1 - pooled) * (1 / n.where(both) + 1 / m.where(both))
    z = (changes["change"].abs() / np.sqrt(variance.where(variance > 0))).where(variance != 0, 0.0)
    return np.where(both, np.minimum(2 * normal_tail(z.fillna(0)), 1), np.nan)


def _newly_failing(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    table = _by_group(before, after, "domain")
    now = (table["rate_after"] >= _FAILING) & (table["failed_after"] >= _LEAST_FAILED)
    return table[now & (table["verdict"] == "worse")].sort_values("failed_after", ascending=False, kind="stable")


def _paired(both: pd.DataFrame) -> pd.DataFrame | None:
    settled = both[both["status_before"].isin(SETTLED) & both["status_after"].isin(SETTLED)]
    if settled.empty:
        return None
    failed_before, failed_after = settled["status_before"] == "failed", settled["status_after"] == "failed"
    newly_failed, newly_delivered = (
        int((failed_after & ~failed_before).sum()),
        int((failed_before & ~failed_after).sum()),
    )
    row = (len(settled), newly_failed, newly_delivered, mcnemar(newly_failed, newly_delivered))
    return pd.DataFrame([row], columns=["ids", "newly_failed", "newly_delivered", "p"])
