"""JSON, and objects read from it."""

from __future__ import annotations

import json

import pytest

from emailrcd.errors import IdsError, RoundedIdsError
from emailrcd.ids import take, take_bytes

A, B, C = (f"220803111234100000{n}" for n in range(1, 4))

SENT = {
    "status": "0",
    "reason": "success",
    "success": "2",
    "array": [
        {"emailId": A, "toAddress": "123@qq.com", "emailState": "0", "remark": ""},
        {"emailId": B, "toAddress": "李@例子.中国", "emailState": "1", "remark": "bad\nlocal part"},
    ],
}
CALLBACKS = [{"taskId": "t1", "emailId": i, "toAddress": "a@qq.com", "emailState": 0} for i in (A, B)]


@pytest.mark.parametrize(
    "reply", [SENT, [SENT], {"data": {"reply": SENT}}, json.dumps(SENT), json.dumps(SENT, indent=2)]
)
def test_a_reply_of_the_sending_endpoint_gives_ids_with_what_stood_beside_them(reply):
    ids = take(reply)
    assert ids.ids == [A, B]
    assert list(ids.context) == ["toAddress", "emailState", "remark"]
    assert ids.context["toAddress"].tolist() == ["123@qq.com", "李@例子.中国"]
    assert ids.context["remark"].fillna("").tolist() == ["", "bad\nlocal part"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_callbacks_kept_as_json_lines_are_read(end):
    lines = end.join(json.dumps(callback) for callback in CALLBACKS)
    for ids in (take(lines), take_bytes(lines.encode(), "callbacks.jsonl"), take(CALLBACKS)):
        assert ids.ids == [A, B]
        assert ids.context["taskId"].tolist() == ["t1", "t1"]


def test_a_line_separator_within_a_text_does_not_end_a_json_line():
    assert take(f'{{"emailId": "{A}", "remark": "a\u2028b"}}\n{{"emailId": "{B}"}}').ids == [A, B]


@pytest.mark.parametrize(
    "value",
    [
        [A, B],
        [int(A), int(B)],
        [[A], [B]],
        {"ids": [A, B]},
        {"emailId": [A, B]},
        {"data": [{"email_id": A}, {"email_id": B}]},
        [{"mailId": int(A)}, {"mailId": B}],
        {"first": {"emailId": A}, "second": {"emailId": B}},
    ],
)
def test_ids_are_found_at_any_depth(value):
    assert take(json.dumps(value)).ids == [A, B]


def test_one_json_value_may_be_the_id():
    assert take(int(A)).ids == [A]
    assert take({"emailId": A}).ids == [A]


def test_columns_of_lists_become_context():
    ids = take({"task": "t1", "emailId": [A, B], "campaign": ["x", "y"], "short": ["z"]})
    assert ids.context.to_dict("list") == {"campaign": ["x", "y"]}


def test_an_object_without_an_id_among_others_is_refused_and_not_lost():
    ids = take([{"emailId": A}, {"toAddress": "x@qq.com"}, B, {"emailId": "", "toAddress": "y@qq.com"}])
    assert ids.ids == [A, B]
    assert [entry.where for entry in ids.refused] == ["item 2", "item 4"]
    assert ids.given == 4


def test_json_integers_are_exact_and_numbers_that_passed_a_float_are_refused():
    assert take(f"[{A}, {B}]").ids == [A, B]
    with pytest.raises(RoundedIdsError, match="item 1, item 2"):
        take("[2.208031112341e+18, 2208031112341000002.0]")


@pytest.mark.parametrize("value", [{}, {"a": 1}, [[]], {"array": [{"id": 5}]}, [None, {"a": 1}]])
def test_json_without_a_place_for_ids_is_refused_and_says_what_would_do(value):
    with pytest.raises(IdsError, match="No email ids were found in this JSON.*Give the vendor's reply"):
        take(value)


def test_an_empty_reply_holds_no_ids():
    for value in ([], {"ids": []}, {"emailId": []}, {"status": "0", "array": []}):
        assert take(value).given == 0


def test_half_an_emoji_in_a_remark_does_no_harm():
    assert take(f'[{{"emailId": "{A}", "remark": "\\ud83d!"}}, {{"emailId": "{B}"}}]').context["remark"][0] == "?!"


def test_values_keep_their_kind():
    ids = take([{"emailId": A, "n": 1, "x": 0.5, "ok": True, "tags": ["a"], "big": 2**60}, {"emailId": B}])
    assert {name: str(dtype) for name, dtype in ids.context.dtypes.items()} == {
        "n": "Int64", "x": "float64", "ok": "boolean", "tags": "object", "big": "object"
    }  # fmt: skip
    assert ids.context["big"][0] == 2**60
    assert ids.context["tags"][0] == ["a"]
