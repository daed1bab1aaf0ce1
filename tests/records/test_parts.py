"""Records in many files: the same tables as of one frame, and refusals that say why."""

from __future__ import annotations

import itertools
import os
import tempfile

import matplotlib.pyplot as plt
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emailrcd import charts
from emailrcd.analysis.comparison import compare
from emailrcd.analysis.failures.investigation import investigate
from emailrcd.analysis.settling import settle_times
from emailrcd.analysis.tables import breakdown, heatmap, summary, timeline
from emailrcd.errors import EmailrcdError, EmailrcdWarning
from emailrcd.files.tables import tabular
from emailrcd.records.builder import empty
from emailrcd.records.frame import COLUMNS, STATUSES
from emailrcd.records.parts import Parts
from emailrcd.records.reading import read_records
from emailrcd.records.store import Manifest, Store, digest
from tests.analysis.test_tables import random_records, records_of, some_examples

MANIFEST = Manifest("http://127.0.0.1/email", "app", rows=5)


def parted(directory: object, *frames: pd.DataFrame) -> Parts:
    store = Store(directory, MANIFEST)
    for number, frame in enumerate(frames):
        store.write(number, frame)
    store.finish(len(frames))
    return Parts(directory)


@pytest.mark.slow
@given(
    random_records(),
    st.lists(st.integers(0, 13), max_size=3),
    st.sampled_from(["domain", "provider", "campaign", "sent_at", ("campaign", "provider")]),
    st.sampled_from(["h", "7h", "D", "W-MON", None]),
    st.sampled_from(["Asia/Shanghai", "America/New_York"]),
)
@some_examples
def test_tables_of_parts_are_those_of_the_whole_frame(records, cuts, by, freq, tz):
    records = tabular(records.drop_duplicates("email_id", ignore_index=True))
    bounds = [0, *sorted(cut for cut in cuts if cut <= len(records)), len(records)]
    with tempfile.TemporaryDirectory() as directory:
        parts = parted(directory, *(records[a:b] for a, b in itertools.pairwise(bounds)))
        whole = read_records(directory)
        pd.testing.assert_frame_equal(whole[list(COLUMNS)], records[list(COLUMNS)])
        pd.testing.assert_frame_equal(summary(parts), summary(whole))
        pd.testing.assert_frame_equal(breakdown(parts, by), breakdown(whole, by))
        pd.testing.assert_frame_equal(timeline(parts, freq, tz=tz), timeline(whole, freq, tz=tz), check_freq=False)
        pd.testing.assert_frame_equal(
            timeline(parts, freq, tz=tz, by="provider"), timeline(whole, freq, tz=tz, by="provider"), check_freq=False
        )


def test_records_read_from_parts_that_are_not_finished_say_so(tmp_path):
    Store(tmp_path, MANIFEST).write(0, records_of("failed", "unanswered"))
    with pytest.warns(EmailrcdWarning, match="is not finished: it holds 2 ids, 1 of them unanswered") as told:
        records = read_records(tmp_path)
    assert records.attrs["emailrcd"]["notices"] == [str(told[0].message)]


def test_a_day_first_date_in_one_part_tells_how_those_of_the_others_are_meant(tmp_path):
    one = records_of("failed", ids=["a"], sent_at=["05/11/2026 14:05"])
    other = records_of("delivered", ids=["b"], sent_at=["20/11/2026 14:05"])
    table = timeline(parted(tmp_path, one, other), "D")
    assert table.index[table["ids"] > 0].strftime("%m-%d").tolist() == ["11-05", "11-20"]


def test_a_part_without_a_time_is_no_column_without_one(tmp_path):
    one = records_of("failed", ids=["a"], sent_at=["unknown"])
    other = records_of("delivered", ids=["b"], sent_at=["2026-11-20 14:05"])
    assert timeline(parted(tmp_path / "x", one, other))["ids"].tolist() == [1, 1]
    with pytest.raises(EmailrcdError, match="holds no times since the year 2000"):
        timeline(parted(tmp_path / "y", one))


def test_parts_are_refused_like_a_frame_where_a_column_is_not_there(tmp_path):
    parts = parted(tmp_path, records_of("failed"))
    with pytest.raises(EmailrcdError, match="Did you mean 'domain'"):
        breakdown(parts, "domian")
    with pytest.raises(EmailrcdError, match="There is no column 'x'"):
        timeline(parts, by="x")


def test_parts_know_their_rows_columns_and_provenance(tmp_path):
    parts = parted(tmp_path, records_of("failed", ids=["a"], x=1), records_of("sending", ids=["b"], x=2))
    assert (len(parts), list(parts.columns), parts.complete) == (2, [*COLUMNS, "x"], True)
    assert "2 records in 2 parts>" in repr(parts)
    assert [frame["x"].tolist() for frame in parts] == [[1], [2]]
    assert parts.load().attrs["emailrcd"]["base_url"] == MANIFEST.base_url
    assert next(iter(parts)).dtypes.drop("x").equals(empty().dtypes)


def test_parts_can_be_drawn(sandbox, tmp_path):
    parts = sandbox.client().query_to(tmp_path, sandbox.sample_campaign(500), progress=False, on_notice=lambda _: None)
    for drawn in (charts.summary(parts), charts.breakdown(parts, "campaign"), charts.timeline(parts)):
        assert drawn.figure.findobj(lambda artist: getattr(artist, "get_text", str)() == "SANDBOX")
        plt.close(drawn.figure)


def test_no_rows_are_records_too(tmp_path):
    parts = parted(tmp_path, empty())
    assert len(parts) == 0
    assert summary(parts).loc["all", list(STATUSES)].sum() == 0
    assert timeline(parts).empty


