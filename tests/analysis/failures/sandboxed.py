"""Records of the sandbox's world, without a server, and why each mail failed."""

from __future__ import annotations

import numpy as np
import pandas as pd

from emailrcd.records.builder import Answers, Builder
from emailrcd.sandbox.samples import sample_campaign
from emailrcd.sandbox.world import World, row

NOW = 1_770_000_000.0
_WORDS = {"0": "delivered", "1": "failed", "-1": "sending"}


def sandbox_records(seed: int, n: int, now: float | None = None) -> tuple[pd.DataFrame, pd.Series]:
    """Return the records of a sample campaign, and the cause of each mail's failure."""
    now = NOW if now is None else now
    world = World(seed)
    campaign = sample_campaign(world, now, n)
    ids = campaign["email_id"].tolist()
    answers = Answers.undecided(ids)
    answers.queried_at = np.full(n, int(now * 1e6))
    mails = [world.facts(email_id) for email_id in ids]
    for position, mail in enumerate(mails):
        said = row(mail, now)
        answers.status[position] = _WORDS[said["status"]] if said else "not_found"
        if said:
            answers.address[position], answers.time[position] = said["toAddress"], said["receiveTime"]
    builder = Builder()
    builder.add(0, answers)
    records = builder.frame()
    return records.assign(campaign=campaign["campaign"], template=campaign["template"]), pd.Series(
        [mail.cause for mail in mails]
    )
