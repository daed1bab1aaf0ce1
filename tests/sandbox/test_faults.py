"""Every fault, as a plain HTTP client sees it."""

from __future__ import annotations

import http.client
import json
import socket
from contextlib import suppress
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from emailrcd.api.reply import decode
from emailrcd.errors import API_ERRORS, EmailrcdError, WebPage
from emailrcd.sandbox import Sandbox
from emailrcd.sandbox.faults import CODES, FAULTS, Faults
from emailrcd.sandbox.tampering import TAMPER


@pytest.fixture
def whole(sandbox, ids, ask):
    """Ask without a fault: the reply must be whole."""

    def run():
        reply = ask(sandbox, ids).json
        assert reply["status"] == "0"
        assert [entry["emailId"] for entry in reply["array"]] == ids
        return reply

    return run


@pytest.fixture
def asked(sandbox, ids, ask, whole):
    """Ask with a fault and then without; return the answer and the whole reply."""

    def run(fault, **parameters):
        sandbox.inject(fault, **parameters)
        return ask(sandbox, ids), whole()

    return run


@pytest.mark.parametrize("code", CODES)
def test_every_reply_code_can_be_had(asked, code):
    answer, _ = asked(code)
    reason = API_ERRORS[code].vendor_text if code in API_ERRORS else "未知错误"
    assert (answer.status, answer.json) == (200, {"status": code, "reason": reason})


@pytest.mark.parametrize("status", ["500", "502", "503"])
def test_http_errors(asked, status):
    answer, _ = asked(status)
    assert answer.status == int(status)
    assert not answer.raw.startswith(b"{")


def test_429_says_how_long_to_wait(asked):
    assert asked("429")[0].headers["Retry-After"] == "1"
    answer, _ = asked("429", retry_after=120)
    assert (answer.status, answer.headers["Retry-After"]) == (429, "120")


def test_429_can_come_without_a_time_to_wait_and_503_with_one(asked):
    answer, _ = asked("429_bare")
    assert (answer.status, answer.headers.get("Retry-After")) == (429, None)
    assert asked("503", retry_after=7)[0].headers["Retry-After"] == "7"


def test_a_redirect_points_elsewhere(asked):
    assert asked("redirect")[0].status == 302
    assert asked("redirect", location="http://example.org/")[0].headers["Location"] == "http://example.org/"


def test_a_reset_is_a_reset(sandbox, ids, ask, whole):
    sandbox.inject("reset")
    with pytest.raises(ConnectionResetError):
        ask(sandbox, ids)
    whole()


def test_a_reset_within_a_reply_comes_after_its_beginning(sandbox, ids, ask, whole):
    sandbox.inject("reset_within")
    with pytest.raises((ConnectionResetError, http.client.IncompleteRead)):
        ask(sandbox, ids)
    whole()


def test_a_call_that_hangs_gets_nothing_until_the_sandbox_closes(clock, ids, sign):
    body = json.dumps({"appId": "SANDBOX", "emailId": ids[0]})
    with Sandbox(clock=clock) as sandbox:
        sandbox.inject("hang")
        connection = http.client.HTTPConnection(urlsplit(sandbox.base_url).netloc, timeout=10)
        connection.request("POST", "/email/getSendEmailRcd", body, sign())
        connection.sock.settimeout(0.2)
        with pytest.raises(TimeoutError):
            connection.sock.recv(1)
        sandbox.close()
        connection.sock.settimeout(10)
        # A sandbox that was too slow to read the call until then resets it.
        with suppress(ConnectionResetError):
            assert connection.sock.recv(1) == b""
        connection.close()


def test_a_close_leaves_no_reply(sandbox, ids, ask, whole):
    sandbox.inject("close")
    with pytest.raises(http.client.RemoteDisconnected):
        ask(sandbox, ids)
    whole()


def test_a_truncated_reply_ends_before_its_length(sandbox, ids, ask, whole):
    sandbox.inject("truncated")
    with pytest.raises(http.client.IncompleteRead):
        ask(sandbox, ids)
    whole()


def test_a_malformed_reply_is_not_json(asked):
    answer, _ = asked("malformed")
    assert answer.status == 200
    with pytest.raises(json.JSONDecodeError):
        json.loads(answer.raw)


def test_a_portal_answers_with_a_web_page(asked):
    answer, _ = asked("portal")
    assert answer.status == 200
    assert answer.headers["Content-Type"].startswith("text/html")
    with pytest.raises(WebPage, match="Welcome to SANDBOX WiFi"):
        decode(answer.raw, asked=2)


