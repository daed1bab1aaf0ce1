"""Random trouble between client and server: every id ends in one status, and an answer that is given is true."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emailrcd import Sandbox
from emailrcd.errors import EmailrcdError, TroubleSpreads
from emailrcd.query.batch import UNANSWERED_IN_A_ROW
from emailrcd.records.frame import OPEN, SETTLED
from emailrcd.sandbox.faults import CLOCK, CODES, FAULTS
from emailrcd.sandbox.world import row

pytestmark = pytest.mark.usefixtures("quick_retries")

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC).timestamp()
"""The sandbox's clock stands still, so that the truth does; the client finds its own to be off and corrects it."""

STATUS = {"0": "delivered", "1": "failed", "-1": "sending"}
FATAL = ("-1", "-4", "-8", "-24", "redirect")
QUICK = {
    "latency": {"seconds": 0.01},
    "slow": {"interval": 0.01},
    "huge": {"megabytes": 9},
    "429": {"retry_after": 0},
    "clock_ahead": {"seconds": 900},
}
"""Parameters that make a fault cost less time than by default."""

PASSING = [name for name in FAULTS if name not in FATAL]
QUICK_BY_RATE = [name for name in PASSING if name not in ("latency", "huge", "429", "hang", "slow", "-6", *CLOCK)]


def truth(sandbox: Sandbox, email_id: str) -> tuple[str, str | None, pd.Timestamp | None]:
    """Return what the world says of an id: status, address, time."""
    mail = sandbox.world.facts(email_id)
    if mail is None:
        return "invalid", None, None
    entry = row(mail, NOW)
    if entry is None:
        return "not_found", None, None
    time = pd.Timestamp(entry["receiveTime"]).tz_convert("UTC") if entry["receiveTime"] else None
    return STATUS[entry["status"]], entry["toAddress"], time


def ask(client, ids) -> tuple[pd.DataFrame, EmailrcdError | None]:
    try:
        return client.query(ids, progress=False, on_notice=lambda _: None), None
    except EmailrcdError as exc:
        return exc.records, exc


def check(sandbox: Sandbox, ids: list[str], records: pd.DataFrame, attempts: int) -> None:
    """Check what must hold after any query."""
    assert records["email_id"].tolist() == ids
    questions = Counter(call.email_ids for call in sandbox.calls)
    for record in records.itertuples():
        status, address, time = truth(sandbox, record.email_id)
        if record.status in (*SETTLED, *OPEN):
            assert record.status == status
            # A byte that is no character is replaced, and what is beside it kept.
            assert pd.isna(record.to_address) if address is None else record.to_address.strip("\ufffd") == address
            assert pd.isna(record.received_at) or record.received_at == time
            assert pd.isna(record.error)
        else:
            assert isinstance(record.error, str)
        if record.status == "invalid" and status != "invalid":
            assert questions[record.email_id] >= 2
    assert max((call.count for call in sandbox.calls), default=0) <= 200
    # An attempt is made once more after -6; a question is asked once more in doubt.
    assert max(questions.values(), default=0) <= attempts * 2 * 2


schedules = st.lists(st.tuples(st.sampled_from(PASSING), st.integers(1, 4)), max_size=10)
sizes = st.integers(1, 900)


@settings(max_examples=60, deadline=None)
@given(
    n=sizes,
    schedule=schedules,
    abnormal=st.booleans(),
    accepted=st.booleans(),
    max_ids=st.sampled_from([200, 200, 60, 1]),
    connections=st.integers(1, 8),
    method=st.sampled_from(["GET", "POST"]),
)
def test_every_id_ends_in_one_status_and_an_answer_is_true_whatever_mix_of_faults(
    n, schedule, abnormal, accepted, max_ids, connections, method
):
    with Sandbox(clock=lambda: NOW, max_ids=max_ids) as sandbox:
        client = sandbox.client(connections=connections, method=method, attempts=3, timeout=(2, 0.3))
        ids = sandbox.sample_ids(n if max_ids > 1 else min(n, 50))
        if abnormal:
            ids[len(ids) // 3] = "abnormal"
        if accepted:
            ask(client, ids[-1:])
        for name, times in schedule:
            sandbox.inject(name, times=times, **QUICK.get(name, {}))
        records, _ = ask(client, ids)
        check(sandbox, ids, records, attempts=3)


@settings(max_examples=15, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    faults=st.dictionaries(st.sampled_from(QUICK_BY_RATE), st.floats(0.001, 0.05), max_size=12),
    connections=st.integers(1, 8),
)
def test_faults_at_random_rates_lose_no_id_and_change_no_answer(seed, faults, connections):
    with Sandbox(seed=seed, faults=faults, clock=lambda: NOW) as sandbox:
        ids = sandbox.sample_ids(4_000)
        records, _ = ask(sandbox.client(connections=connections, attempts=4), ids)
        check(sandbox, ids, records, attempts=4)


@settings(max_examples=15, deadline=None)
@given(schedule=schedules, code=st.sampled_from(FATAL), connections=st.integers(1, 8))
def test_after_a_fatal_reply_each_connection_at_most_finishes_the_call_it_has_in_flight(schedule, code, connections):
    with Sandbox(clock=lambda: NOW) as sandbox:
        client = sandbox.client(connections=connections, attempts=3, timeout=(2, 0.3))
        ids = sandbox.sample_ids(6_000)
        for name, times in schedule:
            sandbox.inject(name, times=times, **QUICK.get(name, {}))
        sandbox.inject(code, times=1_000)
        records, error = ask(client, ids)
        check(sandbox, ids, records, attempts=3)
        assert error is not None
        assert sum(call.fault == code for call in sandbox.calls) <= connections


@pytest.mark.parametrize("fault", ["hang", "slow", "reset", "truncated", "503", "429_bare", "-23", "nested", "-99"])
def test_a_server_that_never_answers_ends_a_query_of_100_000_ids_within_the_calls_of_a_few_batches(fault):
    with Sandbox(clock=lambda: NOW) as sandbox:
        ids = sandbox.sample_ids(100_000)
        client = sandbox.client(connections=4, attempts=2, timeout=(2, 0.2))
        sandbox.inject(fault, times=10_000, **QUICK.get(fault, {}))
        records, error = ask(client, ids)
        assert isinstance(error, TroubleSpreads)
        assert records["email_id"].tolist() == ids
        assert set(records["status"]) == {"unanswered"}
        assert len(sandbox.calls) <= 2 * (UNANSWERED_IN_A_ROW + 4 - 1)


def test_a_storm_of_faults_on_the_servers_side_passes_and_all_is_answered():
    with Sandbox(clock=lambda: NOW) as sandbox:
        ids = sandbox.sample_ids(3_000)
        sandbox.inject("-23", times=40)
        records, error = ask(sandbox.client(connections=8, attempts=12), ids)
        assert error is None
        assert set(records["status"]) <= {*SETTLED, *OPEN}


@pytest.mark.parametrize("hours", [-30, -0.2, 0.2, 30])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_clock_that_is_off_is_corrected_and_all_is_answered(hours, method):
    import time

    with Sandbox(clock=lambda: time.time() + hours * 3600) as sandbox:
        ids = sandbox.sample_ids(1_000)
        records, error = ask(sandbox.client(connections=2, method=method), ids)
        assert error is None
        assert set(records["status"]) <= {*SETTLED, *OPEN}
        assert sum(call.outcome == "-6" for call in sandbox.calls) <= 2


def test_every_fault_but_the_fatal_ones_is_in_the_storm():
    assert set(PASSING) | set(FATAL) == set(FAULTS)
    assert set(CODES) - set(FATAL) <= set(PASSING)
