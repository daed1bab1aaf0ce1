"""Kinds of worlds: causes of every description, and worlds in which nothing is wrong though nothing is even."""

from __future__ import annotations

import numpy as np
import pandas as pd

from .worlds import World, ordinary

QQ, NETEASE = ["qq.com", "foxmail.com"], ["163.com", "126.com"]


def rich(seed: int, n: int, *, columns: int = 0, **kinds) -> World:
    """Return an ordinary world with columns of every dtype; `columns` further ones mean nothing."""
    world = ordinary(seed, n, **kinds)
    random, mails = world.random, world.mails
    mails["sender"] = random.choice(["news", "shop", "bills", "care", "club"], n, p=[0.4, 0.25, 0.2, 0.1, 0.05])
    mails["language"] = random.choice(["zh", "en", "ja"], n, p=[0.7, 0.2, 0.1])
    mails["segment"] = pd.Series(random.integers(0, 2_000, n)).map("s{}".format)
    mails["size kb"] = np.round(random.lognormal(4, 0.8, n), 1)
    mails["age"] = pd.Series(random.integers(18, 80, n), dtype="Int64").mask(random.random(n) < 0.1)
    mails["is_vip"] = random.random(n) < 0.2
    mails["channel"] = random.choice(np.array(["app", "web", "shop", None], object), n, p=[0.4, 0.3, 0.2, 0.1])
    mails["joined"] = pd.Timestamp("2025-01-01") + pd.to_timedelta(random.integers(0, 400, n), unit="D")
    for number in range(columns):
        mails[f"x{number}"] = pd.Series(random.integers(0, random.integers(2, 30), n)).map("v{}".format)
    return world


def value(column, *wanted):
    return lambda mails: mails[column].isin(wanted).to_numpy()


def both(*conditions):
    return lambda mails: np.logical_and.reduce([condition(mails) for condition in conditions])


def day(number):
    return lambda mails: (mails["sent_at"].dt.day == 2 + number).to_numpy()


def hours(first, last):
    return lambda mails: mails["sent_at"].dt.hour.between(first, last).to_numpy()


def small(mails):
    return mails["domain"].str.startswith("firm").to_numpy()


def missing(column):
    return lambda mails: mails[column].isna().to_numpy()


def _readdress(mails, chosen, local=None, domain=None):
    parts = mails.loc[chosen, "to_address"].str.split("@", n=1)
    if domain is not None:
        mails.loc[chosen, "domain"] = domain
    mails.loc[chosen, "to_address"] = (parts.str[0] if local is None else local(parts.str[0])) + "@" + mails["domain"]


def _some(share):
    return lambda mails, random: random.random(len(mails)) < share


def _segment(mails, random):
    mails.loc[_some(0.03)(mails, random), "segment"] = "s77"


def _digits(mails, random):
    chosen = _some(0.06)(mails, random)
    _readdress(mails, chosen, local=lambda names: names.str.replace("user", "", regex=False))


def _plus(mails, random):
    _readdress(mails, _some(0.04)(mails, random), local=lambda names: names + "+news")


def _ending(mails, random):
    chosen = small(mails) & _some(0.3)(mails, random)
    _readdress(mails, chosen, domain=mails.loc[chosen, "domain"].str.replace(".example", ".ru", regex=False))


def _mistyped(mails, random):
    chosen = _some(0.03)(mails, random)
    _readdress(mails, chosen, domain=random.choice(["gmial.com", "163.con"], chosen.sum()))


def _waves(mails, random):
    mails["campaign"] = (mails["sent_at"].dt.day - 2).map(dict(enumerate("abcd")))


def _matching(pattern):
    return lambda mails: mails["to_address"].str.contains(pattern).to_numpy()


PLANTED = {
    "a campaign": ([value("campaign", "bills")], {}),
    "a template": ([value("template", "B")], {}),
    "a provider": ([value("domain", *NETEASE)], {}),
    "a domain": ([value("domain", "gmail.com")], {}),
    "two providers": ([value("domain", *QQ), value("domain", *NETEASE)], {}),
    "two campaigns": ([value("campaign", "spring"), value("campaign", "members")], {}),
    "two of three templates": ([value("template", "A"), value("template", "B")], {}),
    "three of five senders": ([value("sender", name) for name in ("shop", "bills", "care")], {}),
    "three domains": ([value("domain", name) for name in ("gmail.com", "163.com", "sina.com")], {}),
    "campaign × template": ([both(value("campaign", "members"), value("template", "B"))], {}),
    "sender × language": ([both(value("sender", "shop"), value("language", "en"))], {}),
    "campaign × day": ([both(value("campaign", "spring"), day(2))], {}),
    "campaign × small domains": ([both(value("campaign", "spring"), small)], {}),
    "campaign × provider": ([both(value("campaign", "spring"), value("domain", *QQ))], {}),
    "three columns": ([both(value("campaign", "spring"), value("template", "B"), value("sender", "news"))], {}),
    "two columns × provider": ([both(value("template", "B"), value("language", "zh"), value("domain", *QQ))], {}),
    "provider × hours": ([both(value("domain", *QQ), day(1), hours(14, 16))], {}),
    "hours": ([both(day(2), hours(9, 11))], {}),
    "a segment of 2,000": ([value("segment", "s77")], {"prepare": _segment}),
    "a number above a cut": ([lambda mails: (mails["size kb"] >= 120).to_numpy()], {}),
    "a number below a cut": ([lambda mails: (mails["age"] < 25).fillna(False).to_numpy(bool)], {}),
    "a date before a cut": ([lambda mails: (mails["joined"] < "2025-03-01").to_numpy()], {}),
    "column × cut": ([both(value("campaign", "spring"), lambda mails: (mails["size kb"] >= 80).to_numpy())], {}),
    "a missing text": ([missing("channel")], {}),
    "a missing number": ([missing("age")], {}),
    "a boolean": ([value("is_vip", True)], {}),
    "digits only": ([_matching("^[0-9]+@")], {"prepare": _digits}),
    "plus tags": ([_matching("[+]")], {"prepare": _plus}),
    "a top-level domain": ([lambda mails: mails["domain"].str.endswith(".ru").to_numpy()], {"prepare": _ending}),
    "mistyped domains": ([value("domain", "gmial.com", "163.con")], {"prepare": _mistyped, "share": 1.0}),
    "hours of the day over months": ([hours(2, 3)], {"days": 75}),
    "a weekday": ([lambda mails: (mails["sent_at"].dt.day_of_week == 0).to_numpy()], {"days": 60}),
    "campaigns in waves": ([day(2)], {"prepare": _waves}),
}
"""Causes – one or several, each a condition – and how their worlds differ from others."""