def test_bad_bytes_are_in_one_address_and_cost_nothing_else(asked, ids):
    answer, right = asked("bad_bytes")
    with pytest.raises(UnicodeDecodeError):
        answer.raw.decode()
    reply = decode(answer.raw, asked=len(ids))
    assert reply.repaired == 1
    assert [mail.email_id for mail in reply.mails] == [row["emailId"] for row in right["array"]]


def test_truncated_json_has_the_length_it_promises(asked):
    answer, right = asked("truncated_json")
    assert answer.status == 200
    assert json.dumps(right, ensure_ascii=False, separators=(",", ":")).encode().startswith(answer.raw)
    assert len(answer.raw) > 100


def test_a_nested_reply_is_nested_beyond_reason(asked):
    answer, _ = asked("nested")
    with pytest.raises((RecursionError, json.JSONDecodeError)):
        json.loads(answer.raw)


def test_a_reply_of_the_wrong_shape_is_json_without_a_status(asked):
    assert "status" not in asked("wrong_shape")[0].json


def test_a_slow_reply_ends_when_the_sandbox_closes(clock, ids, sign):
    body = json.dumps({"appId": "SANDBOX", "emailId": ids[0]})
    with Sandbox(clock=clock) as sandbox:
        sandbox.inject("slow", interval=0.001)
        connection = http.client.HTTPConnection(urlsplit(sandbox.base_url).netloc, timeout=10)
        connection.request("POST", "/email/getSendEmailRcd", body, sign())
        response = connection.getresponse()
        assert response.read(5) == b"     "
        sandbox.close()
        with pytest.raises((http.client.IncompleteRead, ConnectionError)):
            response.read()
        connection.close()


def test_a_huge_reply_is_as_large_as_asked_and_whole_behind_the_blanks(asked):
    answer, right = asked("huge", megabytes=3)
    assert 2.9e6 < len(answer.raw) < 3.1e6
    assert answer.json == right


def test_latency_changes_nothing_but_the_time(asked):
    answer, right = asked("latency", seconds=0.001)
    assert answer.json == right


def test_a_missing_row_is_not_covered_by_nofound(asked):
    answer, right = asked("missing_rows")
    assert answer.json == {**right, "array": right["array"][1:]}


def test_double_rows_contradict_each_other(asked):
    answer, right = asked("double_rows")
    *rows, double = answer.json["array"]
    assert rows == right["array"]
    statuses = [entry["status"] for entry in [*rows, double] if entry["emailId"] == double["emailId"]]
    assert sorted(statuses) == ["0", "1"]


def test_a_foreign_row_is_for_an_id_nobody_asked_about(asked, ids):
    answer, right = asked("foreign_row")
    *rows, foreign = answer.json["array"]
    assert rows == right["array"]
    assert foreign["emailId"] not in ids
    assert foreign["toAddress"].partition("@")[0].endswith(".sandbox")


def test_counts_disagree_with_the_rows_in_one_place_by_one(asked):
    lies = set()
    for _ in range(40):
        answer, right = asked("counts")
        (field,) = (name for name in right if answer.json[name] != right[name])
        lies.add((field, int(answer.json[field]) - int(right[field])))
    assert {field for field, _ in lies} == {"success", "fail", "sending", "nofound"}
    assert {difference for _, difference in lies} == {-1, 1}


def test_repeated_rows_say_the_same_twice(asked):
    answer, right = asked("repeated_rows")
    assert answer.json == {**right, "array": right["array"] * 2}


def test_numbers_mean_the_same_as_strings(asked):
    answer, right = asked("numbers")
    assert isinstance(answer.json["array"][0]["emailId"], int)
    as_text = [{name: str(value) for name, value in row.items()} for row in answer.json["array"]]
    assert {name: str(value) for name, value in answer.json.items() if name != "array"} | {"array": as_text} == right


@pytest.mark.parametrize("fault", ["missing_field", "wrong_type", "unknown_status"])
def test_a_field_that_is_missing_or_of_another_type_is_one_of_many_and_breaks_the_contract(asked, ids, fault):
    seen = set()
    for _ in range(30):
        answer, right = asked(fault)
        seen.add(answer.raw)
        assert answer.json != right
        if '"receiveTime":null' not in answer.raw.decode():
            with suppress(EmailrcdError):
                assert decode(answer.raw, asked=len(ids)).broken
    assert len(seen) > 3


@pytest.mark.parametrize(("fault", "sign_of"), [("clock_ahead", 1), ("clock_behind", -1)])
@pytest.mark.parametrize("seconds", [600, 7200])
def test_a_clock_that_is_off_refuses_the_time_and_says_its_own(asked, clock, fault, sign_of, seconds):
    answer, _ = asked(fault, seconds=seconds)
    assert answer.code == "-6"
    assert parsedate_to_datetime(answer.headers["Date"]).timestamp() == clock.now + sign_of * seconds


