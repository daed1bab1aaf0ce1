"""Which server the app asks: credentials are used, never told, and can be forgotten."""

from __future__ import annotations

import json

import pytest

from emailrcd import Credentials, Sandbox
from emailrcd.errors import CredentialsError, EmailrcdError
from tests.explorer.page import PATIENCE, Page


def test_credentials_that_were_found_are_told_with_their_source(monkeypatch, page):
    for name in ("APP_ID", "API_KEY", "API_SECRET"):
        monkeypatch.setenv(f"EMAILRCD_{name}", f"{name.lower()}-value")
    monkeypatch.setenv("EMAILRCD_BASE_URL", "https://mail.example/email")
    other = Page()
    other.say("ready")
    connection = other.last("state")["connection"]
    assert connection["held"] is True
    assert "app_id-value, credentials from the environment" in connection["note"]
    assert "mail.example, which is not the vendor's" in connection["warning"]
    assert "api_secret-value" not in json.dumps(other.messages, default=str)


def test_credentials_that_are_incomplete_are_told(monkeypatch, page):
    monkeypatch.setenv("EMAILRCD_APP_ID", "x")
    other = Page()
    other.say("choose-source", source="api")
    assert "EMAILRCD_API_KEY" in other.last("state")["connection"]["note"]


def test_typed_credentials_are_used_never_told_and_can_be_forgotten(page):
    app = page.app
    with Sandbox() as sandbox:
        who = sandbox.credentials
        page.say(
            "enter-credentials",
            app_id=who.app_id,
            api_key=who.api_key,
            api_secret=who.api_secret,
            base_url=sandbox.base_url,
        )
        assert page.last("refusal")["problem"] == ""
        app.set_ids(sandbox.sample_ids(3))
        page.query()
    assert len(app.records) == 3
    for word in (who.api_key, who.api_secret):
        assert word not in json.dumps(page.messages, default=str)
        assert word not in repr(vars(app))
        assert word not in json.dumps(page.wire.state, default=str)
    page.say("forget-credentials")
    assert page.last("state")["connection"]["held"] is False


def test_credentials_that_cannot_be_used_are_told_at_once_in_the_words_of_the_form(page):
    page.say("enter-credentials", app_id="a", api_key="b", api_secret="", base_url="")
    assert page.last("refusal")["problem"].startswith("The API secret is empty")
    page.say("enter-credentials", app_id="a", api_key="b", api_secret="c", base_url="http://mail.example/email")
    assert "Plain http" in page.last("refusal")["problem"]
    with pytest.raises(EmailrcdError, match="Plain http"):
        page.app.use_api(Credentials("a", "b", "c"), "http://mail.example/email")
    with pytest.raises(CredentialsError):
        page.app.use_api(Credentials("a", "b", " "))


def test_a_message_with_credentials_that_is_wrong_quotes_none_of_them(page):
    page.say("enter-credentials", app_id="a", api_key="the-key-4711", api_secret=["the-secret-0815"], base_url="")
    assert "api_secret" in page.problem
    for word in ("the-key-4711", "the-secret-0815"):
        assert word not in json.dumps(page.messages, default=str)


@pytest.mark.parametrize("rate", [None, 0, -3])
def test_a_rate_that_is_not_above_0_is_refused_and_the_last_one_stays(page, rate):
    page.say("set-rate", calls_a_second=rate)
    assert "above 0" in page.problem
    assert page.last("state")["connection"]["rate"] == 20
    page.say("set-rate", calls_a_second=5)
    assert page.last("state")["connection"]["rate"] == 5


def test_addresses_ids_and_pasted_text_never_become_state(queried):
    state = json.dumps(queried.wire.state, default=str)
    assert ".sandbox@" not in state
    assert queried.app.records["email_id"].iloc[0] not in state
    assert ".sandbox@" not in repr(queried.app)
    assert queried.app.wait(PATIENCE)
