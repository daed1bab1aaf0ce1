"""Looks at time: hours in which much more fails than before and after, overall and at each provider."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from ...records.providers import OTHER, UNKNOWN
from ..statistics import Floats, deviance, gumbel_tail, surprise
from .looks import LIKELY_RATIO, Look, Window, log_variance
from .mails import Codes, Group, Mails, Mask
from .spread import Ordinary, ordinary, sums, usual_rate

_LENGTHS = (*range(1, 13), 16, 20, 24)
"""Lengths of windows, in periods."""

_LONGEST = 0.4
"""The largest part of all mail that a burst may have; more is the rule and not an event."""

_DOUBTFUL = 0.15
"""The largest part of all mail that windows may have together which are taken away though not certain.

Whoever takes away the worst of all mail until the rest looks even finds bursts everywhere.
"""

_SHUFFLES = 199
_LEAST_FAILED = 5
_CERTAIN = 1e-3
_MOST_WINDOWS = 12


@dataclass(frozen=True, eq=False)
class _Series:
    """Failures, mails and expected failures in each period."""

    failed: Floats
    mails: Floats
    expected: Floats

    def without(self, periods: Mask) -> _Series:
        """Return the same as if nothing had been sent in these periods."""
        return _Series(self.failed * ~periods, self.mails * ~periods, self.expected * ~periods)


@dataclass(frozen=True, eq=False)
class _Windows:
    """All windows of a series, one array entry each, with what is expected in them as outside them."""

    start: Codes
    stop: Codes
    failed: Floats
    expected: Floats
    usual: Ordinary
    baseline: Floats


def burst_looks(mails: Mails, least: float) -> list[Look]:
    """Search all windows of time, overall and at each provider, for the worst ones.

    A window chosen because it looks worst has no ordinary p-value. So the mails of a provider are shuffled in time, with as
    much spread between periods as there is outside the window, and searched for their worst window again, some hundred times.
    """
    period = mails.period
    if period is None:
        return []
    timed = mails.take(period.codes >= 0)
    if timed.period is None or len(timed.rows) < 2:
        return []
    counts, failures = timed.provider.count(), timed.provider.count(timed.failed)
    pooled = failures.sum() / max(counts.sum(), 1)
    # A provider with little mail is believed to be like all others.
    rates = (failures + 20 * pooled) / (counts + 20)
    series = _series(timed.period, timed.failed, rates[timed.provider.codes])
    looks = [_look(mails, series, "all providers", np.ones(len(mails.rows), bool), least)]
    for code in np.flatnonzero(counts >= least).tolist():
        there = timed.take(timed.provider.codes == code)
        if timed.provider.labels[code] != UNKNOWN and there.period is not None:
            series = _series(there.period, there.failed, np.ones(len(there.rows)))
            name = str(timed.provider.labels[code])
            where = "small providers" if name == OTHER else name
            looks.append(_look(mails, series, where, mails.provider.codes == code, least))
    return [look for look in looks if look is not None]


def _series(period: Group, failed: Mask, rates: Floats) -> _Series:
    y, n, e = period.count(failed), period.count(), period.count(rates)
    return _Series(y, n, e * usual_rate(y, e))


def _look(mails: Mails, series: _Series, where: str, members: Mask, least: float) -> Look | None:
    """Return the look at one provider: all its bursts together, the surest one deciding how sure it is."""
    inside, p = _bursts(series)
    y, n, e = series.failed[inside].sum(), series.mails[inside].sum(), series.expected[inside].sum()
    period = mails.period
    if y < max(_LEAST_FAILED, least) or period is None:
        return None
    outside = series.without(inside)
    base = outside.failed.sum()
    windows = _bounded(inside, period.labels)
    return Look(
        kind="time",
        about=f"mail to {where} fails {_told(windows)} ({mails.clock})",
        mails=int(n),
        failed=int(y),
        expected=float(e * _level(base, outside.expected.sum())),
        log_variance=float(log_variance(y, n, base, outside.mails.sum())),
        p=p,
        members=partial(_within, np.append(inside, False), period.codes, members),
        advice="Send these again, more slowly; ask the provider if it repeats.",
        remedy="retry",
        windows=tuple((_instant(first, mails.tz), _instant(end, mails.tz)) for first, end in windows),
    )


def _bursts(series: _Series) -> tuple[Mask, float]:
    """Return the periods in which much more fails than in all others, and the p-value of the surest window of them.

    Two bursts hide each other: each makes the spread look ordinary that the other is judged by. So the window that stands out
    most is taken away whether it is certain or not, then the next one, and so on: all up to the last that is certain among
    what is left are bursts (the generalized extreme Studentized deviate procedure of Rosner, 1983). If none is certain, the
    first is returned. The p-value allows for the number of windows that were tried in vain.
    """
    found = taken = np.zeros(len(series.failed), bool)
    surest, doubtful, tries = 1.0, 0.0, 1
    for step in range(_MOST_WINDOWS):
        window, p = _worst(series.without(taken))
        if not window.any():
            break
        p *= tries
        if p > _CERTAIN:
            doubtful += series.expected[window & ~taken].sum()
            tries += 1
        taken = taken | window
        if p <= _CERTAIN or step == 0:
            found, surest = taken, min(surest, p)
        if doubtful > _DOUBTFUL * series.expected.sum():
            break
    return found, surest


def _within(inside: Mask, periods: Codes, members: Mask) -> Mask:
    return inside[periods] & members


def _worst(series: _Series) -> tuple[Mask, float]:
    """Return the window that stands out most, empty if there is none, and its p-value."""
    windows = _windows(series)
    window = np.zeros(len(series.failed), bool)
    worth = (
        (windows.failed >= _LEAST_FAILED)
        & (windows.failed > LIKELY_RATIO * windows.expected)
        & (windows.expected < _LONGEST * series.expected.sum())
    )
    if not worth.any():
        return window, 1.0
    y, e = windows.failed, windows.expected
    gain = np.where(worth, y * np.log(np.maximum(y, 1) / e) - (y - e), -np.inf)
    best = int(np.argmax(gain))
    usual = Ordinary(windows.usual.level[best], windows.usual.variance[best], windows.usual.dof[best])
    alone = float(surprise(y[best], e[best], usual.variance, usual.dof, windows.baseline[best]))
    window[windows.start[best] : windows.stop[best]] = True
    if alone > _CERTAIN:
        return window, 1.0
    maxima = _shuffled_maxima(series, usual)
    reached = float(deviance(y[best], e[best], usual.variance + windows.baseline[best])) / 2
    return window, max(gumbel_tail(reached, maxima), alone)


def _windows(series: _Series) -> _Windows:
    summed = np.cumsum(np.pad(sums(series.failed, series.expected), ((0, 0), (1, 0))), axis=1)
    y, e = (np.cumsum(np.append(0, values)) for values in (series.failed, series.expected))
    start, stop = _bounds(len(series.failed))
    usual = ordinary(summed[:, [-1]] - (summed[:, stop] - summed[:, start]))
    failed, share = y[stop] - y[start], e[stop] - e[start]
    base_y = y[-1] - failed
    expected = share * _level(base_y, e[-1] - share)
    return _Windows(start, stop, failed, np.maximum(expected, 1e-9), usual, 1 / (base_y + 0.5))


def _level(failed: Floats, expected: Floats) -> Floats:
    """Return failures relative to those expected, never zero: half a failure is added."""
    return (failed + 0.5) / (expected + 0.5)


def _bounds(periods: int) -> tuple[Codes, Codes]:
    lengths = _lengths(periods)
    start = np.concatenate([np.arange(periods - length + 1) for length in lengths])
    return start, start + np.repeat(lengths, [periods - length + 1 for length in lengths])


def _shuffled_maxima(series: _Series, usual: Ordinary) -> Floats:
    """Return how far the worst window stands out in each of some hundred shuffles."""
    # Seeded: the same records give the same answer.
    random = np.random.default_rng(0)
    busy = series.expected > 0
    dof = float(usual.dof)
    variance = float(usual.variance) * dof / random.chisquare(dof, size=(_SHUFFLES, 1))
    factors = random.gamma(1 / variance, variance, size=(_SHUFFLES, int(busy.sum())))
    weights = np.maximum(series.expected[busy] * factors, 1e-12)
    shuffled = np.zeros((_SHUFFLES, len(series.failed) + 1))
    total = int(series.failed.sum())
    shuffled[:, 1:][:, busy] = random.multinomial(total, weights / weights.sum(axis=1, keepdims=True))
    y, e = np.cumsum(shuffled, axis=1), np.cumsum(np.append(0, series.expected))
    maxima = np.zeros(_SHUFFLES)
    for length in _lengths(len(series.failed)):
        share = e[length:] - e[:-length]
        failed = y[:, length:] - y[:, :-length]
        outside = total - failed
        expected = np.maximum(share * _level(outside, e[-1] - share), 1e-9)
        far = deviance(failed, expected, float(usual.variance) + 1 / (outside + 0.5)) / 2
        counted = (failed >= _LEAST_FAILED) & (share > 0) & (share < _LONGEST * e[-1])
        maxima = np.maximum(maxima, np.where(counted, far, 0).max(axis=1))
    return maxima


def _lengths(periods: int) -> list[int]:
    return [length for length in _LENGTHS if length <= max(1, periods // 2)]


def _bounded(inside: Mask, labels: pd.Index) -> list[Window]:
    """Return beginning and end of each stretch of time, in order."""
    width = labels[1] - labels[0] if len(labels) > 1 else pd.Timedelta("1h")
    edges = np.flatnonzero(np.diff(np.concatenate([[False], inside, [False]])))
    return [(labels[start], labels[stop - 1] + width) for start, stop in edges.reshape(-1, 2).tolist()]


def _instant(wall: pd.Timestamp, tz: str) -> pd.Timestamp:
    return wall.tz_localize(tz, ambiguous=True, nonexistent="shift_forward")


def _told(spans: list[Window]) -> str:
    """Say when: each stretch of time, but hours that recur from day to day only once."""
    hours = {f"from {first:%H:%M} to {end:%H:%M}" for first, end in spans}
    in_a_day = [first.date() == end.date() for first, end in spans]
    if len(spans) > 1 and len(hours) == 1 and all(in_a_day):
        return f"{hours.pop()} on {_listed([f'{first:%Y-%m-%d}' for first, _ in spans], 'days')}"
    texts = [
        f"{first:%Y-%m-%d %H:%M} to {end:%H:%M}" if same else f"{first:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M}"
        for (first, end), same in zip(spans, in_a_day, strict=True)
    ]
    return f"from {_listed(texts, 'times')}"


def _listed(texts: list[str], unit: str) -> str:
    shown = texts if len(texts) <= 4 else [*texts[:3], f"{len(texts) - 3} more {unit}"]
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)