def test_a_clock_that_is_off_by_less_than_the_window_changes_nothing_but_the_date(asked, clock):
    answer, right = asked("clock_behind", seconds=200)
    assert answer.json == right
    assert parsedate_to_datetime(answer.headers["Date"]).timestamp() == clock.now - 200


def test_a_sandbox_may_take_fewer_ids(clock, ids, ask):
    with Sandbox(clock=clock, max_ids=3) as sandbox:
        assert [ask(sandbox, ids[:n]).code for n in (3, 4)] == ["0", "-28"]
    for number in (0, 201):
        with pytest.raises(EmailrcdError, match="max_ids"):
            Sandbox(max_ids=number)


def test_a_bad_time_is_in_one_row(asked):
    answer, right = asked("bad_time")
    different = [entry for entry, other in zip(answer.json["array"], right["array"], strict=True) if entry != other]
    assert [entry["receiveTime"] for entry in different] == ["2021-02-30 25:61"]


def test_double_rows_for_open_mail_differ_in_the_address_only(sandbox, clock, ask):
    facts = map(sandbox.world.facts, sandbox.sample_ids(3000))
    mail = next(mail for mail in facts if mail.known and mail.settled > clock.now > mail.visible)
    sandbox.inject("double_rows")
    one, other = ask(sandbox, mail.email_id).json["array"]
    assert {name for name in one if one[name] != other[name]} == {"toAddress"}


@pytest.mark.parametrize("fault", TAMPER)
def test_tampering_leaves_refusals_as_they_are_and_empty_replies_json(sandbox, ask, fault):
    sandbox.inject(fault, times=2)
    assert ask(sandbox, "x").code == "-5"
    assert ask(sandbox, "9912312359591000001").json


def test_every_fault_is_tried_in_this_file():
    source = Path(__file__).read_text()
    assert [name for name in FAULTS if name not in CODES and f'"{name}"' not in source] == []


def test_injected_faults_come_first_in_first_out(sandbox, ids, ask):
    sandbox.inject("503", times=2)
    sandbox.inject("-23")
    outcomes = [ask(sandbox, ids) for _ in range(4)]
    assert [answer.status for answer in outcomes] == [503, 503, 200, 200]
    assert [answer.code for answer in outcomes[2:]] == ["-23", "0"]


def test_a_call_to_another_path_uses_up_no_fault(sandbox, ids, ask):
    sandbox.inject("503")
    assert ask(sandbox, ids, path="/elsewhere").status == 404
    assert ask(sandbox, ids).status == 503


def test_rates_are_kept_and_decided_by_seed_and_call_number():
    rates = {"reset": 0.05, "-23": 0.2}
    faults = [Faults(rates, 3).choose(number) for number in range(1, 5001)]
    names = [fault.name if fault else None for fault in faults]
    assert names.count("reset") / 5000 == pytest.approx(0.05, abs=0.015)
    assert names.count("-23") / 5000 == pytest.approx(0.2, abs=0.03)
    again, other = Faults(rates, 3), Faults(rates, 4)
    assert [again.choose(number) for number in range(5000, 0, -1)] == faults[::-1]
    assert [other.choose(number) for number in range(1, 5001)] != faults


def test_a_rate_of_one_meets_every_call(clock, ids, ask):
    with Sandbox(faults={"502": 1}, clock=clock) as sandbox:
        assert {ask(sandbox, ids).status for _ in range(5)} == {502}


def test_an_unknown_fault_is_refused_with_the_names_there_are(sandbox):
    with pytest.raises(EmailrcdError, match=r"'504'.*latency.*reset.*-99"):
        sandbox.inject("504")
    with pytest.raises(EmailrcdError, match="There is no fault 'rest'"):
        Sandbox(faults={"rest": 0.1})


@pytest.mark.parametrize(
    "rates", [{"reset": -0.1}, {"reset": 1.5}, {"reset": 0.7, "500": 0.7}, {"reset": float("nan")}]
)
def test_rates_that_are_none_are_refused(rates):
    with pytest.raises(EmailrcdError, match="between 0 and 1|above 1"):
        Sandbox(faults=rates)


def test_an_unknown_parameter_or_no_time_at_all_is_refused(sandbox):
    with pytest.raises(EmailrcdError, match="It takes: seconds"):
        sandbox.inject("latency", second=1)
    with pytest.raises(EmailrcdError, match="times must be 1 or more"):
        sandbox.inject("reset", times=0)


def test_the_linger_option_fits_this_platform():
    from emailrcd.sandbox.handler import _NO_LINGER

    with socket.socket() as plain:
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        assert plain.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, len(_NO_LINGER)) == _NO_LINGER
