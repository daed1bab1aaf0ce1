"""Masking: what becomes of addresses, and that none gets through."""

from __future__ import annotations

import html
from urllib.parse import quote

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emailrcd.api.credentials import Credentials
from emailrcd.errors import EmailrcdError, UnsafeFile
from emailrcd.reporting.masking import FEW, HIDDEN, MASKS, Masking

PERSON = "jane.doe@gmail.com"
VANITY = "me@jane-doe.example"


def frame(*addresses: str | None, **own: list[object]) -> pd.DataFrame:
    address = pd.Series(addresses, dtype="str")
    domain = address.str.rpartition("@")[2].astype("str")
    return pd.DataFrame({"to_address": address, "domain": domain, **own})


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("write to jane.doe@gmail.com.", "write to j***@gmail.com."),
        ("Jane <jane.doe@gmail.com>", "Jane <j***@gmail.com>"),
        ("联系 jane@qq.com谢谢", "联系 j***@qq.com谢谢"),
        ('"jane doe"@gmail.com', "j***@gmail.com"),
        ("mailto:jane%40gmail.com", "mailto:j***@gmail.com"),
        ("jane&#64;gmail.com", "j***@gmail.com"),
        ("jane＠gmail.com", "j***@gmail.com"),
        ("j@bücher.example, j@[10.0.0.1]", "j***@***, j***@***"),
        ("娜@例子.公司", "娜***@***"),
        ("nothing @ all, 5 @ 3", "nothing @ all, 5 @ 3"),
        ("5 @ 3.50, 12 (at) noon", "5 @ 3.50, 12 (at) noon"),
        ("jane@ gmail.com, jane [at] gmail.com", "j***@gmail.com, j***@gmail.com"),
        ("jane@\u200bgmail.com jane%2540gmail.com jane&#x40;gmail.com", "j***@gmail.com j***@gmail.com j***@gmail.com"),
        ("bounce+jane=doe.example@bounces.example", "b***@***"),
    ],
)
def test_an_address_in_a_text_is_masked_in_whatever_form_it_stands_there(text, masked):
    assert Masking([]).text(text) == masked


def test_a_domain_with_few_mails_or_one_address_is_masked_and_a_providers_never():
    records = frame(
        *(f"user{number}@company.example" for number in range(FEW)),
        *["me@jane-doe.example"] * FEW,
        *(f"u{number}@small.example" for number in range(FEW - 1)),
        "a@icloud.com",
    )
    masking = Masking([records])
    assert [
        masking.domain(name) for name in ("company.example", "jane-doe.example", "small.example", "icloud.com")
    ] == [
        "company.example",
        HIDDEN,
        HIDDEN,
        "icloud.com",
    ]
    assert masking.text("nothing arrives at Jane-Doe.example: dead?") == "nothing arrives at ***: dead?"
    assert masking.text("see www.jane-doe.example and www.company.example") == "see *** and www.company.example"


def test_a_small_domain_is_masked_in_either_spelling():
    records = frame("me@例子.公司")
    assert Masking([records]).text("to 例子.公司 or xn--fsqu00a.xn--55qx5d") == "to *** or ***"


def test_all_text_columns_are_masked_and_other_values_stay():
    records = frame(
        PERSON,
        VANITY,
        None,
        remark=[f"550 no such user {PERSON}", None, "fine"],
        kind=pd.Categorical([PERSON, "b", "b"]),
        objects=[{"to": PERSON}, [VANITY], 3],
        number=[1, 2, 3],
        **{PERSON: ["x", "y", "z"]},
    )
    masked = Masking([records]).frame(records)
    text = masked.to_csv()
    assert "jane" not in text
    assert masked["remark"].iloc[0] == "550 no such user j***@gmail.com"
    assert masked["number"].tolist() == [1, 2, 3]
    assert masked["to_address"].isna().tolist() == [False, False, True]
    assert masked["domain"].iloc[1] == HIDDEN


