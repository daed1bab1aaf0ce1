"""Samples: ids, a campaign's table, files."""

from __future__ import annotations

import codecs
from collections import Counter

import pandas as pd
import pytest
from python_calamine import CalamineWorkbook

from emailrcd.errors import EmailrcdError
from emailrcd.sandbox import Sandbox
from emailrcd.sandbox.samples import sample_ids
from emailrcd.sandbox.world import World, row, submit_time

HOUR = 1_795_521_600  # a whole hour


def test_samples_are_the_same_for_an_hour_and_others_with_another_seed_or_hour():
    assert sample_ids(0, HOUR, 500) == sample_ids(0, HOUR + 3599, 500)
    assert len({tuple(sample_ids(seed, HOUR + late, 500)) for seed in (-1, 0, 2**70) for late in (0, 3600)}) == 6


def test_a_million_ids_are_distinct_normal_and_in_the_order_of_submission():
    ids = sample_ids(0, HOUR, 1_000_000)
    assert len(set(ids)) == 1_000_000
    assert ids == sorted(ids)
    assert {len(email_id) for email_id in ids} == {19}


def test_samples_reach_back_four_days_from_the_hour():
    times = [submit_time(email_id) for email_id in sample_ids(0, HOUR + 1800, 20_000)]
    assert HOUR - 4 * 86_400 <= min(times) < HOUR - 3.5 * 86_400
    assert HOUR - 60 < max(times) < HOUR


@pytest.mark.parametrize("hour_of_day", range(0, 24, 3))
def test_most_sample_mail_is_settled_and_a_share_is_open(hour_of_day):
    now = HOUR + 3600 * hour_of_day + 1200
    world = World(0)
    statuses = Counter()
    for email_id in sample_ids(0, now, 4000):
        entry = row(world.facts(email_id), now)
        statuses[entry["status"] if entry else "nofound"] += 1
    assert 0.012 < (statuses["-1"] + statuses["nofound"]) / 4000 < 0.06
    assert statuses["-1"] > 10
    assert 0.04 < statuses["1"] / 4000 < 0.12


def test_mail_comes_in_bursts_by_day_and_hardly_at_night():
    hours = Counter(email_id[6:8] for email_id in sample_ids(0, HOUR, 20_000))
    assert hours["15"] > 10 * hours["03"]


def test_none_asked_none_given():
    assert sample_ids(0, HOUR, 0) == []


def test_a_campaign_is_a_table_of_what_the_sender_knows(sandbox):
    frame = sandbox.sample_campaign(300)
    assert list(frame.columns) == ["email_id", "campaign", "template", "sent_at"]
    assert frame["email_id"].tolist() == sandbox.sample_ids(300)
    assert frame.dtypes.astype(str).tolist() == ["str", "str", "str", "datetime64[us, Asia/Shanghai]"]
    assert frame["sent_at"].dt.strftime("%y%m%d%H%M%S").tolist() == frame["email_id"].str[:12].tolist()
    facts = [sandbox.world.facts(email_id) for email_id in frame["email_id"]]
    assert frame["campaign"].tolist() == [mail.campaign for mail in facts]
    assert frame["template"].tolist() == [mail.template for mail in facts]


def test_a_csv_sample_keeps_ids_and_chinese_names(sandbox, tmp_path):
    file = sandbox.write_sample(tmp_path / "campaign.csv", 50)
    assert file.read_bytes().startswith(codecs.BOM_UTF8)
    frame = pd.read_csv(file, dtype="str", encoding="utf-8-sig")
    expected = sandbox.sample_campaign(50)
    assert frame["email_id"].tolist() == expected["email_id"].tolist()
    assert frame["campaign"].tolist() == expected["campaign"].tolist()
    assert pd.to_datetime(frame["sent_at"]).tolist() == expected["sent_at"].tolist()


def test_an_xlsx_sample_keeps_ids_as_text_and_times_as_times(sandbox, tmp_path):
    file = sandbox.write_sample(str(tmp_path / "campaign.XLSX"), 50)
    sheet = CalamineWorkbook.from_path(file).get_sheet_by_name("SANDBOX").to_python()
    expected = sandbox.sample_campaign(50)
    assert sheet[0] == list(expected.columns)
    assert [line[0] for line in sheet[1:]] == expected["email_id"].tolist()
    assert [line[1] for line in sheet[1:]] == expected["campaign"].tolist()
    assert [f"{line[3]:%y%m%d%H%M%S}" for line in sheet[1:]] == expected["email_id"].str[:12].tolist()


@pytest.mark.parametrize("name", ["campaign.pdf", "campaign", "nowhere/campaign.csv"])
def test_a_sample_that_cannot_be_written_says_why(sandbox, tmp_path, name):
    with pytest.raises(EmailrcdError, match=r"must end in \.csv, \.xlsx|no folder"):
        sandbox.write_sample(tmp_path / name, 5)


def test_two_sandboxes_with_one_seed_agree(clock):
    with Sandbox(seed=7, clock=clock) as one, Sandbox(seed=7, clock=clock) as other:
        assert one.base_url != other.base_url
        assert one.sample_ids(100) == other.sample_ids(100)
