"""Worlds of mail whose causes of failure are known: ordinary ones, where nothing is wrong, and ones with a planted cause."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from emailrcd.records.frame import typed
from emailrcd.records.providers import provider_of

BIG = {
    "qq.com": 34.0,
    "163.com": 19.0,
    "126.com": 7.0,
    "gmail.com": 6.0,
    "foxmail.com": 4.0,
    "sina.com": 3.5,
    "139.com": 3.0,
    "outlook.com": 3.0,
    "hotmail.com": 2.0,
    "icloud.com": 1.5,
}


@dataclass
class World:
    """Mails with the probability that each fails; plant a cause by changing `rate`, then let it happen."""

    random: np.random.Generator
    mails: pd.DataFrame

    def plant(self, where, share: float) -> pd.Series:
        """Let `share` of the mails fail that a condition picks; return which mails are concerned."""
        chosen = where(self.mails)
        self.mails.loc[chosen, "rate"] = share
        return chosen

    def records(self) -> pd.DataFrame:
        """Let everything happen."""
        n = len(self.mails)
        failed = self.random.random(n) < self.mails["rate"]
        status = np.where(failed, "failed", "delivered")
        sent = self.mails["sent_at"]
        frame = pd.DataFrame(
            {
                "email_id": pd.Series(sent.dt.strftime("%y%m%d%H%M%S").to_numpy())
                + pd.Series(range(1_000_000, 1_000_000 + n)).astype(str),
                "status": status,
                "to_address": self.mails["to_address"].to_numpy(),
                "received_at": None,
                "submitted_at_estimated": None,
                "domain": self.mails["domain"].to_numpy(),
                "provider": self.mails["domain"].map(provider_of).to_numpy(),
                "queried_at": "2026-03-20T00:00:00Z",
                "error": None,
            }
        )
        own = self.mails.drop(columns=["to_address", "domain", "rate"])
        return typed(pd.concat([frame, own], axis=1))


def ordinary(
    seed: int,
    n: int = 20_000,
    *,
    base: float = 0.04,
    domain_spread: float = 0.01,
    hour_spread: float = 0.01,
    campaign_spread: float = 0.0,
    days: float = 4,
    tail: int = 300,
    shape: str = "normal",
    big: float = 1.0,
) -> World:
    """Return a world in which nothing is wrong, though domains and hours differ as they do.

    `big` scales the share of big providers; the rest is a long tail of `tail` small domains.
    """
    random = np.random.default_rng(seed)
    weights = {name: weight * big for name, weight in BIG.items()}
    small = 1 / (np.arange(tail) + 5.0)
    weights |= {f"firm{number}.example": weight for number, weight in enumerate(17 * small / small.sum())}
    names = np.array(list(weights), object)
    shares = np.array(list(weights.values()))
    which = random.choice(len(names), n, p=shares / shares.sum())
    hours = int(days * 24)
    volume = random.gamma(2, size=hours) + 0.05
    hour = random.choice(hours, n, p=volume / volume.sum())
    campaign = random.choice(4, n, p=[0.5, 0.25, 0.2, 0.05])
    rate = (
        base
        + _spread(random, len(names), domain_spread, base, shape)[which]
        + _spread(random, hours, hour_spread, base, shape)[hour]
        + _spread(random, 4, campaign_spread, base, shape)[campaign]
    )
    seconds = np.sort(hour * 3600 + random.integers(0, 3600, n))
    order = np.argsort(hour, kind="stable")
    which, campaign, rate = which[order], campaign[order], rate[order]
    domain = names[which]
    mails = pd.DataFrame(
        {
            "to_address": pd.Series(random.integers(0, 10**7, n)).map("user{}@".format) + pd.Series(domain),
            "domain": domain,
            "sent_at": pd.Timestamp("2026-03-02", tz="Asia/Shanghai") + pd.to_timedelta(seconds, unit="s"),
            "campaign": np.array(["spring", "members", "bills", "welcome"], object)[campaign],
            "template": np.array(["A", "B", "C"], object)[random.integers(0, 3, n)],
            "rate": np.clip(rate, 0.002, 1),
        }
    )
    return World(random, mails)


def _spread(random: np.random.Generator, size: int, spread: float, base: float, shape: str) -> np.ndarray:
    if not spread:
        return np.zeros(size)
    if shape == "normal":
        return random.normal(0, spread, size)
    relative = (spread / base) ** 2
    if shape == "gamma":
        return base * (random.gamma(1 / relative, relative, size) - 1)
    sigma = np.sqrt(np.log1p(relative))
    return base * (random.lognormal(-(sigma**2) / 2, sigma, size) - 1)
