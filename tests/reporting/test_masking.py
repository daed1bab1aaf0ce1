"""Masking: what becomes of addresses, and that none gets through."""

from __future__ import annotations

import base64
import hashlib
import html
import re
from urllib.parse import quote

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emailrcd.api.credentials import Credentials
from emailrcd.errors import EmailrcdError, UnsafeFile
from emailrcd.reporting.masking import HIDDEN, MASKS, Masking
from emailrcd.wording import harmless

PERSON = "jane.doe@gmail.com"
VANITY = "me@jane-doe.example"
CROWD = [PERSON, *(f"j{number}@gmail.com" for number in range(5)), *(f"k{number}@qq.com" for number in range(6))]
"""Enough people at two providers, all with one initial, to show domains and initials."""

SMALL = [VANITY, "a@example.com", "b@example.com", "c@doe.example", "娜@例子.公司"]
"""Five people whose domains are hidden."""


def frame(*addresses: str | None, **own: list[object]) -> pd.DataFrame:
    address = pd.Series(addresses, dtype="str")
    domain = address.str.replace(".*@", "", regex=True)
    return pd.DataFrame({"to_address": address, "domain": domain, **own})


@pytest.fixture
def masking():
    return Masking(frame(*CROWD, *SMALL))


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("write to jane.doe@gmail.com.", "write to j***@gmail.com."),
        ("Jane <jane.doe@gmail.com>", "Jane <j***@gmail.com>"),
        ("联系 jane@gmail.com谢谢", "联系 j***@gmail.com谢谢"),
        ('"jane doe"@gmail.com', "j***@gmail.com"),
        ("mailto:jane%40gmail.com", "mailto:j***@gmail.com"),
        ("jane&#64;gmail.com", "j***@gmail.com"),
        ("jane＠gmail.com", "j***@gmail.com"),
        ("stranger@gmail.com, me@strange.example", "***@gmail.com, ***@***"),
        ("j@bücher.example, j@[10.0.0.1]", "***@***, ***@***"),
        ("娜@例子.公司", "***@***"),
        ("nothing @ all, 5 @ 3", "nothing @ all, 5 @ 3"),
        ("5 @ 3.50, 12 (at) noon, at noon, a dot", "5 @ 3.50, 12 (at) noon, at noon, a dot"),
        ("jane@ gmail.com, jane [at] gmail.com", "j***@gmail.com, j***@gmail.com"),
        ("jane(at)gmail.com jane {AT} gmail [dot] com", "j***@gmail.com j***@gmail.com"),
        ("jane at gmail dot com", "j***@gmail.com"),
        ("jane@gmail[.]com", "j***@gmail.com"),
        ("jane@\u200bgmail.com jane%2540gmail.com jane&#x40;gmail.com", "j***@gmail.com j***@gmail.com j***@gmail.com"),
        ("bounce+jane=doe.example@bounces.example", "***@***"),
        ("ja\u202ene@gmail.com\x1b[2J", "j***@gmail.com\ufffd[2J"),
    ],
)
def test_an_address_in_a_text_is_masked_in_whatever_form_it_stands_there(masking, text, masked):
    assert masking.text(text) == masked


@pytest.mark.parametrize(
    ("address", "masked"),
    [
        ("Doe <jane@gmail.com>", "j***@gmail.com"),
        ("jane@gmail.com >", "j***@gmail.com"),
        ("jane@home@gmail.com", "j***@gmail.com"),
        ("not an address", "***"),
    ],
)
def test_an_address_is_masked_however_the_api_wrote_it(masking, address, masked):
    assert masking.address(address) == masked


def test_a_person_has_one_hash_however_the_address_is_written():
    hashing = Masking(frame(*CROWD), "hash")
    written = [PERSON, PERSON.upper(), f"Doe <{PERSON}>"]
    (name,) = {hashing.address(address) for address in written}
    assert re.fullmatch(r"#[0-9a-f]{10}@gmail\.com", name)


@pytest.mark.parametrize(("mask", "code"), [("mask", r"\*{3}"), ("drop", r"\[address\]"), ("hash", "#[0-9a-f]{10}")])
def test_a_hash_of_an_address_is_masked_as_an_address_is(mask, code):
    text = Masking(frame(PERSON), mask).text(f"see {hashlib.md5(PERSON.encode()).hexdigest()}, please")
    assert re.fullmatch(f"see {code}, please", text)


