"""What may be set, and what is refused by name."""

from __future__ import annotations

import datetime
import math

import numpy as np
import pandas as pd
import pytest

from emailrcd.errors import EmailrcdError
from emailrcd.query.limits import check_connections, check_max_rate, check_settings, seconds

GOOD = {"method": "POST", "connections": 8, "max_rate": 20, "timeout": (5, 30), "attempts": 5}


@pytest.mark.parametrize(
    ("value", "length"),
    [
        (0, 0),
        (1.5, 1.5),
        (np.int64(3), 3),
        (math.inf, math.inf),
        (datetime.timedelta(minutes=1), 60),
        (pd.Timedelta("2h"), 7200),
    ],
)
def test_a_length_of_time_is_seconds_or_a_timedelta(value, length):
    assert seconds("deadline", value) == length


@pytest.mark.parametrize("value", [-1, math.nan, "1h", None, True, datetime.timedelta(seconds=-1), [5]])
def test_what_is_not_a_length_of_time_is_refused_by_name_with_an_example(value):
    with pytest.raises(EmailrcdError, match=r"deadline must be a number of seconds, .* a timedelta such as datetime\."):
        seconds("deadline", value)


@pytest.mark.parametrize(
    ("name", "value"),
    [("method", "PUT"), ("method", None)]
    + [("connections", value) for value in (0, 65, 1.5, "8", True, None, math.nan)]
    + [("max_rate", value) for value in (0, -1, math.inf, math.nan, "20", True)]
    + [("timeout", value) for value in (5, (5,), (0, 5), (5, None), "55", (5, math.inf), None)]
    + [("attempts", value) for value in (0, 2.5, "5", True, None)],
)
def test_a_setting_that_cannot_be_meant_is_refused_by_name(name, value):
    with pytest.raises(EmailrcdError, match=f"^{name} must be "):
        check_settings(**{**GOOD, name: value})


@pytest.mark.parametrize(
    "settings", [{}, {"connections": np.int64(64)}, {"max_rate": None}, {"max_rate": 0.1}, {"timeout": [1, 2.5]}]
)
def test_settings_that_can_be_meant_are_taken(settings):
    check_settings(**{**GOOD, **settings})


def test_a_cluster_may_have_as_many_connections_for_each_worker():
    check_connections(128, workers=2)
    check_max_rate(None)
    with pytest.raises(EmailrcdError, match="from 1 to 64 for each of 2 workers, 128 in all, not 129"):
        check_connections(129, workers=2)
