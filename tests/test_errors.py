"""The error tree."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from emailrcd.errors import API_ERRORS, ApiError, EmailrcdError, HTTPStatusError, UnknownCode


def descendants(cls: type[Exception]) -> set[type[Exception]]:
    return {cls}.union(*(descendants(child) for child in cls.__subclasses__()))


def test_the_drawn_tree_is_the_real_tree():
    page = (Path(__file__).parent.parent / "docs" / "errors.md").read_text()
    drawn = re.findall(r"^ {4}([│├└─ ]*)(\w+)", page[page.index("## The tree") :], re.M)
    parents: list[str] = []
    tree = {}
    for indent, name in drawn:
        depth = len(indent) // 4
        parents[depth:] = [name]
        tree[name] = parents[depth - 1] if depth else None
    real = {cls.__name__: cls.__bases__[0].__name__ for cls in descendants(EmailrcdError) - {EmailrcdError}}
    assert tree == real | {"EmailrcdError": None}


def test_every_member_tells_whether_to_retry_and_its_code():
    for cls in descendants(EmailrcdError):
        assert isinstance(cls.retryable, bool)
        assert isinstance(cls.fatal, bool)
        assert cls.code is None


@pytest.mark.parametrize(
    ("code", "vendor_text", "retryable"),
    [
        ("-1", "身份验证错误", False),
        ("-4", "用户锁定", False),
        ("-5", "字段为空或查询ID异常", False),
        ("-6", "时间戳过期", False),
        ("-8", "限制IP访问", False),
        ("-23", "端口或者程序异常", True),
        ("-24", "您的账号未验证,请验证!", False),
        ("-28", "一次只能查询200个emailID,超过最大查询限制", False),
    ],
)
def test_a_documented_code_carries_the_vendors_text_a_meaning_and_the_next_step(code, vendor_text, retryable):
    error = API_ERRORS[code](code, vendor_text)
    assert (error.code, error.retryable) == (code, retryable)
    assert f"{code} ({vendor_text})" in str(error)
    assert error.meaning in str(error)
    assert error.advice in str(error)
    assert str(error).count(vendor_text) == 1


def test_no_documented_code_lacks_an_error():
    assert {cls for cls in descendants(ApiError) if cls not in (ApiError, UnknownCode)} == set(API_ERRORS.values())


def test_an_unknown_code_is_shown_raw_with_what_the_server_said():
    error = UnknownCode("-77", "月球异常")
    assert "-77" in str(error)
    assert "月球异常" in str(error)


@pytest.mark.parametrize(
    ("status", "retryable", "fatal"),
    [
        (400, False, True),
        (401, False, True),
        (403, False, True),
        (404, False, True),
        (405, False, True),
        (408, True, False),
        (429, True, False),
        (500, True, False),
        (503, True, False),
        (418, False, False),
    ],
)
def test_an_http_status_heals_or_is_fatal(status, retryable, fatal):
    error = HTTPStatusError("…", status)
    assert (error.retryable, error.fatal) == (retryable, fatal)
