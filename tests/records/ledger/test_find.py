"""Mail found by its address, or a part of one."""

from __future__ import annotations

import random

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emailrcd import Ledger
from emailrcd.errors import EmailrcdError, EmailrcdWarning
from emailrcd.records.builder import Answers
from emailrcd.records.frame import COLUMNS
from emailrcd.records.ledger import Source, addresses, search
from emailrcd.records.ledger.answers import remember

HERE = Source("https://api.itniotech.com/email", "app-1")
NOON = 1_763_964_000_000_000
MINUTE = 60_000_000


def enter(
    ledger: Ledger, mails: dict[str, str | None], at: int = NOON, status: str = "delivered", source: Source = HERE
) -> None:
    n = len(mails)
    answers = Answers(list(mails), [status] * n, list(mails.values()), [""] * n, [None] * n, np.full(n, at))
    remember(ledger, source, [answers])


def ids(number: int) -> list[str]:
    return [f"25112409{n // 10_000:04}{n:07}" for n in range(number)]


@pytest.fixture
def ledger():
    with Ledger(":memory:") as ledger:
        yield ledger


def test_a_persons_mail_is_found_with_every_status_it_had_the_newest_first(ledger):
    enter(ledger, {"2511240900001000001": "li.lei@qq.com", "2511240900001000002": "han.mei@qq.com"}, status="sending")
    enter(ledger, {"2511240900001000001": "li.lei@qq.com"}, NOON + MINUTE)
    enter(
        ledger, {"2511250900001000003": "li.lei@qq.com"}, NOON + 2 * MINUTE, "failed", Source("https://other", "app-2")
    )
    found = ledger.find("li.lei@qq.com")
    assert found["email_id"].tolist() == ["2511250900001000003", "2511240900001000001"]
    assert tuple(found.columns) == (*COLUMNS, "base_url", "app_id", "first_asked", "history")
    assert [[point["status"] for point in history] for history in found["history"]] == [
        ["failed"],
        ["sending", "delivered"],
    ]
    assert found["history"][1][1]["at"] == pd.Timestamp(NOON + MINUTE, unit="us", tz="UTC")
    assert found["app_id"].tolist() == ["app-2", "app-1"]


@pytest.mark.parametrize(
    "spelling",
    [
        "li.lei@例子.广告",
        "Li.LEI@例子.广告",
        " li.lei@xn--fsqu00a.xn--4rr70v ",
        "li.lei+news@例子.广告",
        "<LI.LEI+a+b@XN--FSQU00A.XN--4RR70V>",
    ],
)
@pytest.mark.parametrize("stored", ["li.lei@xn--fsqu00a.xn--4rr70v", "Li.Lei+promo@例子.广告"])
def test_case_tags_and_the_ascii_form_of_a_domain_make_no_difference(ledger, stored, spelling):
    enter(ledger, {"2511240900001000001": stored, "2511240900001000002": "li.lei@例子.公司"})
    assert ledger.find(spelling)["to_address"].tolist() == [stored]


@given(
    st.lists(
        st.tuples(
            st.from_regex(r"[0-9]{1,20}|[a-z-]{1,8}", fullmatch=True),
            st.from_regex(r"[abAB]{1,2}(\+x)?@[cC]{1,2}\.de", fullmatch=True),
        ),
        max_size=60,
        unique_by=lambda mail: mail[0],
    ),
    st.integers(1, 20),
)
@settings(max_examples=60, deadline=None)
def test_mail_is_found_whatever_its_ids_and_however_often_the_log_was_sorted(mails, logged):
    with pytest.MonkeyPatch.context() as patch, Ledger(":memory:") as ledger:
        patch.setattr(addresses, "_LOGGED", logged)
        for mail in mails:
            enter(ledger, dict([mail]))
        by_mailbox: dict[str, set[str]] = {}
        for email_id, address in mails:
            by_mailbox.setdefault(address.lower().replace("+x", ""), set()).add(email_id)
        for mailbox, expected in by_mailbox.items():
            assert set(ledger.find(mailbox)["email_id"]) == expected
        assert ledger.find("nobody@c.de").empty


def test_an_address_that_became_known_later_is_found_and_one_that_changed_by_its_last(ledger):
    enter(ledger, {"2511240900001000001": None, "2511240900001000002": "old@qq.com"}, status="not_found")
    enter(ledger, {"2511240900001000001": "li.lei@qq.com", "2511240900001000002": "new@qq.com"}, NOON + MINUTE)
    assert len(ledger.find("li.lei@qq.com")) == len(ledger.find("new@qq.com")) == 1
    assert ledger.find("old@qq.com").empty


def test_new_mail_is_found_among_mail_that_was_asked_again_however_much_a_commit_holds(ledger):
    mails = {email_id: f"p{n}@qq.com" for n, email_id in enumerate(ids(1_200))}
    again = ids(1_200)[::300]
    enter(ledger, dict.fromkeys(again, "old@qq.com"), status="sending")
    enter(ledger, mails, NOON + MINUTE)
    for n in (0, 1, 300, 499, 600, 900, 999, 1_199):
        assert ledger.find(f"p{n}@qq.com")["email_id"].tolist() == [ids(1_200)[n]]