@pytest.mark.parametrize("address", [VANITY, PERSON, "娜@例子.公司"])
@pytest.mark.parametrize(
    "code",
    [
        *(
            lambda data, name=name: hashlib.new(name, data).hexdigest()
            for name in ("md5", "sha1", "sha256", "sha512", "sha3_256")
        ),
        lambda data: hashlib.sha256(data).hexdigest().upper(),
        lambda data: hashlib.md5(data + b"\n").hexdigest(),
        lambda data: base64.b64encode(hashlib.md5(data).digest()).decode(),
        lambda data: base64.b64encode(data).decode(),
        lambda data: base64.urlsafe_b64encode(b"to: " + data).decode().rstrip("="),
        lambda data: "id-" + base64.b64encode(data).decode(),
        bytes.hex,
    ],
)
def test_hashes_and_codes_of_an_address_are_masked(masking, address, code):
    word = code(address.encode())
    assert word not in masking.text(f"see {word}, please")
    assert masking.text(f"see {word}, please").endswith(", please")


@given(st.text(), st.text("0123456789abcdef", min_size=30, max_size=70))
def test_what_is_neither_an_address_nor_a_code_of_one_stays(text, code):
    plain = text.replace("@", "").replace("＠", "").replace("%", "").replace("&", "").replace(".", "")
    masking = Masking(frame(*CROWD, *SMALL))
    assert masking.text(f"{plain}") == harmless(plain) or "at" in plain.casefold()
    assert masking.text(f"batch {code}") == f"batch {code}" or b"@" in bytes.fromhex(code[: len(code) // 2 * 2])


def test_a_hidden_domain_is_masked_in_a_text_and_within_a_host_and_others_stay(masking):
    assert masking.text("nothing arrives at Jane-Doe.example: dead?") == "nothing arrives at ***: dead?"
    assert masking.text("see www.jane-doe.example and www.company.example") == "see *** and www.company.example"
    assert masking.text("to 例子.公司 or xn--fsqu00a.xn--55qx5d") == "to *** or ***"


def test_a_domain_of_a_large_provider_is_hidden_like_any_other():
    few = Masking(frame("a@icloud.com", *SMALL))
    assert few.domain("icloud.com") == HIDDEN


def test_all_text_columns_are_masked_and_other_values_stay():
    records = frame(
        PERSON,
        VANITY,
        None,
        remark=[f"550 no such user {PERSON}", None, "fine"],
        kind=pd.Categorical([PERSON, "b", "b"]),
        objects=[{"to": PERSON}, [VANITY], 3],
        arrow=pd.Series([PERSON, None, "x"], dtype=pd.ArrowDtype(pa.string())),
        number=[1, 2, 3],
        **{PERSON: ["x", "y", "z"]},
    )
    masked = Masking(records).frame(records)
    text = masked.to_csv()
    assert "jane" not in text
    assert masked["remark"].iloc[0] == "550 no such user ***@***"
    assert masked["number"].tolist() == [1, 2, 3]
    assert masked["to_address"].isna().tolist() == [False, False, True]
    assert masked["domain"].iloc[1] == HIDDEN


def test_a_domain_without_its_address_is_hidden_unless_enough_people_have_it(masking):
    records = pd.DataFrame(
        {"to_address": pd.Series([None, None], dtype="str"), "domain": ["strange.example", "qq.com"]}
    )
    assert masking.frame(records)["domain"].tolist() == [HIDDEN, "qq.com"]


@pytest.mark.parametrize("mask", MASKS)
def test_whatever_is_no_text_keeps_its_type_and_so_do_texts(mask):
    records = frame(
        PERSON,
        VANITY,
        status=pd.Categorical(["failed", "delivered"]),
        provider=pd.Categorical(["Gmail", "other"]),
        at=pd.to_datetime(["2026-11-01", None], utc=True),
        took=pd.to_timedelta([1, 2], unit="s"),
        late=[True, False],
    ).set_index(pd.Index([7, 3]))
    masked = Masking(records, mask).frame(records)
    assert masked.dtypes.tolist() == records.dtypes.tolist()
    pd.testing.assert_frame_equal(masked.iloc[:, 2:], records.iloc[:, 2:])


def test_columns_of_one_name_are_all_masked_and_all_kept():
    records = pd.concat([frame(PERSON), pd.DataFrame([[PERSON, PERSON]], columns=["note", "note"])], axis=1)
    masked = Masking(records).frame(records)
    assert masked.columns.tolist() == records.columns.tolist()
    assert masked.iloc[0, 2:].tolist() == ["***@***"] * 2


def test_hashes_tell_recipients_apart_within_a_file_and_not_across_files():
    records = frame(PERSON, PERSON.upper(), "john@gmail.com")
    one, other = (Masking(records, "hash").frame(records)["to_address"] for _ in range(2))
    assert one[0].casefold() == one[1].casefold()
    assert one[0] != one[2]
    assert not set(one) & set(other)


def test_dropped_addresses_leave_no_letter():
    records = frame(PERSON, remark=[f"to {PERSON}!"])
    masked = Masking(records, "drop").frame(records)
    assert masked["to_address"].isna().all()
    assert masked["remark"][0] == "to [address]!"


def test_an_unknown_mask_is_refused():
    with pytest.raises(EmailrcdError, match="mask must be one of mask, hash, drop, not 'blur'"):
        Masking(frame(), "blur")


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
    masking = Masking(frame(PERSON, VANITY))
    with pytest.raises(UnsafeFile, match="not written") as caught:
        masking.check(f"before {content} after")
    assert "jane" not in str(caught.value)


@pytest.mark.parametrize(
    "content", [PERSON, f"@team: {PERSON}", f"a@b.example {PERSON} c@d.example", f"c@{PERSON}", f"{'x ' * 100}{PERSON}"]
)
def test_a_known_address_is_met_wherever_it_stands(content):
    with pytest.raises(UnsafeFile, match="pass show_addresses=True"):
        Masking(frame(PERSON)).check(content)


@pytest.mark.parametrize(
    "written", [f"<{PERSON}>", f"Doe <{PERSON}>", f"Doe<{PERSON}>", f"mailto: {PERSON}", f" {PERSON} "]
)
def test_an_address_is_known_however_the_api_wrote_it(written):
    with pytest.raises(UnsafeFile):
        Masking(frame(written)).check(f"see {PERSON}, please")


def test_an_address_with_two_signs_is_known():
    with pytest.raises(UnsafeFile):
        Masking(frame('"jane@home"@gmail.com')).check('see "jane@home"@gmail.com, please')


def test_masked_addresses_and_those_of_strangers_pass_the_check():
    records = frame(PERSON, "j***@gmail.com", "a@gmail.com")
    masking = Masking(records)
    masking.check("j***@gmail.com, xjane.doe@gmail.com, support@vendor.example, b.a@gmail.com")
    for mask in MASKS:
        Masking(records, mask).check(Masking(records, mask).frame(records).to_csv())


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
    masking = Masking(records, mask)
    masking.check(masking.frame(records).to_csv())
    with pytest.raises(UnsafeFile):
        masking.check(f"see {addresses[0]}, please")


@pytest.mark.slow
def test_a_long_text_without_an_address_is_read_quickly_enough_to_finish():
    assert Masking(frame()).text("a" * 200_000 + "@").endswith("a@")


@pytest.mark.parametrize(
    "content",
    ["key Zx8kQ2pLw9 here", "mY5ecret77", "Sign: 05d7a50893e22a5c4bb3216ae3396c7c", '"api_secret": "whatever9"'],
)
def test_a_secret_in_a_file_refuses_it(content):
    held = Credentials("app", "Zx8kQ2pLw9", "mY5ecret77")
    with pytest.raises(UnsafeFile, match="API key, secret or signature") as caught:
        Masking(frame()).check(f"text {content} text")
    assert held.api_secret not in str(caught.value)


def test_a_secret_in_the_environment_is_known_too(monkeypatch):
    monkeypatch.setenv("EMAILRCD_API_SECRET", "fromtheenvironment")
    with pytest.raises(UnsafeFile):
        Masking(frame()).check("fromtheenvironment")
