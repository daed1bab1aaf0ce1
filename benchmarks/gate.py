"""How often a gate in cron is wrong and how soon it is right: ``python benchmarks/gate.py`` simulates weeks of hourly looks."""

from __future__ import annotations

import numpy as np
import pandas as pd

from emailrcd.analysis.gate import LEVEL, exceeds
from emailrcd.analysis.statistics import wilson

WEEK, DAY = 168, 24
GROUPS = 40


def looks(random, mails_an_hour, rate, hours, count):
    failed = random.binomial(mails_an_hour, rate, size=(count, hours)).cumsum(axis=1)
    return failed, mails_an_hour * np.arange(1, hours + 1)


def wilson_exceeds(failed, mails, limit):
    flat = pd.Series(failed.ravel()), pd.Series(np.broadcast_to(mails, failed.shape).ravel())
    return (wilson(*flat)[0] > limit).to_numpy().reshape(failed.shape)


def one_rate(random):
    rows = []
    for limit in (0.01, 0.03, 0.05, 0.1):
        for mails_an_hour in (50, 500):
            at_limit = looks(random, mails_an_hour, limit, WEEK, 5_000)
            doubled = looks(random, mails_an_hour, 2 * limit, DAY, 20_000)
            found = exceeds(*doubled, limit)
            soon = np.where(found.any(axis=1), found.argmax(axis=1) + 1, np.inf)
            rows.append(
                {
                    "limit": limit,
                    "mails an hour": mails_an_hour,
                    "ever failed at the limit, %": 100 * exceeds(*at_limit, limit).any(axis=1).mean(),
                    "… by a fixed-n interval, %": 100 * wilson_exceeds(*at_limit, limit).any(axis=1).mean(),
                    "doubled found in a day, %": 100 * found.any(axis=1).mean(),
                    "median looks": np.median(soon),
                }
            )
    return pd.DataFrame(rows)


def forty_groups(random, weeks=1_000):
    """Return how many weeks have a good group of forty wrongly named, and the bad one rightly."""
    level = LEVEL / GROUPS
    good = looks(random, 50, 0.03, WEEK, weeks * (GROUPS - 1))
    wrong = exceeds(*good, 0.03, level).any(axis=1).reshape(weeks, -1).any(axis=1)
    right = exceeds(*looks(random, 50, 0.06, WEEK, weeks), 0.03, level)
    return pd.Series(
        {
            "another ever named, % of weeks": 100 * wrong.mean(),
            "bad one named in a day, %": 100 * right[:, :DAY].any(axis=1).mean(),
            "bad one named in two days, %": 100 * right[:, : 2 * DAY].any(axis=1).mean(),
        }
    )


if __name__ == "__main__":
    generator = np.random.default_rng(1)
    print(one_rate(generator).round(2).to_string(index=False))
    print(f"\none of {GROUPS} groups with a doubled rate, 50 mails an hour each, limit 3 %")
    print(forty_groups(generator).round(2).to_string())
