"""What an address alone tells: malformed, mistyped domain, role account, international."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
from email_validator import EmailNotValidError, validate_email

from ...records.providers import OTHER, provider_of
from .dimensions import Mark, Mask

_ATOM = r"[a-z0-9!#$%&*+/=?^_`{|}~-]+"
_PLAIN = rf"(?i)^{_ATOM}(?:\.{_ATOM})*@(?:[a-z0-9](?:[a-z0-9-]{{0,61}}[a-z0-9])?\.)+[a-z]{{2,63}}$"
_TOO_LONG = "^[^@]{65}|^.{255}"
"""Nearly all addresses are plain; the others are looked at one by one."""

_ROLES = (
    "abuse|admin|administrator|billing|contact|hello|help|hostmaster|hr|info|mailer-daemon|marketing|no-reply|noreply|office|"
    "postmaster|root|sales|security|service|spam|support|test|webmaster"
)

_POPULAR = re.split(
    r"\s+",
    "qq.com foxmail.com 163.com 126.com yeah.net sina.com sina.cn sohu.com 139.com 189.cn aliyun.com gmail.com googlemail.com "
    "outlook.com hotmail.com live.com msn.com yahoo.com icloud.com protonmail.com",
)
"""Domains that are common enough for a similar one to be a slip of the finger."""

_ENDINGS = {
    "com": "con|cmo|ocm|vom|xom|dom|cpm|cim|clm|coom|comm|ccom|cm|om|co|c0m|col|como",
    "net": "ent|nte|nett|nnet|met|bet",
    "cn": "cnn|ccn|c",
}
_LEAST_LETTERS = 5
"""Shorter names have real neighbours (sina, sino): only a doubled or swapped letter is a slip there; numbers have more yet."""

MALFORMED = Mark(
    "address", "malformed addresses", "Correct them at the source; no server can take such mail.", "suppress"
)
MISTYPED = Mark(
    "address", "addresses with a mistyped domain", "Ask for the right address; the list holds a suggestion.", "correct"
)

_PATTERNS = {
    rf"(?i)^(?:{_ROLES})(?:[+0-9][^@]*)?@": Mark(
        "address", "role accounts (info@, admin@, …)", "Write to persons; take these off the list.", "suppress"
    ),
    r"[^\x00-\x7f]|@.*xn--": Mark(
        "address", "international addresses (not in ASCII)", "Check that the sending route supports SMTPUTF8."
    ),
    "^[0-9]+@": Mark(
        "address",
        "addresses of digits only before the @",
        "Look where they come from: such names are guessed or made up more often than others.",
    ),
    "^[^@]*[+]": Mark(
        "address",
        "addresses with a plus tag",
        "Check that what you store is what people typed, and that the sending route takes a plus sign.",
    ),
}
"""Kinds of addresses that are told by a pattern."""


def address_marks(mail: pd.DataFrame) -> dict[Mark, Mask]:
    """Return which mails go to addresses of each kind."""
    codes, labels = pd.factorize(mail["to_address"])
    texts = pd.Series(labels, dtype="str")
    malformed = ~texts.str.contains(_PLAIN).to_numpy(bool) | texts.str.contains(_TOO_LONG).to_numpy(bool)
    malformed[malformed] = [not is_well_formed(text) for text in texts[malformed]]
    marks = {MALFORMED: malformed}
    for pattern, mark in _PATTERNS.items():
        condition = f"to_address.str.contains({json.dumps(pattern)})"
        marks[mark._replace(condition=condition)] = texts.str.contains(pattern).to_numpy(bool)
    slips = sorted(name for name in mail["domain"].dropna().unique() if suggested_domain(name))
    mistyped = MISTYPED._replace(condition=f"domain in {json.dumps(slips, ensure_ascii=False)}")
    found = {mark: np.append(mask, False)[codes] for mark, mask in marks.items()}
    return {mistyped: mail["domain"].isin(slips).to_numpy(bool), **found}


def is_well_formed(address: str) -> bool:
    """Tell whether an address can be one at all; its syntax is looked at, nobody is asked.

    Examples
    --------
    >>> [is_well_formed(text) for text in ("li.lei@qq.com", "li lei@qq.com", "li.lei@qqcom", "li@例子.中国")]
    [True, False, False, True]
    """
    try:
        validate_email(address, check_deliverability=False, globally_deliverable=False, strict=True)
    except EmailNotValidError:
        return False
    return "." in address.rpartition("@")[2]


@lru_cache(maxsize=100_000)
def suggested_domain(domain: str) -> str | None:
    """Return the popular domain that `domain` is a slip of the finger for, or None.

    Examples
    --------
    >>> suggested_domain("gmial.com"), suggested_domain("163.con"), suggested_domain("mail.com"), suggested_domain("263.com")
    ('gmail.com', '163.com', None, None)
    """
    if domain in _POPULAR or provider_of(domain) != OTHER:
        return None
    return next((popular for popular in _POPULAR if _slips(popular).fullmatch(domain)), None)


def suggestions(addresses: pd.Series[Any]) -> pd.Series[Any]:
    """Return addresses with their mistyped domain put right; the part before the @ is never touched.

    Examples
    --------
    >>> suggestions(pd.Series(["Li.Lei@gmial.com", "li@qq.com"])).tolist()
    ['Li.Lei@gmail.com', nan]
    """
    # Unlike str.rpartition, it gives both columns where there are no addresses, too.
    parts = addresses.str.extract(r"(?s)^(.*)@([^@]*)$")
    found = parts[1].str.lower().map(suggested_domain, na_action="ignore")
    return (parts[0] + "@" + found).astype("str")


@lru_cache
def _slips(popular: str) -> re.Pattern[str]:
    """Return what slips of the finger make of a domain: letters that are swapped, doubled, missing, added, or others."""
    name, _, ending = popular.rpartition(".")
    names = ["(?!)"]
    if not name.isdigit():
        names += [name[:n] + name[n + 1] + name[n] + name[n + 2 :] for n in range(len(name) - 1)]
        names += [name[:n] + name[n - 1 :] for n in range(1, len(name) + 1)]
        if len(name) >= _LEAST_LETTERS:
            names += [f"{name[:n]}.{name[n:]}|{name[:n]}.?{name[n + 1 :]}" for n in range(1, len(name) + 1)]
    return re.compile(rf"(?:{'|'.join(names)})\.{ending}|{name}\.(?:{_ENDINGS[ending]})")
