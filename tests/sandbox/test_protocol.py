"""The contract as the sandbox keeps it, seen by a plain HTTP client."""

from __future__ import annotations

import json
from email.utils import parsedate_to_datetime

import pytest

from emailrcd.sandbox.world import row

PATH = "/email/getSendEmailRcd"
LATER = 1.0e10


def test_a_reply_counts_what_it_lists_in_the_order_asked(sandbox, clock, ask):
    ids = sandbox.sample_ids(200)[::-1]
    reply = ask(sandbox, ids).json
    rows = [row(sandbox.world.facts(email_id), clock.now) for email_id in ids]
    assert reply["array"] == [entry for entry in rows if entry]
    statuses = [entry["status"] if entry else None for entry in rows]
    counts = {"success": "0", "fail": "1", "sending": "-1", "nofound": None}
    assert {name: reply[name] for name in counts} == {name: str(statuses.count(s)) for name, s in counts.items()}
    assert (reply["status"], reply["reason"]) == ("0", "success")


def test_every_scalar_is_a_string(sandbox, ids, ask):
    reply = ask(sandbox, ids).json
    scalars = [value for name, value in reply.items() if name != "array"]
    scalars += [value for entry in reply["array"] for value in entry.values()]
    assert all(isinstance(value, str) for value in scalars)


def test_a_reply_is_json_with_a_date_by_the_sandboxs_clock(sandbox, clock, ids, ask):
    headers = ask(sandbox, ids).headers
    assert headers["Content-Type"] == "application/json;charset=UTF-8"
    assert parsedate_to_datetime(headers["Date"]).timestamp() == clock.now
    assert "SANDBOX" in headers["Server"]


def test_all_request_forms_get_the_same_answer(sandbox, ids, ask):
    expected = ask(sandbox, ids).json
    joined = ",".join(ids)
    assert len(expected["array"]) == 10
    plain = f"{PATH}?appId=SANDBOX&emailId={joined}"
    body = json.dumps({"appId": "SANDBOX", "emailId": joined}).encode()
    trailing = b'{\r\n  "appId": "SANDBOX",\n  "emailId": "' + joined.encode() + b'",\n}\n'
    assert ask(sandbox, ids, method="GET", query=True).json == expected
    assert ask(sandbox, method="GET", path=plain, body=b"").json == expected
    assert ask(sandbox, method="GET", path=plain, body=b"", Content_Type=None).json == expected
    assert ask(sandbox, method="GET", body=body).json == expected
    assert ask(sandbox, method="GET", body=trailing).json == expected


@pytest.mark.parametrize("prefix", ["", "/email", "/v3/email", "/a/b/c"])
def test_any_prefix_will_do(sandbox, ids, ask, prefix):
    assert ask(sandbox, ids, path=f"{prefix}/getSendEmailRcd").code == "0"


@pytest.mark.parametrize(
    "path", ["/", "/email", "/email/getSendEmailRcd/", "/email/getsendemailrcd", "/email/sendEmail"]
)
def test_another_path_is_404(sandbox, ids, ask, path):
    assert ask(sandbox, ids, path=path).status == 404


def test_duplicates_get_one_row_and_count_once(sandbox, ids, ask):
    assert ask(sandbox, [ids[0], ids[1], ids[0]]).json == ask(sandbox, ids[:2]).json


def test_not_found_ids_have_no_row(sandbox, ids, ask):
    future = "9912312359591000001"
    reply = ask(sandbox, [ids[0], future]).json
    assert reply["nofound"] == "1"
    assert [entry["emailId"] for entry in reply["array"]] == [ids[0]]
    assert ask(sandbox, future).json["array"] == []


def test_a_mail_settles_as_time_passes(sandbox, clock, ask, sign):
    facts = map(sandbox.world.facts, sandbox.sample_ids(3000))
    mail = next(mail for mail in facts if mail.known and mail.settled > clock.now > mail.visible)

    def status_at(time):
        clock.now = time
        reply = ask(sandbox, mail.email_id, **sign(int(time))).json
        return reply["nofound"], [entry["status"] for entry in reply["array"]]

    assert status_at(mail.visible - 1) == ("1", [])
    assert status_at(mail.visible) == ("0", ["-1"])
    assert status_at(mail.settled) == ("0", ["1" if mail.cause else "0"])
    assert status_at(LATER) == status_at(mail.settled)


