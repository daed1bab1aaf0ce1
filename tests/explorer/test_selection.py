"""What meets the filters."""

from __future__ import annotations

import pandas as pd
import pytest

from emailrcd.errors import EmailrcdError
from emailrcd.explorer.filters import Filters
from emailrcd.explorer.population import Population
from emailrcd.explorer.selection import Selection
from tests.explorer.frames import frame

RECORDS = frame(
    ["failed", "delivered", "failed"],
    domain=pd.Series(["qq.com", "qq.com", "163.com"], dtype="str"),
    sent_at=pd.to_datetime(["2026-11-20T06:00Z", "2026-11-21T06:00Z", "2026-11-21T06:00Z"]),
)


def ids(records: pd.DataFrame) -> list[str]:
    return records["email_id"].tolist()


def test_of_any_status_are_those_that_meet_all_other_filters():
    selection = Selection(Population(RECORDS, "UTC"), Filters(values={"status": ("failed",)}, domain="qq"))
    assert (ids(selection.records), selection.count) == (["id0"], 1)
    assert ids(selection.of_any_status) == ["id0", "id1"]


def test_without_filters_the_records_are_not_copied():
    selection = Selection(Population(RECORDS, "UTC"), Filters())
    assert selection.records is RECORDS
    assert selection.of_any_status is RECORDS


def test_others_are_alike_at_whatever_time_they_were_sent():
    filters = Filters(domain="qq", since=pd.Timestamp("2026-11-21T00:00Z"))
    selection = Selection(Population(RECORDS, "UTC"), filters)
    assert ids(selection.records) == ["id1"]
    assert ids(selection.like_it(RECORDS)) == ["id0", "id1"]


def test_others_that_lack_the_column_of_a_filter_are_refused_by_its_name():
    records = RECORDS.assign(campaign="sale")
    selection = Selection(Population(records, "UTC"), Filters(values={"campaign": ("sale",)}))
    with pytest.raises(EmailrcdError, match="'campaign'"):
        selection.like_it(RECORDS)


def test_the_weekday_is_a_column_to_group_by():
    selection = Selection(Population(RECORDS, "UTC"), Filters(domain="163"))
    assert selection.grouped_by("weekday")["weekday"].tolist() == ["Saturday"]
    assert selection.grouped_by("domain") is selection.records
