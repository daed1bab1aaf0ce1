"""Who lives in the sandbox's world: recipients, their domains, and the campaigns that write to them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple, TypeVar

SLOTS = 65_536
"""Places of a lookup table: sixteen bits of a hash choose one."""

Audience = Literal["china", "world"]
Choice = TypeVar("Choice")


class Campaign(NamedTuple):
    """A campaign: its templates, how much it sends in each hour of the day (Shanghai time), and to whom."""

    name: str
    templates: tuple[str, ...]
    hours: tuple[int, ...]
    audience: Audience


def _hours(always: int, *bursts: tuple[int, int, int]) -> tuple[int, ...]:
    """Return 24 weights: `always`, and in each burst (first hour, hour after the last, weight) that much more."""
    return tuple(always + sum(weight for first, end, weight in bursts if first <= hour < end) for hour in range(24))


IMPORTED = "线下导入名单"
"""The template that went to a list typed in by hand, with its mistyped domains."""

CAMPAIGNS = (
    Campaign(
        "双十一预热", ("预热主图", "加购提醒", "定金通知"), _hours(0, (10, 12, 60), (14, 16, 70), (20, 22, 40)), "china"
    ),
    Campaign("会员日", ("会员权益", "积分兑换", IMPORTED), _hours(0, (9, 12, 30), (14, 17, 35)), "china"),
    Campaign("账单通知", ("月度账单", "电子发票"), _hours(1, (8, 20, 15)), "china"),
    Campaign("新用户欢迎", ("欢迎信", "第三天", "首单礼券"), _hours(2, (7, 24, 8)), "china"),
    Campaign("Autumn sale", ("Hero", "Last call"), _hours(0, (13, 17, 18), (19, 22, 14)), "world"),
    Campaign("Password reset", ("Reset link", "New device"), _hours(3, (8, 23, 5)), "world"),
)

VOLUME = tuple(sum(campaign.hours[hour] for campaign in CAMPAIGNS) for hour in range(24))
"""Relative volume of all mail in each hour of the day, Shanghai time."""

BLOCKING_DOMAINS = frozenset({"qq.com", "foxmail.com"})
"""One provider, which refuses mail on some afternoons."""

DEAD_DOMAIN = "mail42.example"
"""A company domain that takes no mail any more."""

MISTYPED_DOMAINS = (
    "gmial.com",
    "gmai.com",
    "163.con",
    "126.con",
    "qq.con",
    "qqq.com",
    "hotmial.com",
    "outlok.com",
)

_TAIL = 300
_PROVIDERS: Mapping[Audience, Mapping[str, float]] = {
    "china": {
        "qq.com": 34,
        "163.com": 19,
        "126.com": 7,
        "foxmail.com": 4,
        "sina.com": 3.5,
        "139.com": 3,
        "189.cn": 2,
        "aliyun.com": 2,
        "sohu.com": 1.5,
        "yeah.net": 1.5,
        "gmail.com": 4,
        "outlook.com": 3,
        "hotmail.com": 2,
        "icloud.com": 1.5,
        DEAD_DOMAIN: 1,
    },
    "world": {
        "gmail.com": 38,
        "outlook.com": 13,
        "hotmail.com": 9,
        "yahoo.com": 9,
        "icloud.com": 6,
        "qq.com": 5,
        "163.com": 2,
        DEAD_DOMAIN: 1,
    },
}
_COMPANIES: Mapping[Audience, float] = {"china": 11, "world": 17}

_FAMILY_CHINA = (
    "wang li zhang liu chen yang huang zhao wu zhou xu sun ma zhu hu guo he lin gao luo "
    "zheng liang xie song tang deng han feng cao peng zeng xiao"
)
_GIVEN_CHINA = (
    "wei fang na min jing lei jun yang yong yan jie juan tao ming chao xia ping gang hua lan "
    "mei ting bo xin yu hao rui kai lin qiang dan bin"
)
_FAMILY_WORLD = (
    "smith jones keller novak rossi silva garcia meyer dubois larsen kim tanaka khan patel "
    "ivanov kowalski haas berg costa moreau nilsen walsh reid stone young brown adams clark davis evans foster grant"
)
_GIVEN_WORLD = (
    "anna ben carla david elena frank grace hugo irene jack karin leo maria nina oscar paula "
    "quinn rosa sam tina uma victor wendy xavier yara zoe alex chris dana eric fay gina"
)


def _spread(weights: Mapping[Choice, float]) -> tuple[Choice, ...]:
    """Spread choices over `SLOTS` places in proportion to their weights."""
    total = sum(weights.values())
    table: list[Choice] = []
    reached = 0.0
    for choice, weight in weights.items():
        reached += weight
        table.extend([choice] * (round(reached / total * SLOTS) - len(table)))
    return tuple(table)


def _domains(audience: Audience) -> tuple[str, ...]:
    companies = {f"mail{rank}.example": 1 / (rank + 20) for rank in range(1, _TAIL + 1)}
    del companies[DEAD_DOMAIN]
    scale = _COMPANIES[audience] / sum(companies.values())
    return _spread({**_PROVIDERS[audience], **{name: weight * scale for name, weight in companies.items()}})


def _people(first: str, second: str) -> tuple[str, ...]:
    return tuple(f"{one}.{other}" for one in first.split() for other in second.split())


DOMAINS: Mapping[Audience, tuple[str, ...]] = {"china": _domains("china"), "world": _domains("world")}
"""Recipient domains by audience, `SLOTS` places each."""

PEOPLE: Mapping[Audience, tuple[str, ...]] = {
    "china": _people(_FAMILY_CHINA, _GIVEN_CHINA),
    "world": _people(_GIVEN_WORLD, _FAMILY_WORLD),
}
"""1,024 names by audience."""

CAMPAIGN_AT = tuple(_spread({campaign: campaign.hours[hour] for campaign in CAMPAIGNS}) for hour in range(24))
"""Campaigns by hour of the day, `SLOTS` places each, in proportion to what they send in that hour."""
