"""Reports on records that are full of private addresses, in every form a text can hold one."""

from __future__ import annotations

import base64
import hashlib
import html
import re
import unicodedata
from urllib.parse import unquote

import pytest

import emailrcd
from emailrcd.records.ledger import Ledger
from emailrcd.reporting import SUFFIXES
from emailrcd.sandbox import Sandbox
from tests.reporting.readable import text_of

pytestmark = pytest.mark.slow

PEOPLE = [
    ("zhang.wei", "lao-wang.example"),
    ("oleary+news", "qq.com"),
    ('"jane doe"', "gmail.com"),
    ("名字某某", "例子.公司"),
    ("Upper.Case", "Gmail.COM"),
    ("robert", "robert-smith.me"),
    ("o'brien", "obrien-family.ie"),
]
CODES = [
    lambda address: hashlib.md5(address).hexdigest(),
    lambda address: hashlib.sha1(address).hexdigest(),
    lambda address: f"sha256:{hashlib.sha256(address).hexdigest()}",
    lambda address: base64.b64encode(address).decode(),
]
PRIVATE = [
    "zhang.wei",
    "lao-wang",
    "oleary",
    "jane doe",
    "名字某某",
    "例子.公司",
    "xn--fsqu00a",
    "upper.case",
    "robert",
    "obrien",
]

FORMS = [
    "{0}@{1}",
    "{0}＠{1}",
    "{0}%40{1}",
    "{0}%2540{1}",
    "{0}&#64;{1}",
    "{0}&#x40;{1}",
    "{0}\\u0040{1}",
    "{0}@\u200b{1}",
    "{0}@ {1}",
    "{0} @ {1}",
    "{0}[at]{1}",
    "{0} (at) {1}",
    "http://x.example/?u={0}@{1}",
    "mailto:{0}@{1}?subject=1",
    "<{0}@{1}>",
    "{0}@{1}谢谢",
    "收件人{0}@{1}",
]


@pytest.fixture(scope="module")
def records():
    with Sandbox() as sandbox, sandbox.client() as client:
        records = client.query(sandbox.sample_campaign(400), progress=False)
    addresses = [f"{local}@{domain}" for local, domain in PEOPLE]
    records.loc[records.index[: len(PEOPLE)], "to_address"] = addresses
    records.loc[records.index[: len(PEOPLE)], "domain"] = [domain.lower() for _, domain in PEOPLE]
    records.loc[records.index[: len(PEOPLE)], "status"] = "failed"
    texts = [form.format(local, domain) for form in FORMS for local, domain in PEOPLE]
    texts += [
        "bounce+zhang.wei=lao-wang.example@bounces.example",
        "www.lao-wang.example",
        "http://MAIL.Robert-Smith.me/",
    ]
    texts += ["xn--fsqu00a.xn--55qx5d"]
    texts += [code(address.encode()) for code in CODES for address in addresses]
    records["remark"] = (texts * 4)[: len(records)]
    records["zhang.wei@lao-wang.example"] = ["a", "b"] * (len(records) // 2)
    records["zack@lao-wang.example"] = ["c", "d"] * (len(records) // 2)
    records["time for robert@robert-smith.me"] = records["sent_at"]
    records.loc[records.index[10:13], ["status", "error"]] = ["unanswered", "no answer for robert@robert-smith.me"]
    records.attrs["emailrcd"]["notices"] = ["Row 7 (o'brien@obrien-family.ie) is odd."]
    records.attrs["emailrcd"]["base_url"] = "http://127.0.0.1/email"
    return records


def private(text: str) -> list[str]:
    """Return what of the people stands in a text, as a browser or a reader would see it."""
    images = [base64.b64decode(data).decode() for data in re.findall(r"svg\+xml;base64,([\w+/=]+)", text)]
    plain = unicodedata.normalize("NFKC", "\n".join([text, *images])).replace("\u200b", "")
    seen = "\n".join([plain, html.unescape(plain), unquote(unquote(plain)), plain.replace("\\", "")]).casefold()
    codes = [code(f"{local}@{domain}".encode()).casefold() for code in CODES for local, domain in PEOPLE]
    return [each for each in [*PRIVATE, *codes] if each in seen]


@pytest.mark.parametrize("mask", ["mask", "hash", "drop"])
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_nothing_of_a_person_is_left_in_a_report(records, tmp_path, suffix, mask):
    own = [name for name in records.columns if "@" in name and "time" not in name]
    path = emailrcd.report(
        records,
        tmp_path / f"x{suffix}",
        title="For Zhang.Wei@lao-wang.example ＆ friends",
        before=records.head(200),
        by=[*own, "remark"],
        at="time for robert@robert-smith.me",
        columns=["remark", *own],
        filters="domain lao-wang.example, not robert@robert-smith.me",
        mask=mask,
    )
    assert private(text_of(path)) == []
    # What tells nobody apart is still there.
    assert "qq.com" in text_of(path)


def test_names_that_are_one_when_masked_stay_two_columns(records, tmp_path):
    own = [name for name in records.columns if name.endswith("@lao-wang.example")]
    text = emailrcd.report(records, tmp_path / "x.md", by=own).read_text().replace("\\", "")
    assert "## By ***@***\n" in text
    assert "## By ***@*** (2)\n" in text


def test_the_folder_of_a_ledger_is_not_told(tmp_path):
    folder = tmp_path / "home" / "zhang.wei"
    folder.mkdir(parents=True)
    with Sandbox() as sandbox, sandbox.client() as client, Ledger(folder / "history.sqlite") as ledger:
        client.query(sandbox.sample_ids(20), ledger=ledger, progress=False)
        text = emailrcd.report(ledger.records(), tmp_path / "x.md").read_text()
    assert "From: history.sqlite (sandbox)" in text
    assert "zhang.wei" not in text


@pytest.mark.parametrize("options", [{"at": "nowhere"}, {"by": "nowhere"}, {"columns": "nowhere"}])
def test_a_column_that_is_not_there_is_refused_by_name(records, tmp_path, options):
    with pytest.raises(emailrcd.EmailrcdError, match="nowhere"):
        emailrcd.report(records, tmp_path / "x.html", **options)