def planted(kind: str, seed: int, n: int) -> tuple[pd.DataFrame, list[np.ndarray]]:
    """Return records of a world with causes of this kind, and which mails each of them concerns."""
    conditions, options = PLANTED[kind]
    options = dict(options)
    prepare, share = options.pop("prepare", None), options.pop("share", None)
    random = np.random.default_rng(seed + 99)
    world = rich(seed, n, **options)
    if prepare:
        prepare(world.mails, random)
    truths = []
    for condition in conditions:
        truth = np.asarray(condition(world.mails), bool)
        world.mails.loc[truth, "rate"] = random.uniform(0.2, 0.8) if share is None else share
        truths.append(truth)
    return world.records(), truths


def drifting(seed: int, n: int) -> pd.DataFrame:
    """Return a world in which more and more fails."""
    world = rich(seed, n, days=14)
    times = world.mails["sent_at"]
    passed = ((times - times.min()) / (times.max() - times.min())).to_numpy()
    world.mails["rate"] += 0.5 * np.maximum(0, passed - 0.4)
    return world.records()


def _autocorrelated(world: World) -> None:
    mails, random = world.mails, world.random
    hour = ((mails["sent_at"] - mails["sent_at"].min()) // pd.Timedelta("1h")).to_numpy()
    level = np.zeros(hour.max() + 1)
    for now in range(1, len(level)):
        level[now] = 0.8 * level[now - 1] + random.normal(0, 0.2)
    mails["rate"] = np.clip(mails["rate"] * np.exp(level[hour] - 0.05), 0.001, 1)


def _same_addresses(world: World) -> None:
    mails, random = world.mails, world.random
    people = max(20, len(mails) // 12)
    who = random.integers(0, people, len(mails))
    for column in ("to_address", "domain"):
        mails[column] = mails[column].to_numpy()[who]
    mails["rate"] = random.beta(0.15, 3, people)[who]


def _dead_recipients(world: World) -> None:
    mails = world.mails
    dead = world.random.random(len(mails)) < 0.01
    mails.loc[dead, "to_address"] = "x1@" + mails.loc[dead, "domain"]
    mails.loc[dead, "rate"] = 1.0


def _almost_all(world: World) -> None:
    world.mails["rate"] = 1 - world.mails["rate"]


NOISE = {
    "independent": {"domain_spread": 0.0, "hour_spread": 0.0},
    "uneven domains": {"domain_spread": 0.02, "shape": "gamma"},
    "few uneven domains": {"domain_spread": 0.02, "tail": 1, "shape": "lognormal"},
    "uneven campaigns": {"campaign_spread": 0.015, "shape": "lognormal"},
    "uneven hours": {"hour_spread": 0.02, "shape": "gamma"},
    "six uneven hours": {"hour_spread": 0.02, "days": 0.25, "shape": "lognormal"},
    "all uneven": {"domain_spread": 0.02, "hour_spread": 0.02, "campaign_spread": 0.012, "shape": "gamma"},
    "thirty columns": {"columns": 30},
    "a long tail": {"tail": 3_000, "big": 0.1, "domain_spread": 0.02, "shape": "gamma"},
    "four weeks": {"days": 28, "hour_spread": 0.015},
    "almost no failure": {"base": 0.003, "domain_spread": 0.0008, "hour_spread": 0.0008},
    "almost only failure": {"change": _almost_all},
    "autocorrelated": {"change": _autocorrelated, "hour_spread": 0.0},
    "the same addresses": {"change": _same_addresses},
    "dead recipients": {"change": _dead_recipients},
}


def noise(kind: str, seed: int, n: int) -> pd.DataFrame:
    """Return records of a world in which nothing is wrong."""
    options = dict(NOISE[kind])
    change = options.pop("change", None)
    world = rich(seed, n, **options)
    if change:
        change(world)
    return world.records()
