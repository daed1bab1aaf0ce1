"""A frame whose dtypes have been lost on the way is read as what it was."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa
import pytest

import emailrcd
from emailrcd.errors import EmailrcdError
from tests.analysis.frames import records_of

COUNT = 60
SENT = pd.Series(pd.date_range("2026-11-20 01:00", periods=COUNT, freq="h", tz="UTC"))


@pytest.fixture
def records():
    statuses = ["failed" if place % 7 == 0 else "delivered" for place in range(COUNT)]
    made = records_of(*statuses, ids=[f"22080311123410000{place:02}" for place in range(COUNT)])
    return made.assign(
        submitted_at_estimated=SENT.dt.as_unit("us"), received_at=(SENT + pd.Timedelta("5min")).dt.as_unit("us")
    )


TABLES = [
    emailrcd.summary,
    lambda frame: emailrcd.breakdown(frame, "provider"),
    lambda frame: emailrcd.timeline(frame, "D"),
    emailrcd.heatmap,
    emailrcd.settle_times,
    lambda frame: emailrcd.compare(frame, frame).table,
    lambda frame: emailrcd.gate(frame, 0.03, by="status").groups,
]


@pytest.mark.parametrize("table_of", TABLES)
def test_ids_that_became_integers_and_times_that_became_text_make_the_same_table(records, table_of):
    lost = records.assign(
        email_id=records["email_id"].astype("int64"),
        status=records["status"].astype("str"),
        submitted_at_estimated=records["submitted_at_estimated"].dt.strftime("%Y-%m-%dT%H:%M:%S+00:00"),
        received_at=records["received_at"].dt.strftime("%Y-%m-%dT%H:%M:%S+00:00"),
    )
    pd.testing.assert_frame_equal(table_of(lost), table_of(records))


@pytest.mark.parametrize("table_of", TABLES)
def test_a_frame_of_another_library_makes_the_same_table(records, table_of):
    pd.testing.assert_frame_equal(table_of(pa.Table.from_pandas(records)), table_of(records))


@pytest.mark.parametrize("wrong", [None, [1, 2], "records.parquet", {"email_id": ["1"]}])
@pytest.mark.parametrize(
    "table_of", [emailrcd.summary, emailrcd.heatmap, emailrcd.settle_times, lambda frame: emailrcd.gate(frame, 0.1)]
)
def test_what_is_not_a_frame_is_refused_by_its_type(table_of, wrong):
    with pytest.raises(EmailrcdError, match=f"not a records frame, but of type {type(wrong).__name__}"):
        table_of(wrong)
