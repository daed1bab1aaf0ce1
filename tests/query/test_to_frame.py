"""Whatever ends a query, and wherever: each id drawn is in the records, once and in order."""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable
from contextlib import suppress

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emailrcd import Ledger, Parts, Sandbox
from emailrcd.errors import AuthenticationFailed, EmailrcdError, IdsError, QueryStopped
from emailrcd.query import client
from emailrcd.records.store import Store
from tests.query.interrupts import Interrupting

pytestmark = pytest.mark.usefixtures("quick_retries")


@pytest.fixture(scope="module")
def shared():
    with Sandbox() as sandbox:
        yield sandbox


@pytest.mark.slow
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.integers(1, 1_200), times=st.integers(1, 3), as_generator=st.booleans(), with_ledger=st.booleans())
def test_an_interrupt_at_any_line_loses_no_id_and_no_record(shared, at, times, as_generator, with_ledger):
    ids = shared.sample_ids(1_500)
    drawn = 0

    def generator():
        nonlocal drawn
        for email_id in ids:
            drawn += 1
            yield email_id

    client = shared.client(connections=2)
    with Ledger(":memory:") as ledger:
        client.query(ids[200:700], ledger=ledger, progress=False, on_notice=lambda _: None)
        settings = {"ledger": ledger, "fresh_for": 60} if with_ledger else {}
        client.last_records = None
        with suppress(KeyboardInterrupt), Interrupting(at, times):
            client.query(generator() if as_generator else ids, progress=False, on_notice=lambda _: None, **settings)
    if client.last_records is None:
        assert not drawn
    else:
        assert client.last_records["email_id"].tolist() == (ids[:drawn] if as_generator else ids)


@pytest.mark.slow
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.integers(1, 1_500), times=st.integers(1, 3), as_generator=st.booleans())
def test_an_interrupt_at_any_line_leaves_whole_parts_from_which_the_same_call_goes_on(
    shared, tmp_path_factory, at, times, as_generator
):
    ids = shared.sample_ids(1_500)
    folder = tmp_path_factory.mktemp("interrupted") / "answers"
    api = shared.client(connections=2)
    with pytest.MonkeyPatch.context() as patch, Ledger(":memory:") as ledger:
        patch.setattr(client, "PART_ROWS", 400)
        settings = {"ledger": ledger, "progress": False, "on_notice": lambda _: None}
        with suppress(KeyboardInterrupt), Interrupting(at, times):
            api.query_to(folder, iter(ids) if as_generator else ids, **settings)
        assert {len(pd.read_parquet(file)) for file in folder.glob("part-*")} <= {400, 300}
        parts = api.query_to(folder, ids, **settings)
        records = parts.load()
    assert parts.complete
    assert records["email_id"].tolist() == ids
    assert records["status"].isin(("delivered", "failed", "sending", "not_found")).all()


def test_the_callers_own_error_leaves_whole_parts_and_a_ledger_that_knows_all_that_was_answered(
    sandbox, tmp_path, monkeypatch
):
    monkeypatch.setattr(client, "PART_ROWS", 500)
    done = 0

    def fail(progress):
        nonlocal done
        done = progress.done
        if done >= 1_200:
            raise ZeroDivisionError

    def ask():
        api = sandbox.client(connections=1)
        settings = {"ledger": ledger, "progress": False, "on_notice": lambda _: None}
        return api.query_to(tmp_path / "answers", sandbox.sample_ids(4_000), on_progress=fail, **settings)

    with Ledger(":memory:") as ledger:
        error = ended(ask, ZeroDivisionError)
        assert len(ledger.records()) >= done
    assert [entry.name for entry in _frames(error)][-1] == "fail"
    assert "run" not in {entry.name for entry in _frames(error)}
    parts = Parts(tmp_path / "answers")
    assert not parts.complete
    assert {len(records) for records in parts} == {500}
    assert len(parts) >= 1_000