@pytest.mark.parametrize("header", ["Api-Key", "Timestamp", "Sign"])
def test_a_missing_header_is_refused_as_unauthenticated(sandbox, ids, ask, header):
    assert ask(sandbox, ids, **{header: None}).json == {"status": "-1", "reason": "身份验证错误"}


def test_a_wrong_key_secret_or_sign_is_refused(sandbox, ids, ask, sign):
    right = sign()
    assert ask(sandbox, ids, **right).code == "0"
    assert ask(sandbox, ids, **sign(key="OTHERKEY")).code == "-1"
    assert ask(sandbox, ids, **sign(secret="OTHERSECRET")).code == "-1"
    assert ask(sandbox, ids, Sign="0" * 32).code == "-1"
    assert ask(sandbox, ids, Sign="é").code == "-1"
    assert ask(sandbox, ids, Sign=right["Sign"].upper()).code == "-1"


def test_the_signature_is_checked_first(sandbox, ask):
    assert ask(sandbox, "nonsense", app_id="", Sign="0", Timestamp="1", Content_Type=None).code == "-1"


def test_a_timestamp_counts_for_five_minutes_either_way(sandbox, clock, ids, ask, sign):
    now = int(clock.now)
    codes = {offset: ask(sandbox, ids, **sign(now + offset)).code for offset in (-301, -300, 300, 301)}
    assert codes == {-301: "-6", -300: "0", 300: "0", 301: "-6"}


@pytest.mark.parametrize("timestamp", ["1795521600.0", "1795521600000", "-1", "now", "9" * 400])
def test_a_timestamp_that_is_not_whole_seconds_has_expired(sandbox, ids, ask, sign, timestamp):
    assert ask(sandbox, ids, **sign(timestamp)).json == {"status": "-6", "reason": "时间戳过期"}


@pytest.mark.parametrize(
    "content_type", ["application/json", "application/json; charset=utf-8", "Application/JSON;charset=UTF-8"]
)
def test_the_content_type_is_read_without_regard_to_case(sandbox, ids, ask, content_type):
    assert ask(sandbox, ids, Content_Type=content_type).code == "0"


@pytest.mark.parametrize(
    "content_type", [None, "", "text/plain", "application/x-www-form-urlencoded", "application/json;charset=gbk"]
)
def test_a_body_of_another_type_is_refused(sandbox, ids, ask, content_type):
    assert ask(sandbox, ids, Content_Type=content_type).code == "-5"


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"null",
        b"[]",
        b"{}",
        b"\xff",
        b"[" * 100_000,
        b'{"appId": "SANDBOX"}',
        b'{"emailId": "2208031112341000001"}',
        b'{"appId": "SANDBOX", "emailId": ""}',
        b'{"appId": "SANDBOX", "emailId": 2208031112341000001}',
        b'{"appId": "OTHER", "emailId": "2208031112341000001"}',
        b'{"appId": "SANDBOX", "emailId": "2208031112341000001",}',
    ],
)
def test_a_post_whose_fields_cannot_be_read_is_refused(sandbox, ask, body):
    assert ask(sandbox, body=body).json == {"status": "-5", "reason": "字段为空或查询ID异常"}


def test_a_post_without_a_body_or_a_get_without_a_query_is_refused(sandbox, ids, ask):
    assert ask(sandbox, ids, query=True).code == "-5"
    assert ask(sandbox, method="GET", body=b"").code == "-5"


def test_200_ids_are_taken_and_201_are_not(sandbox, ask):
    ids = sandbox.sample_ids(201)
    assert ask(sandbox, ids[:200]).code == "0"
    assert ask(sandbox, ids[:200], method="GET", query=True).code == "0"
    assert ask(sandbox, ids).json == {"status": "-28", "reason": "一次只能查询200个emailID,超过最大查询限制"}


@pytest.mark.parametrize("abnormal", ["x", "", " 2208031112341000001", "220803111234100000", "1403031112341000001"])
def test_one_abnormal_id_refuses_the_whole_call(sandbox, ids, ask, abnormal):
    assert ask(sandbox, [*ids, abnormal, ids[0]]).code == "-5"