def test_mail_that_was_asked_again_is_found_once(ledger):
    for minute in range(5):
        enter(ledger, {"2511240900001000001": "li.lei@qq.com"}, NOON + minute * MINUTE)
    assert len(ledger.find("li.lei@qq.com")) == 1


@pytest.mark.parametrize("part", ["lei@", "QQ.com", "@qq.com", "i.l", "广告", "例子.广告", "@例子.广告"])
def test_a_part_of_an_address_is_found_where_it_stands(ledger, part):
    enter(ledger, {"1": "Li.Lei@qq.com", "2": "li.lei@xn--fsqu00a.xn--4rr70v", "3": "x_y@z.de", "4": None})
    assert set(ledger.find(part)["email_id"]) <= {"1", "2"}
    assert not ledger.find(part).empty


def test_signs_with_a_meaning_to_sql_have_none_in_a_part_of_an_address(ledger):
    enter(ledger, {"1": "a_b@qq.com", "2": "axb@qq.com", "3": "50%!@qq.com"})
    assert ledger.find("a_b")["email_id"].tolist() == ["1"]
    assert ledger.find("0%!")["email_id"].tolist() == ["3"]


def test_more_mail_than_anybody_reads_is_cut_off_and_told(ledger, monkeypatch):
    monkeypatch.setattr(search, "MOST", 10)
    monkeypatch.setattr("emailrcd.records.ledger.ledger.MOST", 10)
    enter(ledger, dict.fromkeys(ids(11), "li.lei@qq.com"))
    for text in ("li.lei@qq.com", "lei"):
        with pytest.warns(EmailrcdWarning, match="More than 10 mails"):
            assert len(ledger.find(text)) == 10


@pytest.mark.parametrize("text", ["", "  "])
def test_nobody_in_particular_is_not_looked_for(ledger, text):
    with pytest.raises(EmailrcdError, match="Say whose mail to find"):
        ledger.find(text)


def test_what_is_forgotten_is_not_found_and_in_no_index(tmp_path, monkeypatch):
    monkeypatch.setattr(addresses, "_LOGGED", 50)
    with Ledger(tmp_path / "history.sqlite") as ledger:
        enter(ledger, dict.fromkeys(ids(120), "li.lei@qq.com") | {"opaque": "li.lei@qq.com"})
        enter(ledger, {"2611240900001000099": "li.lei@qq.com"})
        gone = [*ids(120)[::2], "opaque", "2611240900001000099"]
        assert ledger.forget(ids=gone) == len(gone)
        assert set(ledger.find("li.lei@qq.com")["email_id"]) == set(ids(120)[1::2])
        with ledger._database.reading() as connection:
            assert set(addresses.candidates(connection, "li.lei@qq.com")) == set(ids(120)[1::2])


def test_mail_of_a_merged_file_is_found(ledger, tmp_path):
    with Ledger(":memory:") as other:
        enter(other, {"2511240900001000001": "li.lei@qq.com"})
        other.to_parquet(tmp_path / "other.parquet")
    ledger.merge_parquet(tmp_path / "other.parquet")
    assert len(ledger.find("Li.Lei@QQ.com")) == 1


def test_the_index_takes_few_bytes_a_mail(tmp_path):
    sizes = []
    for address in (None, "x"):
        with Ledger(tmp_path / f"{address}.sqlite") as ledger:
            chosen = random.Random(0).sample(range(200_000), 140_000)
            mails = [(email_id, f"user{number}@qq.com") for email_id, number in zip(ids(140_000), chosen, strict=True)]
            with pytest.MonkeyPatch.context() as patch:
                if address is None:
                    patch.setattr(addresses, "enter", lambda *_: None)
                for start in range(0, len(mails), 5_000):
                    enter(ledger, dict(mails[start : start + 5_000]))
            sizes.append(ledger._database.rows("PRAGMA page_count")[0][0])
    assert sizes[1] < 1.2 * sizes[0]


def test_mail_that_is_answered_again_is_logged_under_its_address_once(ledger):
    for minute, address in enumerate(["li.lei@qq.com", "li.lei@qq.com", None, "li.ming@qq.com"]):
        enter(ledger, {"2511240900001000001": address}, NOON + minute * MINUTE, "sending")
    ((logged,),) = ledger._database.rows("SELECT max(place) FROM address_log")
    assert logged == 2


def test_an_address_that_is_known_stays_where_a_later_answer_has_none(ledger):
    enter(ledger, {"2511240900001000001": "li.lei@qq.com"}, NOON, "sending")
    enter(ledger, {"2511240900001000001": None}, NOON + MINUTE)
    record = ledger.find("li.lei@qq.com").iloc[0]
    assert (record["status"], record["to_address"]) == ("delivered", "li.lei@qq.com")
