"""The contract as code."""

from __future__ import annotations

import contextlib
import json
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emailrcd.api import contract
from emailrcd.errors import AuthenticationFailed, EmailrcdError, ReplyError, UnknownCode

EXAMPLE = {
    "status": "0",
    "reason": "success",
    "success": "0",
    "fail": "2",
    "sending": "0",
    "nofound": "0",
    "array": [{"emailId": "2208031112341000001", "toAddress": "123@qq.com", "receiveTime": "", "status": "1"}],
}


def encoded(**changes: object) -> bytes:
    return json.dumps({key: value for key, value in (EXAMPLE | changes).items() if value is not ...}).encode()


def row(**changes: object) -> bytes:
    entry = EXAMPLE["array"][0] | changes
    return encoded(array=[{key: value for key, value in entry.items() if value is not ...}])


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


def test_ids_travel_joined_by_commas_in_both_forms():
    assert contract.parameters("app", ["1", "2"]) == {"appId": "app", "emailId": "1,2"}
    assert json.loads(contract.body("app", ["1", "2"])) == {"appId": "app", "emailId": "1,2"}


def test_the_published_example_is_understood_though_it_contradicts_itself():
    counts, mails = contract.decode(encoded(), asked=1)
    assert counts == (0, 2, 0, 0)
    assert [(m.email_id, m.to_address, m.receive_time, m.status) for m in mails] == [
        ("2208031112341000001", "123@qq.com", "", "1")
    ]


def test_numbers_mean_the_same_as_the_strings_documented():
    raw = encoded(
        status=0, success=1, fail=0, sending=0, nofound=0, array=[dict(EXAMPLE["array"][0], emailId=10**19, status=0)]
    )
    counts, mails = contract.decode(raw, asked=1)
    assert counts == (1, 0, 0, 0)
    assert (mails[0].email_id, mails[0].status) == ("10000000000000000000", "0")


def test_a_time_that_is_null_is_an_empty_text():
    assert contract.decode(row(receiveTime=None), asked=1).mails[0].receive_time == ""


def test_an_unknown_mail_status_is_not_quoted():
    with pytest.raises(ReplyError, match=r"unknown mail status - at `\$\.array\[0\]\.status`") as caught:
        contract.decode(row(status="li@qq.com - at `$.x`"), asked=1)
    assert "li@" not in str(caught.value)


@pytest.mark.parametrize(
    ("raw", "field"),
    [
        (encoded(status=...), "status"),
        (encoded(status=None), "status"),
        (encoded(success=...), "success"),
        (encoded(fail="two"), "fail"),
        (encoded(sending="-1"), "sending"),
        (encoded(nofound=1.0), "nofound"),
        (encoded(nofound=True), "nofound"),
        (encoded(success="³"), "success"),
        (encoded(array={}), "array"),
        (encoded(array=None), "array"),
        (encoded(array=[7]), r"array\[0\]"),
        (row(emailId=...), "emailId"),
        (row(emailId=""), "emailId"),
        (row(emailId=2.2e18), "emailId"),
        (row(toAddress=...), "toAddress"),
        (row(toAddress=["a"]), "toAddress"),
        (row(receiveTime=...), "receiveTime"),
        (row(status="2"), r"array\[0\].status"),
        (row(status=True), "status"),
    ],
)
def test_what_breaks_the_contract_names_the_field(raw, field):
    with pytest.raises(ReplyError, match=field):
        contract.decode(raw, asked=1)


@pytest.mark.parametrize("raw", [b"", b"<html>", b"\xff\xfe", b'{"status": "0"', b"[" * 100_000, b'{"a":' * 100_000])
def test_what_is_not_json_is_a_clear_error(raw):
    with pytest.raises(ReplyError, match="contract"):
        contract.decode(raw, asked=1)


def test_an_error_code_is_read_whatever_the_rest_looks_like():
    for rest in ({}, {"array": None}, {"success": [1]}):
        with pytest.raises(AuthenticationFailed):
            contract.decode(json.dumps({"status": "-1", "reason": "身份验证错误"} | rest).encode(), asked=1)


def test_an_unknown_code_is_an_error_and_addresses_in_its_reason_are_not_quoted():
    with pytest.raises(UnknownCode, match="-99") as caught:
        contract.decode(json.dumps({"status": -99, "reason": "no li@qq.com\nhere"}).encode(), asked=1)
    assert "li@qq.com" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_array_is_accepted_only_if_all_ids_are_counted_as_not_found():
    assert contract.decode(encoded(fail="0", nofound="3", array=...), asked=3).mails == []
    with pytest.raises(ReplyError, match="2 of 3"):
        contract.decode(encoded(fail="0", nofound="2", array=...), asked=3)


@given(st.binary(max_size=300))
def test_any_bytes_are_a_reply_or_a_typed_error(raw):
    with contextlib.suppress(EmailrcdError):
        contract.decode(raw, asked=1)


def test_an_array_of_null_means_the_same_as_none():
    raw = encoded(status="0", success="0", fail="0", sending="0", nofound="2", array=None)
    assert contract.decode(raw, asked=2) == (contract.Counts(0, 0, 0, 2), [])
    with pytest.raises(ReplyError, match="array"):
        contract.decode(raw, asked=3)
