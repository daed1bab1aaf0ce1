"""The sandbox's world: what became of a mail, as a pure function of seed, id and time.

Nothing is stored: ten ids or ten million cost no memory. Three causes of failure are planted, so that somebody who
investigates has something true to find: a provider that refuses mail on some afternoons, a list with mistyped domains,
and a dead domain. On top of them about 3 % of all mail fails for no cause.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from hashlib import blake2b
from struct import Struct
from typing import Literal, NamedTuple

from .population import BLOCKING_DOMAINS, CAMPAIGN_AT, DEAD_DOMAIN, DOMAINS, IMPORTED, MISTYPED_DOMAINS, PEOPLE, SLOTS

SHANGHAI = timezone(timedelta(hours=8))
"""The zone in which the time inside an id is read; it has had no daylight saving time since 1991."""

UTC_OFFSET = 8 * 3600
DAY = 86_400

BLOCK_HOURS = range(14, 16)
BLOCK_EVERY_DAYS = 3
BLOCK_SHARE = 0.85
"""Share of mail to the blocking provider that fails while it blocks."""

BASE_SHARE = 0.03
MISTYPED_SHARE = 0.4
"""Share of the imported list that is mistyped."""

UNKNOWN_SHARE = 0.01
"""Share of ids that are never found."""

Cause = Literal["blocked", "mistyped", "dead", "chance"]

_FIRST_YEAR = 15
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
_HASH = Struct("<10H")


def _delays(*ranges: tuple[float, float, float]) -> tuple[int, ...]:
    """Return 1,024 equally likely delays; a range (share, shortest, longest) is spread evenly over the logarithm."""
    return tuple(
        round(shortest * (longest / shortest) ** (place / round(share * 1024)))
        for share, shortest, longest in ranges
        for place in range(round(share * 1024))
    )


# Seconds. Most mail settles within minutes, some of it after hours (the recipient's server defers it); refusals at the
# door come at once, while deferred and undeliverable mail is tried again for hours before it is given up.
_QUEUED = _delays((1.0, 2, 120))
_USUAL = _delays((0.8125, 4, 600), (0.1875, 600, 8 * 3600))
_SETTLES = {
    None: _USUAL,
    "chance": _USUAL,
    "blocked": _delays((1.0, 1200, 3 * 3600)),
    "mistyped": _delays((1.0, 2, 60)),
    "dead": _delays((1.0, 1800, 5 * 3600)),
}


class Facts(NamedTuple):
    """All there is to know about one mail: times are Unix times, and `cause` is why it fails, None if it is delivered."""

    email_id: str
    to_address: str
    domain: str
    campaign: str
    template: str
    submitted: int
    visible: int
    """When it is taken from the queue; from then on the API finds it."""
    settled: int
    known: bool
    """False for an id that is never found."""
    cause: Cause | None


class World:
    """A world of mail; another seed is another world."""

    def __init__(self, seed: int = 0) -> None:
        self.seed = seed
        self._prefix = f"{seed}:".encode()

    def facts(self, email_id: str) -> Facts | None:
        """Return what is true of a mail, or None if `email_id` is abnormal: not an id that the API could have handed out."""
        submitted = submit_time(email_id)
        if submitted is None:
            return None
        digest = blake2b(self._prefix + email_id.encode(), digest_size=_HASH.size).digest()
        which, layout, where, who, number, typo, known, luck, queue, delay = _HASH.unpack(digest)
        hour = int(email_id[6:8])
        campaign = CAMPAIGN_AT[hour][which]
        template = campaign.templates[layout % len(campaign.templates)]
        domain = DOMAINS[campaign.audience][where]
        if template == IMPORTED and typo < MISTYPED_SHARE * SLOTS:
            domain = MISTYPED_DOMAINS[typo % len(MISTYPED_DOMAINS)]
            cause: Cause | None = "mistyped"
        elif domain == DEAD_DOMAIN:
            cause = "dead"
        elif domain in BLOCKING_DOMAINS and luck < BLOCK_SHARE * SLOTS and is_blocked(submitted):
            cause = "blocked"
        else:
            # The top of the range, so that chance and block do not pick the same mail.
            cause = "chance" if luck >= (1 - BASE_SHARE) * SLOTS else None
        visible = submitted + _QUEUED[queue % 1024]
        return Facts(
            email_id,
            f"{PEOPLE[campaign.audience][who % 1024]}{number % 100}.sandbox@{domain}",
            domain,
            campaign.name,
            template,
            submitted,
            visible,
            visible + _SETTLES[cause][delay % 1024],
            known >= UNKNOWN_SHARE * SLOTS,
            cause,
        )


def row(mail: Facts, now: float) -> dict[str, str] | None:
    """Return what the API says of a mail at a time: an entry of ``array``, or None while it is not found."""
    if not mail.known or now < mail.visible:
        return None
    status, time = "-1", ""
    if now >= mail.settled:
        status = "1" if mail.cause else "0"
        if not mail.cause:
            time = datetime.fromtimestamp(mail.settled, SHANGHAI).isoformat()
    return {"emailId": mail.email_id, "toAddress": mail.to_address, "receiveTime": time, "status": status}


def submit_time(email_id: str) -> int | None:
    """Read the Unix time in an id (``yyMMddHHmmss`` and seven digits); None if it is abnormal."""
    if len(email_id) != 19 or not (email_id.isascii() and email_id.isdigit()):
        return None
    year, month, day, hour, minute, second = (int(email_id[place : place + 2]) for place in range(0, 12, 2))
    if year < _FIRST_YEAR:
        return None
    try:
        return int(datetime(2000 + year, month, day, hour, minute, second, tzinfo=SHANGHAI).timestamp())
    except ValueError:
        return None


def is_blocked(time: float) -> bool:
    """Tell whether the blocking provider refuses mail at a Unix time."""
    days, seconds = divmod(int(time) + UTC_OFFSET, DAY)
    return seconds // 3600 in BLOCK_HOURS and (days + _EPOCH_ORDINAL) % BLOCK_EVERY_DAYS == 0
