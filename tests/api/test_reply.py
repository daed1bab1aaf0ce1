"""What replies say, and those that break the contract."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emailrcd.api.reply import Counts, Reply, decode
from emailrcd.errors import AuthenticationFailed, EmailrcdError, ReplyError, UnknownCode, WebPage

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


def test_the_published_example_is_understood_though_it_contradicts_itself():
    counts, mails, *_ = decode(encoded(), asked=1)
    assert counts == (0, 2, 0, 0)
    assert [(m.email_id, m.to_address, m.receive_time, m.status) for m in mails] == [
        ("2208031112341000001", "123@qq.com", "", "1")
    ]


def test_numbers_mean_the_same_as_the_strings_documented():
    raw = encoded(
        status=0, success=1, fail=0, sending=0, nofound=0, array=[dict(EXAMPLE["array"][0], emailId=10**19, status=0)]
    )
    counts, mails, *_ = decode(raw, asked=1)
    assert counts == (1, 0, 0, 0)
    assert (mails[0].email_id, mails[0].status) == ("10000000000000000000", "0")


def test_a_time_that_is_null_is_an_empty_text():
    assert decode(row(receiveTime=None), asked=1).mails[0].receive_time == ""


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
    ],
)
def test_what_breaks_the_contract_names_the_field(raw, field):
    with pytest.raises(ReplyError, match=field):
        decode(raw, asked=1)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"toAddress": ...}, "toAddress"),
        ({"toAddress": ["a"]}, "toAddress"),
        ({"receiveTime": ...}, "receiveTime"),
        ({"status": "2"}, "unknown mail status"),
        ({"status": True}, "status"),
        ({"status": "li@qq.com - at `$.x`"}, "unknown mail status"),
    ],
)
def test_an_entry_that_breaks_the_contract_costs_its_own_id_alone_and_is_not_quoted(changes, problem):
    bad = {key: value for key, value in (EXAMPLE["array"][0] | changes).items() if value is not ...}
    good = EXAMPLE["array"][0] | {"emailId": "2208031112341000003"}
    reply = decode(encoded(array=[bad, good]), asked=2)
    assert [mail.email_id for mail in reply.mails] == ["2208031112341000003"]
    assert list(reply.broken) == ["2208031112341000001"]
    assert problem in reply.broken["2208031112341000001"]
    assert "li@" not in str(reply.broken)


BAD_TEXTS = [
    b"\\ud83d@example.com",
    b"\xff@example.com",
    b"\xe4\xb8@example.com",
    b"a\x01@example.com",
    b"\xed\xa0\xbd@qq.com",
]


@pytest.mark.parametrize("bad", BAD_TEXTS)
def test_a_text_that_is_not_quite_characters_is_read_with_a_sign_in_their_place_and_counted(bad):
    second = EXAMPLE["array"][0] | {"emailId": "2", "toAddress": "李雷@example.com"}
    raw = json.dumps(EXAMPLE | {"array": [EXAMPLE["array"][0], second]}, ensure_ascii=False).encode()
    reply = decode(raw.replace(b"123@qq.com", bad), asked=2)
    assert [mail.email_id for mail in reply.mails] == ["2208031112341000001", "2"]
    assert reply.mails[0].to_address.endswith(("@example.com", "@qq.com"))
    assert reply.mails[1].to_address == "李雷@example.com"
    assert reply.repaired == (0 if b"\x01" in bad else 1)
    reply.mails[0].to_address.encode()


@given(st.binary(max_size=8), st.integers(0, 200))
def test_whatever_bytes_are_strewn_into_a_reply_its_texts_can_be_written_or_it_is_a_typed_error(junk, place):
    raw = encoded()
    place %= len(raw)
    with contextlib.suppress(EmailrcdError):
        for mail in decode(raw[:place] + junk + raw[place:], asked=1).mails:
            (mail.email_id + mail.to_address + mail.receive_time).encode()


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_a_reply_with_a_mark_of_its_byte_order_or_in_other_unicode_is_read(encoding):
    assert decode(encoded().decode().encode(encoding), asked=1) == decode(encoded(), asked=1)


@pytest.mark.parametrize(
    ("page", "title"),
    [
        (b"<html><head><title>Welcome to Hotel WiFi</title></head></html>", 'title "Welcome to Hotel WiFi"'),
        (
            b"\xef\xbb\xbf\r\n<!-- x --><!DOCTYPE HTML>\n<TITLE\nid=x>Access &amp;\n denied</TITLE>",
            'title "Access & denied"',
        ),
        ("<html><title>网络认证</title>".encode("gb18030"), 'title "网络认证"'),
        ("<?xml version='1.0'?><!DOCTYPE html><html><title>网络认证</title>".encode(), 'title "网络认证"'),
        (b"<html><title>li.wei@qq.com 05d7a50893e22a5c4bb3216ae3396c7c</title>", 'title "(an address) •••"'),
        (b"<html><title> </title>", "A web page came in place"),
        (b"<html>", "A web page came in place"),
        (b"<script>top.self.location.href='http://10.0.0.1/eportal/index.jsp'</script>", "A web page came in place"),
        (b"<meta http-equiv=refresh content='0; url=http://10.0.0.1/'>", "A web page came in place"),
    ],
)
def test_a_web_page_in_place_of_a_reply_is_told_with_its_title_and_cannot_be_healed_by_asking_again(page, title):
    with pytest.raises(WebPage) as caught:
        decode(page, asked=1)
    assert title in str(caught.value)
    assert not caught.value.retryable


@pytest.mark.parametrize(
    "raw", [b"", b"<a>", b"<Error/>", b"\xff\xfe", b'{"status": "0"', b"[" * 100_000, b'{"a":' * 100_000]
)
def test_what_is_not_json_is_a_clear_error(raw):
    with pytest.raises(ReplyError, match="contract"):
        decode(raw, asked=1)


def test_an_error_code_is_read_whatever_the_rest_looks_like():
    for rest in ({}, {"array": None}, {"success": [1]}):
        with pytest.raises(AuthenticationFailed):
            decode(json.dumps({"status": "-1", "reason": "身份验证错误"} | rest).encode(), asked=1)


def test_an_unknown_code_is_an_error_and_addresses_in_its_reason_are_not_quoted():
    with pytest.raises(UnknownCode, match="-99") as caught:
        decode(json.dumps({"status": -99, "reason": "no li@qq.com\nhere"}).encode(), asked=1)
    assert "li@qq.com" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_array_is_accepted_only_if_all_ids_are_counted_as_not_found():
    assert decode(encoded(fail="0", nofound="3", array=...), asked=3).mails == []
    with pytest.raises(ReplyError, match="2 of 3"):
        decode(encoded(fail="0", nofound="2", array=...), asked=3)


@given(st.binary(max_size=300))
def test_any_bytes_are_a_reply_or_a_typed_error(raw):
    with contextlib.suppress(EmailrcdError):
        decode(raw, asked=1)


def test_an_array_of_null_means_the_same_as_none():
    raw = encoded(status="0", success="0", fail="0", sending="0", nofound="2", array=None)
    assert decode(raw, asked=2) == Reply(Counts(0, 0, 0, 2), [])
    with pytest.raises(ReplyError, match="array"):
        decode(raw, asked=3)
