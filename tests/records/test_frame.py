"""The records frame: the user's columns, and frames read back."""

from __future__ import annotations

import pandas as pd
import pytest

from emailrcd.errors import EmailrcdError
from emailrcd.records.builder import Answers, Builder
from emailrcd.records.frame import COLUMNS, beside, typed
from emailrcd.records.reading import read_records
from emailrcd.records.writing import write_records


def frame(*ids: str) -> pd.DataFrame:
    builder = Builder()
    answers = Answers.undecided(ids)
    answers.status = ["delivered"] * len(ids)
    builder.add(0, answers.obtained())
    return builder.frame()


def test_columns_of_the_user_come_out_beside_and_a_taken_name_is_told():
    records, notices = beside(
        frame("a", "b"),
        pd.DataFrame({"status": ["x", "y", "z"], "input_status": [1, 2, 3], "who": [4, 5, 6]}, index=[2, 2, 9]),
        [1, 0, 1],
    )
    assert records.index.tolist() == [2, 2, 9]
    assert records["email_id"].tolist() == ["b", "a", "b"]
    assert list(records.columns[9:]) == ["input_input_status", "input_status", "who"]
    assert len(notices) == 1


def test_a_saved_frame_is_read_back_as_it_was(tmp_path, sandbox):

    records = sandbox.client().query(sandbox.sample_campaign(60), progress=False)
    for suffix in (".parquet", ".csv", ".jsonl"):
        again = read_records(write_records(records, tmp_path / f"saved{suffix}"))
        pd.testing.assert_frame_equal(again[list(COLUMNS)], records[list(COLUMNS)], check_dtype=True)
        assert again["campaign"].tolist() == records["campaign"].tolist()


def test_what_is_no_records_frame_is_refused_and_says_why(tmp_path):
    (tmp_path / "x.csv").write_text("a,b\n1,2\n")
    with pytest.raises(EmailrcdError, match=r"x\.csv.*lacks.*email_id"):
        read_records(tmp_path / "x.csv")
    with pytest.raises(EmailrcdError, match="There is no file"):
        read_records(tmp_path / "y.csv")
    (tmp_path / "v.parquet").write_text("PAR1 no more")
    with pytest.raises(EmailrcdError, match=r"v\.parquet cannot be read"):
        read_records(tmp_path / "v.parquet")
    (tmp_path / "z.doc").write_text("")
    with pytest.raises(EmailrcdError, match=r"\.parquet, \.csv or \.jsonl"):
        read_records(tmp_path / "z.doc")
    strange = frame("a").astype({"status": "str"}).assign(status="bounced")
    with pytest.raises(EmailrcdError, match="bounced"):
        typed(strange)
