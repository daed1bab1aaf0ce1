"""Many ids against the sandbox: every one of them comes out, in one status, in order."""

from __future__ import annotations

import io
import signal
import subprocess
import sys
import textwrap
import threading
import traceback
import warnings

import pandas as pd
import pytest

from emailrcd import Client, Credentials
from emailrcd.api.credentials import SANDBOX
from emailrcd.errors import (
    AuthenticationFailed,
    EmailrcdError,
    EmailrcdWarning,
    HTTPStatusError,
    IdsError,
    IdsRefused,
    QueryStopped,
    TroubleSpreads,
)
from emailrcd.query.client import Progress
from emailrcd.records.builder import empty
from emailrcd.records.frame import COLUMNS, SETTLED, STATUSES

pytestmark = pytest.mark.usefixtures("quick_retries")


def test_every_id_comes_out_in_order_with_the_answer_of_the_world(sandbox):
    ids = sandbox.sample_ids(1_001)
    records = sandbox.client().query(ids, progress=False)
    assert records["email_id"].tolist() == ids
    assert records["status"].isin(STATUSES).all()
    assert set(records["status"]) >= {"delivered", "failed"}
    again = sandbox.client(method="GET").query(ids, progress=False)
    settled = records["status"].isin(SETTLED)
    pd.testing.assert_frame_equal(
        records.loc[settled].drop(columns="queried_at"), again.loc[settled].drop(columns="queried_at")
    )


def test_columns_and_dtypes_are_those_promised_also_for_no_ids(sandbox):
    client = sandbox.client()
    records = client.query(sandbox.sample_ids(3), progress=False)
    assert tuple(records.columns) == COLUMNS
    assert records.dtypes.equals(empty().dtypes)
    nothing = client.query([], progress=False)
    assert nothing.dtypes.equals(empty().dtypes)
    assert len(nothing) == 0
    assert str(records["received_at"].dtype) == "datetime64[us, UTC]"
    assert list(records["status"].cat.categories) == list(STATUSES)


def test_no_call_carries_more_than_200_ids(sandbox):
    sandbox.client().query(sandbox.sample_ids(999), progress=False)
    assert sorted(call.count for call in sandbox.calls) == [199, 200, 200, 200, 200]


def test_duplicates_are_asked_once_and_told(sandbox):
    ids = sandbox.sample_ids(10)
    told: list[str] = []
    records = sandbox.client().query([*ids, *ids], progress=False, on_notice=told.append)
    assert records["email_id"].tolist() == ids
    assert "10" in told[0]
    assert records.attrs["emailrcd"]["notices"] == told
    with pytest.warns(EmailrcdWarning, match="10"):
        sandbox.client().query([*ids, *ids], progress=False)


def test_a_frame_keeps_its_rows_index_and_columns_and_asks_each_id_once(sandbox):
    a, b = sandbox.sample_ids(2)
    frame = pd.DataFrame({"who": ["x", "y", "z"], "emailId": [a, b, a], "status": [1, 2, 3]}, index=[7, 5, 7])
    told: list[str] = []
    records = sandbox.client().query(frame, progress=False, on_notice=told.append)
    assert records.index.tolist() == [7, 5, 7]
    assert records["email_id"].tolist() == [a, b, a]
    assert records["who"].tolist() == ["x", "y", "z"]
    assert records["input_status"].tolist() == [1, 2, 3]
    assert any("input_status" in notice for notice in told)
    assert [call.count for call in sandbox.calls] == [2]


def test_records_fed_back_are_asked_again_without_their_old_answers(sandbox):
    client = sandbox.client()
    first = client.query(sandbox.sample_campaign(50), progress=False)
    second = client.query(first[first["status"] == "delivered"], progress=False)
    assert list(second.columns) == list(first.columns)
    assert "campaign" in second.columns
    assert (second["status"] == "delivered").all()


def test_a_file_brings_its_columns_along(sandbox, tmp_path):
    path = sandbox.write_sample(tmp_path / "campaign.csv", 30)
    records = sandbox.client().query(str(path), progress=False)
    assert len(records) == 30
    assert {"campaign", "template", "sent_at"} <= set(records.columns)


def test_a_generator_is_drawn_only_a_window_ahead(sandbox):
    drawn = 0
    ahead: list[int] = []

    def endless():
        nonlocal drawn
        for email_id in sandbox.sample_ids(60_000):
            drawn += 1
            yield email_id

    stop = threading.Event()

    def watch(progress: Progress) -> None:
        ahead.append(drawn - progress.done)
        if progress.done > 10_000:
            stop.set()

    with pytest.raises(QueryStopped) as caught:
        sandbox.client(connections=2).query(
            endless(), progress=False, on_progress=watch, stop=stop, on_notice=lambda _: None
        )
    assert drawn < 30_000
    assert max(ahead) <= 2 * 8 * 200 + 400
    assert len(caught.value.records) <= drawn


