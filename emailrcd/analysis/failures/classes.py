"""Looks at classes of mail that cut across domains: kinds of addresses, remarks, addresses that failed before."""

from __future__ import annotations

from functools import partial

import numpy as np

from .looks import Look, chances, log_variance, rate_elsewhere
from .mails import Mails, Mark, Mask
from .spread import ordinary, sums, usual_rate


def class_looks(mails: Mails, least: float) -> list[Look]:
    """Compare each class that can explain at least `least` failures with all other mail."""
    looks = [_look(mails, mark, mask) for mark, mask in mails.marks.items() if mask.sum() >= least]
    if mails.remark is not None:
        counts = mails.remark.count()
        looks += [
            _look(mails, remark_mark(str(mails.remark.labels[code])), mails.remark.codes == code)
            for code in np.flatnonzero(counts >= least).tolist()
        ]
    return looks


def remark_mark(text: str) -> Mark:
    """Return the class of mails with the same remark."""
    return Mark("remark", f"the platform remarks “{text}”", "Read the remark: it is what the platform says.", "", True)


def _look(mails: Mails, mark: Mark, mask: Mask) -> Look:
    n, y = np.array([mask.sum()], float), np.array([(mask & mails.failed).sum()], float)
    base_n, base_y = len(mask) - n, mails.failed.sum() - y
    rest = mails.take(~mask).place
    place_n, place_y = rest.count(), rest.count(mails.failed[~mask])
    usual = ordinary(sums(place_y, place_n * usual_rate(place_y, place_n)).sum(axis=1, keepdims=True))
    expected = n * rate_elsewhere(base_y, base_n)
    return Look(
        kind=mark.kind,
        about=mark.about,
        mails=int(n[0]),
        failed=int(y[0]),
        expected=float(expected[0]),
        log_variance=float(log_variance(y, n, base_y, base_n)[0]),
        p=float(chances(y, expected, usual, 1 / (base_y + 0.5))[0]),
        members=partial(np.array, mask),
        advice=mark.advice,
        remedy=mark.remedy,
        stated=mark.stated,
    )