def test_parts_are_readable_by_their_owner_alone(tmp_path):
    parted(tmp_path / "answers", records_of("failed"))
    assert os.stat(tmp_path / "answers").st_mode & 0o777 == 0o700
    assert {os.stat(file).st_mode & 0o777 for file in (tmp_path / "answers").iterdir()} == {0o600}


def test_a_part_that_cannot_be_written_leaves_nothing_and_the_old_one(tmp_path):
    store = Store(tmp_path, MANIFEST)
    store.write(0, records_of("failed", ids=["a"]))
    before = sorted(os.listdir(tmp_path))
    with pytest.raises(Exception, match="mixed"):
        store.write(0, records_of("failed", ids=["a"], mixed=pd.Series([{1: "x"}, "y"][:1], dtype=object)))
    assert sorted(os.listdir(tmp_path)) == before
    assert store.holds(0, digest(["a"]))


def test_a_folder_is_cleared_of_what_killed_runs_had_begun(tmp_path):
    store = Store(tmp_path, MANIFEST)
    store.write(0, records_of("failed", ids=["a"]))
    (tmp_path / ".part-00001.parquet-x7k_20ab").write_bytes(b"li.wei@qq.com")
    (tmp_path / ".emailrcd.json-x7k_20ab").touch()
    Store(tmp_path, MANIFEST)
    assert sorted(os.listdir(tmp_path)) == ["emailrcd.json", "part-00000.parquet"]
    (tmp_path / ".part-00001.parquet-x7k_20ab").touch()
    with pytest.raises(EmailrcdError, match="Name another folder"):
        Store(tmp_path, Manifest("https://other/email", "app", rows=5))
    assert (tmp_path / ".part-00001.parquet-x7k_20ab").exists()


def test_a_part_with_ids_unanswered_is_not_finished(tmp_path):
    store = Store(tmp_path, MANIFEST)
    store.write(0, records_of("failed", "unanswered", ids=["a", "b"]))
    store.write(1, records_of("failed", "invalid", ids=["c", "d"]))
    assert not store.holds(0, digest(["a", "b"]))
    assert store.holds(1, digest(["c", "d"]))
    assert not store.holds(2, digest(["e"]))


def test_other_ids_an_other_order_and_more_parts_are_refused(tmp_path):
    parted(tmp_path, records_of("failed", "failed", ids=["a", "b"]), records_of("failed", ids=["c"]))
    store = Store(tmp_path, MANIFEST)
    for ids in (["a", "x"], ["b", "a"], ["a"]):
        with pytest.raises(EmailrcdError, match=r"made from other ids.*part-00000"):
            store.holds(0, digest(ids))
    with pytest.raises(EmailrcdError, match=r"made from other ids.*part-00001"):
        store.finish(1)


@pytest.mark.parametrize(
    "other",
    [Manifest("https://other/email", "app", rows=5), Manifest(MANIFEST.base_url, "app2", rows=5),
     Manifest(MANIFEST.base_url, "app", rows=6)],
)  # fmt: skip
def test_a_folder_of_another_host_application_or_size_is_refused(tmp_path, other):
    parted(tmp_path, records_of("failed"))
    with pytest.raises(EmailrcdError, match=r"holds answers of http://127\.0\.0\.1/email for the application app"):
        Store(tmp_path, other)


def test_what_is_no_folder_of_parts_is_refused(tmp_path):
    (tmp_path / "thesis.doc").write_text("")
    with pytest.raises(EmailrcdError, match="neither empty nor a folder of parts"):
        Store(tmp_path, MANIFEST)
    with pytest.raises(EmailrcdError, match="holds no parts. Client.query_to writes them"):
        read_records(tmp_path)
    with pytest.raises(EmailrcdError, match="cannot be used: File exists"):
        Store(tmp_path / "thesis.doc", MANIFEST)
    with pytest.raises(EmailrcdError, match="cannot be read: No such file"):
        Parts(tmp_path / "nowhere")


def test_what_is_damaged_is_refused(tmp_path):
    parts = parted(tmp_path, records_of("failed", ids=["a"]))
    (tmp_path / "part-00000.parquet").write_bytes(b"PAR1 no more")
    for use in (lambda: list(parts), lambda: len(parts), lambda: Store(tmp_path, MANIFEST).holds(0, digest(["a"]))):
        with pytest.raises(EmailrcdError, match=r"part-00000.parquet cannot be read .* query_to asks its ids again"):
            use()
    records_of("failed").to_parquet(tmp_path / "part-00000.parquet")
    with pytest.raises(EmailrcdError, match="was not written by query_to"):
        Store(tmp_path, MANIFEST).holds(0, digest(["a"]))
    pd.DataFrame({"a": [1]}).to_parquet(tmp_path / "part-00000.parquet")
    with pytest.raises(EmailrcdError, match="it lacks the columns email_id, status"):
        Parts(tmp_path)
    (tmp_path / "emailrcd.json").write_text("{")
    with pytest.raises(EmailrcdError, match="is damaged, or of another version"):
        Parts(tmp_path)


@pytest.mark.parametrize("whole", [investigate, heatmap, settle_times, lambda parts: compare(parts, parts)])
def test_parts_are_refused_by_what_needs_one_frame(tmp_path, whole):
    with pytest.raises(EmailrcdError, match=r"One records frame is needed here, not Parts: emailrcd.read_records"):
        whole(parted(tmp_path, records_of("failed")))


def test_a_ledger_is_read_as_records(tmp_path, sandbox):
    ids = sandbox.sample_ids(30)
    client = sandbox.client()
    records = client.query(ids, ledger=tmp_path / "history.sqlite", progress=False)
    again = read_records(tmp_path / "history.sqlite")
    assert again["status"].tolist() == records.sort_values("email_id")["status"].tolist()
    assert {"app_id", "first_asked"} <= set(again.columns)