def test_a_refused_entry_stops_before_anything_is_asked(sandbox):
    with pytest.raises(IdsError, match="no!id"):
        sandbox.client().query(["2208031112341000001", "no!id"], progress=False)
    assert sandbox.calls == []


@pytest.mark.parametrize("code", ["-1", "-4", "-8", "-24"])
def test_an_error_no_batch_can_survive_stops_at_once_and_carries_the_records(sandbox, code):
    client = sandbox.client(connections=2)
    ids = sandbox.sample_ids(4_000)
    assert len(client.query(ids[:200], progress=False)) == 200
    sandbox.inject(code, times=100)
    with pytest.raises(EmailrcdError) as caught:
        client.query(ids, progress=False, on_notice=lambda _: None)
    assert caught.value.code == code
    assert caught.value.records["email_id"].tolist() == ids
    assert set(caught.value.records["status"]) == {"unanswered"}
    assert caught.value.records is client.last_records
    assert len(sandbox.calls) <= 1 + 2


def test_what_was_obtained_before_a_fatal_error_is_kept(sandbox):
    client = sandbox.client(connections=1)
    ids = sandbox.sample_ids(2_000)
    sandbox.inject("latency", times=5, seconds=0)
    sandbox.inject("-4", times=100)
    with pytest.raises(EmailrcdError) as caught:
        client.query(ids, progress=False, on_notice=lambda _: None)
    records = caught.value.records
    assert records["email_id"].tolist() == ids
    assert (records["status"] != "unanswered").sum() == 1_000
    assert records["error"][records["status"] == "unanswered"].notna().all()


def test_a_wrong_key_is_told_as_such(sandbox):
    client = Client(Credentials(SANDBOX.app_id, "wrong", "wrong"), base_url=sandbox.base_url, max_rate=None)
    with pytest.raises(AuthenticationFailed, match="身份验证错误"):
        client.query(sandbox.sample_ids(3), progress=False, on_notice=lambda _: None)


def test_a_wrong_app_id_is_pointed_at_and_nothing_is_called_invalid(sandbox):
    client = Client(Credentials("wrong", SANDBOX.api_key, SANDBOX.api_secret), base_url=sandbox.base_url, max_rate=None)
    with pytest.raises(IdsRefused, match="app id") as caught:
        client.query(sandbox.sample_ids(2_000), progress=False, on_notice=lambda _: None)
    assert set(caught.value.records["status"]) == {"unanswered"}
    assert len(sandbox.calls) < 128 + 2 * 8


def test_abnormal_ids_come_out_as_invalid_and_the_others_with_their_answers(sandbox):
    ids = sandbox.sample_ids(600)
    ids[5], ids[450] = "abnormal-1", "0000000000000000000"
    records = sandbox.client().query(ids, progress=False, on_notice=lambda _: None)
    assert records.index[records["status"] == "invalid"].tolist() == [5, 450]
    assert (records["status"] == "unanswered").sum() == 0


@pytest.mark.parametrize("kind", [list, iter, pd.Series, lambda ids: pd.DataFrame({"emailId": ids})])
@pytest.mark.parametrize("word", ["Total", "NULL", "0"])
def test_a_word_among_ids_is_told_and_costs_three_calls_and_the_ids_beside_it_none(sandbox, kind, word):
    ids = [*sandbox.sample_ids(99), word, *sandbox.sample_ids(199)[99:]]
    notices: list[str] = []
    records = sandbox.client().query(kind(ids), progress=False, on_notice=notices.append)
    assert records.index[records["status"] == "invalid"].tolist() == [99]
    assert [call.count for call in sandbox.calls] == [199, 1, 1]
    assert any(word in notice for notice in notices)


def test_a_wrong_place_is_fatal_and_named(sandbox):
    client = sandbox.client()
    sandbox.inject("redirect")
    with pytest.raises(HTTPStatusError, match="redirect") as caught:
        client.query(sandbox.sample_ids(1), progress=False, on_notice=lambda _: None)
    assert caught.value.fatal


def test_a_dead_server_leaves_few_ids_unanswered_with_the_reason(sandbox):
    client = sandbox.client(attempts=2)
    ids = sandbox.sample_ids(300)
    sandbox.close()
    records = client.query(ids, progress=False, on_notice=lambda _: None)
    assert set(records["status"]) == {"unanswered"}
    assert records["error"].str.contains("connection refused|reset|hung up").all()


def test_a_dead_server_stops_a_query_of_100_000_ids_after_a_few_batches(sandbox):
    client = sandbox.client(attempts=2)
    ids = sandbox.sample_ids(100_000)
    sandbox.close()
    with pytest.raises(TroubleSpreads) as caught:
        client.query(ids, progress=False, on_notice=lambda _: None)
    assert caught.value.records["email_id"].tolist() == ids
    assert (caught.value.records["error"].str.startswith("Not asked")).sum() > 90_000


