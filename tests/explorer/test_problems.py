"""Errors as the page tells them."""

from __future__ import annotations

import pandas as pd
import pytest

import emailrcd
from emailrcd.errors import EmailrcdError
from emailrcd.explorer.problems import told
from tests.explorer.frames import frame


def raised(act, *arguments):
    with pytest.raises(EmailrcdError) as caught:
        act(*arguments)
    return told(caught.value)


def test_advice_for_python_is_left_out_and_the_rest_stays():
    assert raised(emailrcd.timeline, frame(["failed"])) == (
        "There is no time to go by: these ids do not tell when they were submitted, and there is no column sent_at."
    )
    ids = pd.DataFrame({"first": ["2208031112341000001"], "second": ["2208031112341000002"]})
    with emailrcd.Sandbox() as sandbox:
        assert raised(sandbox.client().query, ids) == (
            "Several columns of this DataFrame could hold the email ids: 'first', 'second'."
        )


def test_a_message_that_is_nothing_but_python_is_told_all_the_same():
    assert told(EmailrcdError("Say which one: tz='UTC'.")) == "Say which one: tz='UTC'."


def test_credentials_are_called_as_the_form_calls_them():
    assert raised(emailrcd.Credentials, "", "", "") == (
        "The app id is empty. All three of the app id, the API key and the API secret are needed, as text."
    )


def test_a_defect_is_told_without_what_it_says():
    assert told(ValueError("li.lei@qq.com")) == (
        "This did not work, by a defect of emailrcd (ValueError). Please report it."
    )