def test_a_part_that_cannot_be_written_keeps_no_answer_from_the_ledger(sandbox, tmp_path, monkeypatch):
    monkeypatch.setattr(client, "PART_ROWS", 500)

    def full(store, number, frame):
        raise EmailrcdError("No space is left.")

    monkeypatch.setattr(Store, "write", full)
    api = sandbox.client(connections=1)
    with Ledger(":memory:") as ledger:
        error = ended(
            lambda: api.query_to(tmp_path / "answers", sandbox.sample_ids(4_000), ledger=ledger, progress=False),
            EmailrcdError,
        )
        assert str(error) == "No space is left."
        assert len(ledger.records()) >= 500


def ended(ask: Callable[[], pd.DataFrame], error: type[BaseException]) -> BaseException:
    with pytest.raises(error) as caught:
        ask()
    return caught.value


def answered(records: pd.DataFrame) -> int:
    return int((records["status"] != "unanswered").sum())


def test_an_error_of_the_callers_generator_is_raised_and_every_id_drawn_is_kept(sandbox):
    ids = sandbox.sample_ids(1_050)

    def rows():
        yield from ids
        raise LookupError("the database went away")

    client = sandbox.client(connections=1)
    error = ended(lambda: client.query(rows(), progress=False, on_notice=lambda _: None), LookupError)
    assert [entry.name for entry in _frames(error)][-1] == "rows"
    assert client.last_records["email_id"].tolist() == ids


def test_an_error_of_on_progress_is_raised_and_what_was_obtained_is_kept(sandbox):
    ids = sandbox.sample_ids(4_000)

    def fail(progress):
        if progress.done:
            raise ZeroDivisionError

    client = sandbox.client(connections=1)
    error = ended(
        lambda: client.query(ids, progress=False, on_progress=fail, on_notice=lambda _: None), ZeroDivisionError
    )
    assert client.last_records["email_id"].tolist() == ids
    assert 0 < answered(client.last_records) < len(ids)
    assert [entry.name for entry in _frames(error)][-1] == "fail"
    assert "run" not in {entry.name for entry in _frames(error)}


def _frames(error: BaseException) -> traceback.StackSummary:
    return traceback.extract_tb(error.__traceback__)


def test_a_generator_is_accounted_for_when_batches_became_smaller_before_the_end(shared):
    with Sandbox(max_ids=70) as sandbox:
        ids = sandbox.sample_ids(30_000)
        drawn = 0

        def generator():
            nonlocal drawn
            for email_id in ids:
                drawn += 1
                yield email_id

        client = sandbox.client(connections=4)

        def turn_away(progress):
            if progress.done > 2_000:
                sandbox.inject("-1", times=100)

        error = ended(
            lambda: client.query(generator(), progress=False, on_progress=turn_away, on_notice=lambda _: None),
            AuthenticationFailed,
        )
        assert error.records["email_id"].tolist() == ids[:drawn]


def test_an_entry_that_is_no_id_costs_none_of_those_drawn_before_it(sandbox):
    ids = sandbox.sample_ids(1_050)
    error = ended(
        lambda: sandbox.client().query(iter([*ids, "no!id"]), progress=False, on_notice=lambda _: None), IdsError
    )
    assert error.records["email_id"].tolist() == ids


def test_duplicates_of_a_generator_are_told(sandbox):
    ids = sandbox.sample_ids(300)
    told: list[str] = []
    sandbox.client().query(iter([*ids, *ids]), progress=False, on_notice=told.append)
    assert told == ["300 duplicates are asked once."]


def test_one_id_that_stays_unanswered_is_told_in_the_singular(sandbox):
    told: list[str] = []
    sandbox.inject("500", times=9)
    sandbox.client(attempts=1).query(sandbox.sample_ids(1), progress=False, on_notice=told.append)
    assert told[0].startswith("1 id stays unanswered; query it again.")


def test_after_an_early_end_it_is_not_advised_to_ask_again(sandbox):
    told: list[str] = []
    sandbox.inject("-1", times=9)
    with pytest.raises(EmailrcdError):
        sandbox.client().query(sandbox.sample_ids(500), progress=False, on_notice=told.append)
    stop = threading.Event()
    stop.set()
    with pytest.raises(QueryStopped):
        sandbox.client().query(sandbox.sample_ids(500), progress=False, on_notice=told.append, stop=stop)
    assert told == []