def test_columns_of_one_name_are_all_masked_and_all_kept():
    records = pd.concat([frame(PERSON), pd.DataFrame([[PERSON, PERSON]], columns=["note", "note"])], axis=1)
    masked = Masking([records]).frame(records)
    assert masked.columns.tolist() == records.columns.tolist()
    assert masked.iloc[0, 2:].tolist() == ["j***@gmail.com"] * 2


def test_hashes_tell_recipients_apart_within_a_file_and_not_across_files():
    records = frame(PERSON, PERSON.upper(), "john@gmail.com")
    one, other = (Masking([records], "hash").frame(records)["to_address"] for _ in range(2))
    assert one[0].casefold() == one[1].casefold()
    assert one[0] != one[2]
    assert not set(one) & set(other)


def test_dropped_addresses_leave_no_letter():
    records = frame(PERSON, remark=[f"to {PERSON}!"])
    masked = Masking([records], "drop").frame(records)
    assert masked["to_address"].isna().all()
    assert masked["remark"][0] == "to [address]!"


def test_an_unknown_mask_is_refused():
    with pytest.raises(EmailrcdError, match="mask must be one of mask, hash, drop, not 'blur'"):
        Masking([], "blur")


@pytest.mark.parametrize(
    "content",
    [
        PERSON,
        PERSON.upper(),
        f"x={PERSON}.Then",
        f"联系{PERSON}谢谢",
        f"to:{quote(PERSON, safe='')}",
        html.escape(PERSON).replace("@", "&#64;"),
        PERSON.replace("@", "＠"),
        f'"{PERSON}"',
        PERSON.replace("@", "=40"),
        PERSON.replace("@", " [at] "),
        PERSON.replace("@", "@ "),
        PERSON.replace("@", "@\u200b"),
        quote(quote(PERSON, safe=""), safe=""),
    ],
)
def test_a_known_address_in_a_file_refuses_it_without_saying_which(content):
    masking = Masking([frame(PERSON, VANITY)])
    with pytest.raises(UnsafeFile, match="not written") as caught:
        masking.check(f"before {content} after")
    assert "jane" not in str(caught.value)


def test_masked_addresses_and_those_of_strangers_pass_the_check():
    records = frame(PERSON, "j***@gmail.com", "a@gmail.com")
    masking = Masking([records])
    masking.check("j***@gmail.com, xjane.doe@gmail.com, support@vendor.example, b.a@gmail.com")
    for mask in MASKS:
        Masking([records], mask).check(Masking([records], mask).frame(records).to_csv())


@given(
    st.lists(
        st.builds(
            "{}@{}".format,
            st.text(st.characters(codec="utf-8", categories=["L", "N"]), min_size=2, max_size=12),
            st.sampled_from(["qq.com", "gmail.com", "vanity.example", "例子.公司"]),
        ),
        min_size=1,
        max_size=8,
    ),
    st.sampled_from(MASKS),
)
def test_what_is_masked_passes_and_what_is_not_is_refused(addresses, mask):
    records = frame(*addresses, note=[f"for {address}, urgent" for address in addresses])
    masking = Masking([records], mask)
    masking.check(masking.frame(records).to_csv())
    with pytest.raises(UnsafeFile):
        masking.check(f"see {addresses[0]}, please")


def test_a_long_text_without_an_address_is_read_quickly_enough_to_finish():
    assert Masking([]).text("a" * 200_000 + "@").endswith("a@")


@pytest.mark.parametrize(
    "content",
    ["key Zx8kQ2pLw9 here", "mY5ecret77", "Sign: 05d7a50893e22a5c4bb3216ae3396c7c", '"api_secret": "whatever9"'],
)
def test_a_secret_in_a_file_refuses_it(content):
    held = Credentials("app", "Zx8kQ2pLw9", "mY5ecret77")
    with pytest.raises(UnsafeFile, match="API key, secret or signature") as caught:
        Masking([]).check(f"text {content} text")
    assert held.api_secret not in str(caught.value)


def test_a_secret_in_the_environment_is_known_too(monkeypatch):
    monkeypatch.setenv("EMAILRCD_API_SECRET", "fromtheenvironment")
    with pytest.raises(UnsafeFile):
        Masking([]).check("fromtheenvironment")
