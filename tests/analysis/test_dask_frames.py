"""Records in many frames: what is counted of each adds up to what is counted of the whole."""

from __future__ import annotations

import subprocess
import sys

import dask
import dask.dataframe as dd
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emailrcd.analysis.tables import breakdown, summary, timeline
from emailrcd.errors import EmailrcdError
from emailrcd.files.tables import tabular
from tests.analysis.frames import records_of
from tests.analysis.test_tables import random_records, some_examples
from tests.records.test_parts import parted

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True, scope="module")
def here():
    with dask.config.set(scheduler="synchronous"):
        yield


@pytest.mark.slow
@given(
    random_records(),
    st.integers(1, 4),
    st.sampled_from(["domain", "provider", "campaign", "sent_at", ("campaign", "provider")]),
    st.sampled_from(["h", "D", None]),
)
@some_examples
def test_tables_of_a_dask_frame_are_those_of_the_whole_frame(records, partitions, by, freq):
    whole = tabular(records.drop_duplicates("email_id", ignore_index=True))
    spread = dd.from_pandas(whole, npartitions=partitions, sort=False)
    pd.testing.assert_frame_equal(summary(spread), summary(whole))
    pd.testing.assert_frame_equal(breakdown(spread, by), breakdown(whole, by))
    pd.testing.assert_frame_equal(timeline(spread, freq), timeline(whole, freq), check_freq=False)
    pd.testing.assert_frame_equal(
        timeline(spread, freq, by="provider"), timeline(whole, freq, by="provider"), check_freq=False
    )


@pytest.mark.filterwarnings("ignore:The inplace keyword:DeprecationWarning")  # Dask's own use of pandas
def test_parts_can_be_read_by_dask(tmp_path):
    one = records_of("failed", "delivered", ids=["a", "b"], campaign=["x", None], sent_at=["2026-11-20 09:30", None])
    other = records_of("sending", ids=["c"], campaign=["y"], sent_at=["2026-11-20 11:30"])
    parts = parted(tmp_path, one, other)
    spread = dd.read_parquet(tmp_path / "part-*.parquet")
    assert spread.npartitions == 2
    pd.testing.assert_frame_equal(summary(spread), summary(parts))
    pd.testing.assert_frame_equal(breakdown(spread, "campaign"), breakdown(parts, "campaign"))
    pd.testing.assert_frame_equal(timeline(spread), timeline(parts), check_freq=False)


def test_a_dask_frame_is_refused_like_a_frame():
    spread = dd.from_pandas(records_of("failed", ids=["a"]), npartitions=1)
    with pytest.raises(EmailrcdError, match="Did you mean 'domain'"):
        breakdown(spread, "domian")
    with pytest.raises(EmailrcdError, match="lacks the columns email_id"):
        summary(spread[["status"]])
    odd = dd.from_pandas(records_of("failed", ids=["a"]).assign(status="bounced"), npartitions=1)
    with pytest.raises(EmailrcdError, match="holds 'bounced', which is not one of delivered"):
        summary(odd)


def test_dask_is_not_imported_for_other_records():
    script = (
        "import sys; from emailrcd import Sandbox, summary\n"
        "with Sandbox() as sandbox: summary(sandbox.client().query(['2208031112341000001'], on_notice=print))\n"
        "print('dask' in sys.modules)"
    )
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert told.split()[-1] == "False"
