"""Two frames side by side."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emailrcd.analysis.comparison import compare
from emailrcd.errors import EmailrcdError
from emailrcd.records.frame import typed


def frame(rows, prefix="1"):
    """Return records of (domain, status, how many)."""
    mails = [(domain, status) for domain, status, count in rows for _ in range(count)]
    return typed(
        pd.DataFrame(
            {
                "email_id": [f"{prefix}{number}" for number in range(len(mails))],
                "status": [status for _, status in mails],
                "to_address": [f"a@{domain}" for domain, _ in mails],
                "received_at": None,
                "submitted_at_estimated": None,
                "domain": [domain for domain, _ in mails],
                "provider": ["other"] * len(mails),
                "queried_at": None,
                "error": None,
            }
        )
    )


BEFORE = frame([("a.cn", "delivered", 95), ("a.cn", "failed", 5), ("b.cn", "delivered", 90), ("b.cn", "failed", 10)])
AFTER = frame(
    [
        ("a.cn", "delivered", 60),
        ("a.cn", "failed", 40),
        ("b.cn", "delivered", 280),
        ("b.cn", "failed", 20),
        ("c.cn", "failed", 3),
        ("c.cn", "sending", 5),
    ],
    prefix="2",
)


def test_the_change_is_that_of_failed_over_settled():
    overall = compare(BEFORE, AFTER, by="domain").overall.iloc[0]
    assert overall["rate_before"] == pytest.approx(15 / 200)
    assert overall["rate_after"] == pytest.approx(63 / 403)
    assert overall["change"] == pytest.approx(63 / 403 - 15 / 200)
    assert overall["change_low"] < overall["change"] < overall["change_high"]


def test_what_got_worse_and_better_is_said():
    found = compare(BEFORE, AFTER, by="domain")
    assert found.table.loc["a.cn", "verdict"] == "worse"
    assert found.table.loc["b.cn", "verdict"] == "no clear change"
    back = compare(AFTER, BEFORE, by="domain").table
    assert back.loc["a.cn", "verdict"] == "better"


def test_a_group_on_one_side_only_is_all_mix():
    row = compare(BEFORE, AFTER, by="domain").table.loc["c.cn"]
    assert row["rate"] == 0
    assert row["mix"] > 0
    assert np.isnan(row["change"])
    assert row["verdict"] == "no clear change"


counts = st.tuples(st.integers(0, 30), st.integers(0, 30))


@pytest.mark.slow
@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(counts, counts), min_size=1, max_size=4))
def test_mix_and_rate_add_up_to_the_change(groups):
    sides = []
    for side in (0, 1):
        rows = [
            (f"d{n}.cn", status, group[side][place])
            for n, group in enumerate(groups)
            for place, status in enumerate(("delivered", "failed"))
        ]
        sides.append(frame([*rows, ("z.cn", "delivered", 1)], prefix=str(side)))
    found = compare(*sides, by="domain")
    overall = found.overall.iloc[0]
    assert overall["mix"] + overall["rate"] == pytest.approx(overall["change"], abs=1e-12)
    assert found.table["failed_after"].sum() == overall["failed_after"]


entries = st.lists(
    st.tuples(st.integers(0, 8), st.sampled_from("abc"), st.sampled_from(["delivered", "failed", "sending"])),
    min_size=1,
)


@pytest.mark.slow
@settings(deadline=None, max_examples=40)
@given(entries, entries)
def test_mix_and_rate_add_up_to_the_change_where_ids_are_in_several_groups(before, after):
    sides = []
    for entry in (before, after):
        records = frame([(f"{group}.cn", status, 1) for _, group, status in [*entry, (9, "a", "delivered")]])
        sides.append(records.assign(email_id=pd.Series([f"{n}" for n, _, _ in [*entry, (9, "a", "")]], dtype="str")))
    found = compare(*sides, by="domain")
    overall = found.overall.iloc[0]
    assert overall["mix"] + overall["rate"] == pytest.approx(overall["change"], abs=1e-12)
    assert found.table[["mix", "rate"]].sum().sum() == pytest.approx(overall["change"], abs=1e-12)


def test_an_id_in_two_groups_counts_in_both_and_is_one_id_overall():
    both = frame([("a.cn", "delivered", 6), ("b.cn", "delivered", 4), ("a.cn", "failed", 1), ("b.cn", "failed", 1)])
    both = both.assign(email_id=both["email_id"].where(both["status"] == "delivered", "one").astype("str"))
    found = compare(frame([("a.cn", "delivered", 5), ("b.cn", "delivered", 5)]), both, by="domain")
    assert found.overall.iloc[0][["failed_after", "settled_after"]].tolist() == [1, 11]
    assert found.table["failed_after"].tolist() == [1, 1]
    assert found.overall.at["all", "mix"] + found.overall.at["all", "rate"] == pytest.approx(1 / 11)


def outcomes(domain, delivered, failed):
    return [(domain, "delivered", delivered), (domain, "failed", failed)]


def test_more_mail_to_those_who_fail_less_than_others_makes_it_better():
    bad = outcomes("bad.cn", 50, 50)
    before = frame([*outcomes("good.cn", 90, 10), *bad])
    table = compare(before, frame([*outcomes("good.cn", 360, 40), *bad]), by="domain").table
    assert table.loc["good.cn", "mix"] < 0
    assert table.loc["bad.cn", "mix"] < 0
    # Mail that fails as often as all mail changes nothing.
    table = compare(
        before, frame([*outcomes("good.cn", 90, 10), *bad, *outcomes("usual.cn", 140, 60)]), by="domain"
    ).table
    assert table.loc["usual.cn", "mix"] == pytest.approx(0)


def test_other_recipients_alone_are_mix_and_the_same_recipients_failing_more_are_rate():
    mixed = frame(
        [("a.cn", "delivered", 19), ("a.cn", "failed", 1), ("b.cn", "delivered", 270), ("b.cn", "failed", 30)]
    )
    overall = compare(BEFORE, mixed, by="domain").overall.iloc[0]
    assert overall["rate"] == pytest.approx(0, abs=1e-12)
    worse = frame(
        [("a.cn", "delivered", 90), ("a.cn", "failed", 10), ("b.cn", "delivered", 80), ("b.cn", "failed", 20)]
    )
    overall = compare(BEFORE, worse, by="domain").overall.iloc[0]
    assert overall["mix"] == pytest.approx(0, abs=1e-12)


def test_newly_failing_domains_are_named():
    now = frame([("a.cn", "delivered", 20), ("a.cn", "failed", 80), ("b.cn", "delivered", 90), ("b.cn", "failed", 10)])
    assert compare(BEFORE, now).newly_failing.index.tolist() == ["a.cn"]
    assert compare(BEFORE, BEFORE).newly_failing.empty


def test_the_same_ids_are_compared_in_pairs():
    earlier = frame([("a.cn", "delivered", 10), ("a.cn", "sending", 5), ("a.cn", "failed", 4)])
    later = earlier.copy()
    later["status"] = ["failed"] * 3 + ["delivered"] * 11 + ["failed"] * 4 + ["delivered"]
    found = compare(earlier, typed(later))
    assert found.paired.iloc[0][["ids", "newly_failed", "newly_delivered"]].tolist() == [14, 3, 1]
    assert found.paired.at[0, "p"] == pytest.approx(0.625)
    assert len(found.changed) == 9
    assert found.changed.columns.tolist() == ["email_id", "status_before", "status_after"]


def test_frames_without_an_id_in_common_are_not_paired():
    found = compare(BEFORE, AFTER)
    assert found.paired is None
    assert found.changed.empty


def test_a_frame_without_settled_mail_is_refused():
    with pytest.raises(EmailrcdError, match="No mail of after is settled"):
        compare(BEFORE, frame([("a.cn", "sending", 3)]))


def test_a_column_that_is_not_there_is_named():
    with pytest.raises(EmailrcdError, match="'domian'. Did you mean 'domain'"):
        compare(BEFORE, AFTER, by="domian")


def test_it_shows_itself():
    found = compare(BEFORE, AFTER, by="domain")
    assert "change" in repr(found)
    assert "<table" in found._repr_html_()
