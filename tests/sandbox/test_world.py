"""The world: pure, believable, with the planted causes true."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

import pytest

from emailrcd.sandbox.population import BLOCKING_DOMAINS, CAMPAIGNS, DEAD_DOMAIN, IMPORTED, MISTYPED_DOMAINS
from emailrcd.sandbox.samples import sample_ids
from emailrcd.sandbox.world import SHANGHAI, World, is_blocked, row, submit_time

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC).timestamp()
MAILS = [World(0).facts(email_id) for email_id in sample_ids(0, NOW, 40_000)]
STATUS_ORDER = {None: 0, "-1": 1, "0": 2, "1": 2}


def share(mails, condition):
    mails = list(mails)
    return sum(map(condition, mails)) / len(mails)


def test_facts_depend_on_seed_and_id_alone():
    ids = [mail.email_id for mail in MAILS[:500]]
    assert [World(0).facts(email_id) for email_id in reversed(ids)] == MAILS[:500][::-1]
    assert [World(1).facts(email_id) for email_id in ids] != MAILS[:500]


def test_an_answer_known_by_heart_does_not_change_between_versions():
    mail = World(0).facts("2208031112341000001")
    assert row(mail, NOW) == {
        "emailId": "2208031112341000001",
        "toAddress": mail.to_address,
        "receiveTime": datetime.fromtimestamp(mail.settled, SHANGHAI).isoformat(),
        "status": "0",
    }
    assert (mail.campaign, mail.template, mail.to_address) == (
        "Password reset",
        "Reset link",
        "chris.reid87.sandbox@gmail.com",
    )


@pytest.mark.parametrize(
    "email_id",
    [
        "",
        "1",
        "22080311123410000011",
        "220803111234100000",
        "2208031112341ooooo1",
        "２２０８０３１１１２３４１０００００１",
        "2213031112341000001",
        "2202301112341000001",
        "2208032412341000001",
        "2208031160341000001",
        "1412312359591000001",
    ],
)
def test_an_id_that_no_one_could_have_handed_out_is_abnormal(email_id):
    assert World(0).facts(email_id) is None


def test_ids_carry_the_time_in_shanghai():
    time = datetime(2022, 8, 3, 11, 12, 34, tzinfo=SHANGHAI).timestamp()
    assert submit_time("2208031112341000001") == time


def test_mail_of_the_future_is_not_found():
    assert row(World(0).facts("9912312359591000001"), NOW) is None


def test_every_address_says_that_it_comes_from_the_sandbox():
    assert all(mail.to_address.partition("@")[0].endswith(".sandbox") for mail in MAILS)
    assert all(mail.to_address.partition("@")[2] == mail.domain for mail in MAILS)


def test_mail_goes_from_not_found_over_sending_to_one_final_status():
    for mail in MAILS[:300]:
        times = [mail.submitted + seconds for seconds in (-1, 0, 1, 5, 30, 60, 121, 600, 3600, 30_000, 1e9)]
        seen = [row(mail, time) for time in sorted([*times, mail.visible, mail.settled - 1, mail.settled])]
        steps = [STATUS_ORDER[entry["status"] if entry else None] for entry in seen]
        assert steps == sorted(steps)
        assert steps[-1] == (2 if mail.known else 0)
        assert len({tuple(entry.items()) for entry in seen if entry and entry["status"] != "-1"}) == mail.known


def test_only_delivered_mail_has_a_time_and_it_is_iso_8601_in_shanghai():
    for mail in MAILS[:300]:
        for entry in filter(None, (row(mail, mail.visible), row(mail, mail.settled))):
            assert bool(entry["receiveTime"]) == (entry["status"] == "0")
            if entry["receiveTime"]:
                assert entry["receiveTime"].endswith("+08:00")
                assert datetime.fromisoformat(entry["receiveTime"]).timestamp() == mail.settled


def test_most_mail_settles_within_minutes_and_some_takes_hours():
    took = [mail.settled - mail.submitted for mail in MAILS if not mail.cause]
    assert 0.6 < sum(seconds < 600 for seconds in took) / len(took) < 0.9
    assert 0.05 < sum(seconds > 3600 for seconds in took) / len(took) < 0.2
    assert max(took) < 10 * 3600


def test_about_one_id_in_a_hundred_is_never_found():
    assert share(MAILS, lambda mail: not mail.known) == pytest.approx(0.01, abs=0.003)


def test_failures_without_a_cause_are_about_three_in_a_hundred_in_every_campaign():
    for campaign in CAMPAIGNS:
        plain = [mail for mail in MAILS if mail.campaign == campaign.name and mail.cause in (None, "chance")]
        assert share(plain, lambda mail: mail.cause == "chance") == pytest.approx(0.03, abs=0.012)


def test_qq_blocks_on_some_afternoons_and_only_then():
    to_qq = [mail for mail in MAILS if mail.domain in BLOCKING_DOMAINS]
    within = [mail for mail in to_qq if is_blocked(mail.submitted)]
    assert len(within) > 200
    assert share(within, lambda mail: mail.cause == "blocked") == pytest.approx(0.85, abs=0.06)
    assert sum(mail.cause == "blocked" for mail in MAILS) == sum(mail.cause == "blocked" for mail in within)
    for mail in within:
        time = datetime.fromtimestamp(mail.submitted, SHANGHAI)
        assert time.hour in (14, 15)
        assert time.date().toordinal() % 3 == 0


def test_one_list_holds_mistyped_domains_and_they_all_fail():
    mistyped = [mail for mail in MAILS if mail.domain in MISTYPED_DOMAINS]
    assert {mail.domain for mail in mistyped} == set(MISTYPED_DOMAINS)
    assert {mail.template for mail in mistyped} == {IMPORTED}
    assert {mail.cause for mail in mistyped} == {"mistyped"}
    assert 0.01 < len(mistyped) / len(MAILS) < 0.04


def test_one_domain_is_dead():
    dead = [mail for mail in MAILS if mail.domain == DEAD_DOMAIN]
    assert 0.005 < len(dead) / len(MAILS) < 0.02
    assert {mail.cause for mail in dead} == {"dead"}


def test_domains_are_a_believable_mix_with_a_long_tail():
    domains = Counter(mail.domain for mail in MAILS)
    assert domains.most_common(1)[0][0] == "qq.com"
    assert {"163.com", "126.com", "gmail.com", "outlook.com", "sina.com", "yahoo.com", "189.cn"} <= set(domains)
    assert 200 < sum(domain.endswith(".example") for domain in domains) <= 300


def test_every_campaign_sends_with_all_its_templates_and_some_names_are_chinese():
    seen = {(mail.campaign, mail.template) for mail in MAILS}
    assert seen == {(campaign.name, template) for campaign in CAMPAIGNS for template in campaign.templates}
    assert {"双十一预热", "会员日", "账单通知", "Autumn sale", "Password reset"} <= {name for name, _ in seen}
