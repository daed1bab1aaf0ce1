"""The contract as code: address, signature, request."""

from __future__ import annotations

import json
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emailrcd.api import contract
from emailrcd.errors import EmailrcdError


def test_signing_gives_the_pages_own_known_answer():
    assert contract.sign("bDqJFiq9", "7bz1lzh9", 1630468800) == "05d7a50893e22a5c4bb3216ae3396c7c"


@given(st.text("abcXYZ019", min_size=1), st.text("abcXYZ019", min_size=1), st.integers(0, 2**33))
def test_headers_carry_key_whole_seconds_and_the_sign_of_both(key, secret, timestamp):
    headers = contract.signed_headers(key, secret, timestamp)
    assert headers == {"Api-Key": key, "Timestamp": str(timestamp), "Sign": contract.sign(key, secret, timestamp)}
    assert len(headers["Sign"]) == 32
    assert headers["Sign"] == headers["Sign"].lower()


def test_signing_agrees_with_md5sum():
    digest = subprocess.run(["md5sum"], input=b"keysecret1700000000", capture_output=True, check=True).stdout.split()[0]
    assert contract.sign("key", "secret", 1700000000) == digest.decode()


@pytest.mark.parametrize(
    "base_url",
    [
        "https://api.onbuka.com/v3/email",
        "https://api.onbuka.com/v3/email/",
        " https://api.onbuka.com/v3/email/getSendEmailRcd",
        "https://api.onbuka.com/v3/email/getSendEmailRcd/",
    ],
)
def test_the_method_name_is_understood_or_added(base_url):
    assert contract.endpoint(base_url) == "https://api.onbuka.com/v3/email/getSendEmailRcd"


@pytest.mark.parametrize("host", ["localhost:8025", "127.0.0.1:1", "127.8.9.1", "[::1]:80"])
def test_plain_http_is_for_loopback(host):
    assert contract.endpoint(f"http://{host}/email") == f"http://{host}/email/getSendEmailRcd"


@pytest.mark.parametrize(
    "base_url",
    [
        "http://api.itniotech.com/email",
        "http://127.evil.example/email",
        "http://localhost.evil.example/email",
        "ftp://api.itniotech.com",
        "api.itniotech.com/email",
        "",
        "https://",
        "https://h:99999/email",
        "https://a..b.example/email",
        f"https://{'a' * 64}.example/email",
        "https://user:word@api.itniotech.com/email",
        "https://api.itniotech.com/email?x=1",
    ],
)
def test_other_addresses_are_refused_before_anything_is_sent(base_url):
    with pytest.raises(EmailrcdError, match="Give it like https://api.itniotech.com/email") as caught:
        contract.endpoint(base_url)
    assert "user:word" not in str(caught.value)


@pytest.mark.parametrize(
    ("base_url", "address"),
    [
        ("https://api.itniotech.com/email", "https://api.itniotech.com/sms/getBalance"),
        ("https://api.onbuka.com/v3/email", "https://api.onbuka.com/v3/getBalance"),
        ("http://127.0.0.1:8025/email", "http://127.0.0.1:8025/sms/getBalance"),
        ("https://gateway.example/itnio/email", "https://gateway.example/itnio/sms/getBalance"),
    ],
)
def test_the_account_api_is_on_the_server_that_is_asked_for_mail(base_url, address):
    assert contract.account_endpoint(contract.endpoint(base_url)) == address


def test_ids_travel_joined_by_commas_in_both_forms():
    assert contract.parameters("app", ["1", "2"]) == {"appId": "app", "emailId": "1,2"}
    assert json.loads(contract.body("app", ["1", "2"])) == {"appId": "app", "emailId": "1,2"}
