"""The encoding of a file: known, or a guess that is told."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emailrcd.errors import IdsError
from emailrcd.files.encodings import as_text
from emailrcd.files.table import Content

COMMON = (
    "的一是了我不人在他有这个上们来到时大地为子中你说生国年着就那和要她出也得里后自以会家可下而过天去能对小多然于心学"
)


def read(data: bytes) -> tuple[str, list[str]]:
    text = as_text(Content("a.csv", lambda: io.BytesIO(data)))
    with text.open() as opened:
        return opened.read(), text.notices


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\ufeff\r"), max_size=60))
def test_utf_8_and_utf_16_are_never_a_guess(text):
    for encoding in ("utf-8", "utf-8-sig", "utf-16"):
        assert read(text.encode(encoding)) == (text, [])


@given(st.text(st.sampled_from(COMMON + "，。abc 12\n"), min_size=8, max_size=200))
def test_chinese_of_a_chinese_excel_is_read_as_what_it_is(text):
    found, notices = read(text.encode("gb18030"))
    assert found == text or notices


@given(st.lists(st.sampled_from(["봄 세일", "신제품", "회원 할인", "서울", "김철수", "이영희", "박지성"]), min_size=1))
def test_korean_is_not_taken_for_chinese_without_a_word(words):
    text = "emailId,고객\n" + "\n".join(words)
    for encoding in ("euc-kr", "cp949"):
        found, notices = read(text.encode(encoding))
        assert found == text
        assert "read as CP949, which is a guess" in notices[0]


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("emailId,ville\n1,Orléans\n", "latin-1"),
        ("emailId,ville\n1,café", "latin-1"),
        ("emailId,Straße\n1,über\n", "cp1252"),
        ("emailId,活動\n1,秋季促銷\n", "big5"),
        ("emailId,город\n1,Москва\n", "cp1251"),
        ("emailId,都市\n1,とうきょう\n", "shift_jis"),
        ("emailId,도시\n1,서울\n2,김철수\n", "euc-kr"),
    ],
)
def test_other_encodings_are_never_read_silently(text, encoding):
    found, notices = read(text.encode(encoding))
    assert "is a guess" in notices[0]
    assert found.startswith("emailId,")
    if encoding not in ("cp1251", "shift_jis"):
        assert found == text


def test_a_few_stray_bytes_do_not_turn_utf_8_into_something_else():
    data = ("活动,春节\n" * 200).encode()
    found, notices = read(data[:10] + b"\xff" + data[10:])
    assert "春节" in found
    assert "may be damaged" in notices[0]


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16"])
def test_a_file_that_ends_in_the_midst_of_a_character_was_cut(encoding):
    data = ("活动,春节中秋的\n" * 20).strip().encode(encoding)
    with pytest.raises(IdsError, match="ends in the midst of a character: it was cut off"):
        read(data[:-1])
