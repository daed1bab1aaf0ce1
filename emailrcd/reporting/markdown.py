"""A report as Markdown, for a ticket or a chat."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable

from .content import Content
from .document import Page, page

_SPECIAL = re.compile(r"[\\`*_{}\[\]<>#|~$]|(?<=:)//|(?<=www)\.", re.I)
_MENTION = re.compile(r"(?<![\w*])@(?=\w)")


def to_markdown(content: Content, check: Callable[[str], None]) -> bytes:
    """Return the file; `check` refuses text that must not be written."""
    shown = page(content)
    check(json.dumps(shown, ensure_ascii=False))
    return ("\n\n".join(_blocks(shown)) + "\n").encode()


def _blocks(shown: Page) -> Iterable[str]:
    yield f"# {'SANDBOX – ' if shown['sandbox'] else ''}{_plain(shown['title'])}"
    if shown["addresses_shown"]:
        yield "**Holds recipients' addresses in full: do not pass on.**"
    yield f"**{_plain(shown['headline'])}**"
    if shown["hint"]:
        yield _plain(shown["hint"])
    rate = shown["rate"]
    if rate["known"]:
        said = f"Delivery rate {rate['value']} of {rate['settled']} settled (95 % interval {rate['interval']})"
        yield (
            f"{said}; with {rate['open']} open it can become {rate['can_become']}."
            if rate["can_become"]
            else f"{said}."
        )
    yield _table(
        ["status", "ids", "share"],
        ([status["label"], status["count"], status["share"]] for status in shown["statuses"]),
    )
    for each in shown["breakdowns"]:
        yield f"## {_plain(each['title'])}"
        yield _table(
            [each["name"], "ids", "failed", "open", "delivery rate", "95 % interval"],
            ([row[name] for name in ("name", "ids", "failed", "open", "rate", "interval")] for row in each["rows"]),
        )
    yield "## Over time"
    yield _plain(shown["time"]["problem"] or shown["time"]["said"])
    yield "## What explains the failures"
    yield shown["unfailed"] or _table(
        ["", "what", "confidence", "failed", "share", "next step"],
        (
            [row[name] for name in ("rank", "what", "confidence", "failed", "share", "next_step")]
            for row in shown["investigation"]
        ),
    )
    yield from _comparison(shown["comparison"])
    yield "## What is missing"
    if shown["missing"]:
        yield _table(["what", "ids", "why"], ([row["what"], row["count"], row["why"]] for row in shown["missing"]))
    else:
        yield "Nothing."
    if shown["mails"]["rows"]:
        yield "## Mails"
        yield _plain(shown["mails"]["said"])
        yield _table([column["name"] for column in shown["mails"]["columns"]], shown["mails"]["rows"])
    yield "## Where this comes from"
    yield "\n".join(f"- {_plain(name)}: {_plain(value)}" for name, value in shown["provenance"])


def _comparison(compared: Page | None) -> Iterable[str]:
    if compared is None:
        return
    yield "## Against the earlier run"
    yield _plain(compared["problem"] or compared["said"])
    if not compared["problem"]:
        yield _table(
            [compared["name"], "failure rate before", "after", "change", "verdict"],
            (
                [row[name] for name in ("name", "rate_before", "rate_after", "change", "verdict")]
                for row in compared["rows"]
            ),
        )


def _table(names: list[str], rows: Iterable[list[str]]) -> str:
    lines = [map(_plain, names), ["---"] * len(names), *(map(_plain, row) for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _plain(text: str) -> str:
    """Return text on one line in which nothing is markup, a link or a mention."""
    return _MENTION.sub("@\u200b", _SPECIAL.sub(r"\\\g<0>", " ".join(text.split())))
