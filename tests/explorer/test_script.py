"""The code of what is on the screen."""

from __future__ import annotations

import pytest

import emailrcd


@pytest.mark.parametrize(
    "steps",
    [
        [],
        [
            ("toggle-value", {"column": "status", "value": "failed"}),
            ("toggle-value", {"column": "status", "value": "sending"}),
            ("set-filters", {"provider": "Google", "domain": "mail.com, gmail", "text": ""}),
        ],
        [("set-filters", {"provider": "", "domain": "", "text": "Li"})],
        [("set-period", {"first": 2, "last": 5}), ("group-by", {"column": "weekday"})],
        [
            ("group-by", {"column": "hour of the day"}),
            ("toggle-value", {"column": "hour of the day", "value": "14:00"}),
        ],
        [("toggle-value", {"column": "campaign", "value": "Autumn sale"}), ("choose-chart", {"chart": "heatmap"})],
        [("investigate", {}), ("show-mails", {"rank": 1})],
    ],
)
def test_the_code_gives_what_is_on_the_screen(queried, act, steps):
    for kind, content in steps:
        act(kind, **content)
    act("show-code")
    names = {"app": queried.app}
    exec(queried.last("code")["text"], names)
    assert names["shown"]["email_id"].tolist() == queried.app.shown["email_id"].tolist()
    assert names["emailrcd"] is emailrcd