def test_stop_ends_a_query_and_keeps_what_was_obtained(sandbox):
    stop = threading.Event()
    ids = sandbox.sample_ids(20_000)
    client = sandbox.client(connections=2)
    with pytest.raises(QueryStopped) as caught:
        client.query(
            ids, progress=False, stop=stop, on_progress=lambda p: p.done and stop.set(), on_notice=lambda _: None
        )
    records = caught.value.records
    assert records["email_id"].tolist() == ids
    assert 0 < (records["status"] != "unanswered").sum() < len(ids)


def test_ctrl_c_keeps_what_was_fetched():
    script = textwrap.dedent("""
        import os, signal, warnings
        import emailrcd
        warnings.simplefilter("ignore")
        sandbox = emailrcd.Sandbox(latency=0.02)
        client = sandbox.client(connections=2)
        ids = sandbox.sample_ids(40_000)
        def interrupt(progress):
            if progress.done > 1_000:
                os.kill(os.getpid(), signal.SIGINT)
        try:
            client.query(ids, progress=False, on_progress=interrupt)
        except KeyboardInterrupt as exc:
            records = exc.records
            assert records is client.last_records
            assert records["email_id"].tolist() == ids
            print("answered", (records["status"] != "unanswered").sum() >= 1_000)
    """)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout.strip(), done.stderr) == ("answered True", "")


def test_a_process_ends_while_a_reply_hangs():
    script = textwrap.dedent("""
        import threading, warnings
        import emailrcd
        warnings.simplefilter("ignore")
        sandbox = emailrcd.Sandbox()
        sandbox.inject("latency", times=9, seconds=600)
        stop = threading.Event()
        threading.Timer(0.2, stop.set).start()
        try:
            sandbox.client(timeout=(5, 600)).query(sandbox.sample_ids(900), progress=False, stop=stop)
        except emailrcd.EmailrcdError:
            print("stopped")
    """)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.strip() == "stopped"


def test_the_bar_says_before_it_starts_how_many_calls_and_how_long(sandbox, monkeypatch):
    shown = io.StringIO()
    monkeypatch.setattr(sys, "stderr", shown)
    sandbox.client(max_rate=400).query(sandbox.sample_ids(2_000))
    assert "10 calls, about 1 s" in shown.getvalue()
    assert "2.00k/2.00k" in shown.getvalue()


def test_progress_tells_ids_calls_and_time(sandbox):
    told: list[Progress] = []
    sandbox.client().query(sandbox.sample_ids(1_000), progress=False, on_progress=told.append)
    assert told[-1].done == told[-1].total == 1_000
    assert told[-1].calls == 5
    assert told[-1].seconds_left == 0
    assert [p.done for p in told] == sorted(p.done for p in told)


def test_repr_shows_where_and_how_fast_and_no_secret(sandbox):
    text = repr(sandbox.client(max_rate=5))
    assert sandbox.base_url in text
    assert "SANDBOX" in text
    assert "5 calls/s" in text
    assert SANDBOX.api_secret not in text


def test_answers_of_the_sandbox_are_marked(sandbox):
    records = sandbox.client().query(sandbox.sample_ids(3), progress=False)
    assert records.attrs["emailrcd"]["sandbox"] is True


def test_a_host_that_is_not_the_vendors_is_named_before_credentials_go_there():
    credentials = Credentials("app", "key", "secret")
    with pytest.warns(EmailrcdWarning, match="mail.example"):
        Client(credentials, base_url="https://mail.example/email").close()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Client(credentials).close()
        Client(credentials, base_url="https://api.onbuka.com/v3/email").close()


@pytest.mark.parametrize(
    ("name", "value"),
    [("method", "PUT"), ("connections", 0), ("connections", 65), ("max_rate", 0), ("max_rate", -1), ("attempts", 0)]
    + [("timeout", (0, 5)), ("timeout", (5,)), ("base_url", "http://mail.example/email")],
)
def test_a_setting_that_makes_no_sense_is_refused_by_name(name, value):
    with pytest.raises(EmailrcdError, match=name if name != "base_url" else "http"):
        Client(Credentials("app", "key", "secret"), **{name: value})


def test_a_traceback_of_a_failed_query_holds_no_address_and_no_secret(sandbox):
    campaign = sandbox.sample_campaign(900).assign(mailto="li.wei@qq.com")
    client = sandbox.client(connections=1)
    sandbox.inject("latency", times=2, seconds=0)
    sandbox.inject("-4", times=9)
    with pytest.raises(EmailrcdError) as caught:
        client.query(campaign, progress=False, on_notice=lambda _: None)
    frames = list(traceback.walk_tb(caught.value.__traceback__))[1:]
    assert frames
    for frame, _ in frames:
        for value in frame.f_locals.values():
            assert "@qq.com" not in repr(value)
            assert SANDBOX.api_secret not in repr(value)


def test_the_interrupt_signal_is_left_as_it_was(sandbox):
    before = signal.getsignal(signal.SIGINT)
    sandbox.client().query(sandbox.sample_ids(3), progress=False)
    assert signal.getsignal(signal.SIGINT) is before
