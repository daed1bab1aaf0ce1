"""Reports: what they say, that it is right, and that it can be sent to somebody."""

from __future__ import annotations

import base64
import io
import json
import re
import zipfile
from html.parser import HTMLParser

import pandas as pd
import pyarrow as pa
import pypdfium2 as pdfium
import pytest
from python_calamine import CalamineWorkbook

import emailrcd
from emailrcd.analysis import tables
from emailrcd.api.credentials import Credentials
from emailrcd.charts import STATUS_COLORS
from emailrcd.errors import EmailrcdError, EmailrcdWarning, UnsafeFile
from emailrcd.records.builder import empty
from emailrcd.reporting import SUFFIXES, pdf
from emailrcd.sandbox import Sandbox
from tests.analysis.frames import records_of
from tests.reporting.readable import text_of

HOSTILE = [
    "<script>alert(1)</script>",
    "</script><img src=x onerror=alert(1)>",
    '=HYPERLINK("http://evil.example")',
    "#sys.inputs $x$ *[_a_]*",
    "[click](http://evil.example) @everyone | `x`",
    "双十一预热",
]


@pytest.fixture(scope="session")
def both_runs():
    with Sandbox() as sandbox, sandbox.client() as client:
        records = client.query(sandbox.sample_campaign(3_000), progress=False)
    before, after = records.iloc[:1_200].copy(), records.iloc[1_200:].copy()
    before.attrs = after.attrs = records.attrs
    return before, after


@pytest.fixture
def records(both_runs):
    return both_runs[1].copy()


@pytest.fixture
def before(both_runs):
    return both_runs[0].copy()


class Parts(HTMLParser):
    """Collects elements and what they point at."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))

    def all(self, tag):
        return [attributes for name, attributes in self.seen if name == tag]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_no_address_stands_in_a_report(records, before, tmp_path, suffix):
    records["remark"] = "bounced: " + records["to_address"].fillna("nobody")
    records["kind"] = records["to_address"].str[:1].astype("category")
    path = emailrcd.report(records, tmp_path / f"x{suffix}", before=before, columns=["remark"], by=["kind"])
    text = text_of(path).casefold()
    assert ".sandbox@" not in text
    assert not [address for address in records["to_address"].dropna().head(300) if address.casefold() in text]
    assert "***@" in text.replace("\\", "")


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_addresses_that_are_shown_are_announced(records, tmp_path, suffix):
    text = text_of(emailrcd.report(records, tmp_path / f"x{suffix}", show_addresses=True))
    assert ".sandbox@" in text.replace("\\", "")
    assert "do not pass" in text


@pytest.mark.slow
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_answers_of_the_sandbox_are_marked_and_others_are_not(records, tmp_path, suffix):
    assert "SANDBOX" in text_of(emailrcd.report(records, tmp_path / f"x{suffix}", mask="drop"))
    records["to_address"] = records["to_address"].str.replace(".sandbox", "")
    records.attrs = {}
    assert "SANDBOX" not in text_of(emailrcd.report(records, tmp_path / f"real{suffix}"))


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_an_empty_frame_and_one_where_nothing_is_settled_have_reports(records, tmp_path, suffix):
    assert "no mails to report on" in text_of(emailrcd.report(empty(), tmp_path / f"none{suffix}"))
    still = records[records["status"].isin(["sending", "not_found"])]
    assert "settled yet" in text_of(emailrcd.report(still, tmp_path / f"open{suffix}", before=records))


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_raw_address_that_comes_in_unrecognised_refuses_the_file(records, tmp_path, suffix):
    # Masking reads text as it stands; the check reads it as a browser would, too.
    address = records["to_address"].dropna().iloc[0]
    encoded = "".join(f"&#{ord(sign)};" for sign in address)
    with pytest.raises(UnsafeFile, match="not written") as caught:
        emailrcd.report(records, tmp_path / f"x{suffix}", title=f"for {encoded}")
    assert address not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("shown", [False, True])
def test_a_secret_refuses_the_file_even_where_addresses_are_shown(records, tmp_path, suffix, shown):
    held = Credentials("app", "Qx7LmN2pRt", "v9KdW3sZyB")
    records["note"] = ["see Qx7LmN2pRt", *["fine"] * (len(records) - 1)]
    with pytest.raises(UnsafeFile):
        emailrcd.report(records, tmp_path / f"x{suffix}", by="note", show_addresses=shown)
    assert held.api_key not in str(list(tmp_path.iterdir()))


def test_html_refers_to_nothing_outside_itself_and_allows_nothing_else(records, before, tmp_path):
    text = emailrcd.report(records, tmp_path / "x.html", before=before).read_text()
    parts = Parts(text)
    links = [attributes["href"] for attributes in parts.all("a")]
    ids = {attributes.get("id") for _, attributes in parts.seen}
    assert all(link.startswith("#") and link[1:] in ids for link in links)
    assert len(links) >= 8
    assert all(image["src"].startswith("data:image/svg+xml;base64,") and image["alt"] for image in parts.all("img"))
    assert not [attributes for _, attributes in parts.seen if "style" in attributes or "onclick" in attributes]
    assert [tag for tag, _ in parts.seen if tag in ("link", "iframe", "object", "base", "form")] == []
    policy = parts.all("meta")[1]["content"]
    assert policy.startswith("default-src 'none'; img-src data:; style-src 'sha256-")
    assert "unsafe" not in policy
    assert re.findall(r"url\(|@import", text) == []


def test_the_figure_in_html_loads_nothing_and_follows_the_readers_colours(records, tmp_path):
    text = emailrcd.report(records, tmp_path / "x.html").read_text()
    svg = base64.b64decode(Parts(text).all("img")[0]["src"].partition(",")[2]).decode()
    assert "prefers-color-scheme:dark" in svg
    assert re.findall(r'href="(?!#)[^"]*"', svg) == []
    drawn = svg.partition("</style>")[2]
    # Neither ink nor any status keeps the colour it has on paper.
    assert [color for color in ("#1c1e21", *STATUS_COLORS.values()) if color in drawn] == []


@pytest.mark.parametrize("suffix", [".html", ".md"])
def test_hostile_names_stay_text(records, tmp_path, suffix):
    records["campaign"] = pd.Series(HOSTILE * len(records), dtype="str")[: len(records)].to_numpy()
    text = emailrcd.report(
        records, tmp_path / f"x{suffix}", by="campaign", columns="campaign", title=HOSTILE[0]
    ).read_text()
    if suffix == ".html":
        assert len(Parts(text).all("script")) == 2
        assert [each for each in Parts(text).all("img") if "onerror" in each] == []
        data = json.loads(re.search(r'id="data">(.*?)</script>', text, re.S)[1])
        assert {row[-1] for row in data["rows"]} == set(HOSTILE)
    else:
        assert "<script" not in text.replace("\\<", "")
        assert not re.search(r"(?<!\\)\[click", text)
        assert "http://evil" not in text
        assert "@everyone" not in text


def test_a_workbook_is_typed_filtered_and_free_of_formulas(records, before, tmp_path):
    records["campaign"] = pd.Series(HOSTILE * len(records), dtype="str")[: len(records)].to_numpy()
    path = emailrcd.report(records, tmp_path / "x.xlsx", before=before, columns="campaign")
    book = CalamineWorkbook.from_path(str(path))
    assert book.sheet_names == [
        "SANDBOX summary",
        "by provider",
        "by domain",
        "by campaign",
        "by template",
        "over time",
        "investigation",
        "comparison",
        "missing",
        "mails",
        "about",
    ]
    summary = book.get_sheet_by_name("SANDBOX summary").to_python()
    total = tables.summary(records).iloc[0]
    assert summary[1][1:3] == [total["delivered"], total["settled"]]
    assert summary[1][3] == pytest.approx(total["delivery_rate"])
    mails = book.get_sheet_by_name("mails").to_python()
    assert all(re.fullmatch(r"\d{19}", row[0]) for row in mails[1:])
    assert len(mails) == len(records) + 1
    assert HOSTILE[2] in {row[-1] for row in mails}
    with zipfile.ZipFile(path) as archive:
        sheets = [archive.read(name).decode() for name in archive.namelist() if "worksheets/sheet" in name]
    assert all("<autoFilter" in sheet and "<cols>" in sheet for sheet in sheets)
    assert not any("<f>" in sheet or "<hyperlink" in sheet for sheet in sheets)


@pytest.mark.slow
def test_a_workbook_has_the_charts_of_a_report_with_their_descriptions_and_columns_as_wide_as_their_texts(
    records, before, tmp_path
):
    path = emailrcd.report(records, tmp_path / "x.xlsx", before=before, by=["campaign"])
    with zipfile.ZipFile(path) as archive:
        pictures = [name for name in archive.namelist() if name.startswith("xl/media/")]
        drawing = archive.read("xl/drawings/drawing1.xml").decode()
        first = archive.read("xl/worksheets/sheet1.xml").decode()
    described = re.findall(r'descr="([^"]+)"', drawing)
    assert [text.split(":")[0].split(" in ")[0] for text in described] == [
        "Delivery rate over time",
        "Delivery by provider",
        "Delivery by domain",
        "Delivery by campaign",
        described[-1].split(":")[0],
    ]
    assert described[-1].startswith("Failure rate ")
    assert len(pictures) == len(described)
    # Below each other, and below the table.
    rows = [int(row) for row in re.findall(r"<xdr:(?:from|to)>.*?<xdr:row>(\d+)", drawing)]
    assert rows == sorted(rows)
    assert rows[0] > first.count("<row ")
    widths = [float(width) for width in re.findall(r'<col [^>]*width="([\d.]+)"', first)]
    assert widths[0] > len("what open mail can still make of it")


@pytest.mark.slow
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_report_speaks_to_people_and_not_of_python(records, before, tmp_path, suffix):
    timeless = records.drop(columns="sent_at")
    timeless["submitted_at_estimated"] = pd.Series(pd.NaT, timeless.index, "datetime64[us, UTC]")
    for frame, other in ((records, before), (timeless, before[before["status"] == "sending"])):
        text = text_of(emailrcd.report(frame, tmp_path / f"x{suffix}", before=other, most=20))
        text = re.sub(r"<(style|script).*?</\1>|<svg.*?</svg>|<(?:img|meta)[^>]*>|xmlns\S+", "", text, flags=re.S)
        assert (
            re.findall(r"\b[a-z_]+=…|\bemailrcd\.[a-z_]+|DataFrame|dtype|delivery_rate|next_step|Client\b", text) == []
        )


@pytest.mark.slow
@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("shown", [False, True])
def test_nothing_in_a_report_is_obeyed_by_a_terminal_or_turns_text(records, tmp_path, suffix, shown):
    hostile = "a\x1b[2Jb\u202ec\u2066d\x07\x9b"
    records["note"] = hostile
    records.loc[records.index[:2], ["status", "error"]] = ["unanswered", hostile]
    records[hostile] = records["campaign"] + "\u200f\x1b"
    records.attrs["emailrcd"] = records.attrs["emailrcd"] | {"notices": [hostile], "base_url": hostile}
    options = {"columns": ["note"], "by": ["note", hostile], "title": hostile, "filters": hostile}
    text = text_of(emailrcd.report(records, tmp_path / f"x{suffix}", show_addresses=shown, **options))
    assert sorted(set(text) & set("\x1b\x07\x9b\u202e\u2066\u200f")) == []


def test_sheets_have_names_that_excel_takes(records, tmp_path):
    name = "A/B [test]: which of the two subjects?"
    for own in (name, name.upper(), "history"):
        records[own] = records["campaign"]
    path = emailrcd.report(records, tmp_path / "x.xlsx", by=[name, name.upper(), "history"])
    names = CalamineWorkbook.from_path(str(path)).sheet_names
    assert len({each.casefold() for each in names}) == len(names)
    assert all(len(each) <= 31 and not set(each) & set("[]:*?/\\") for each in names)


def test_the_mails_listed_are_the_failed_and_open_ones_first_and_the_rest_is_told(records, tmp_path):
    text = emailrcd.report(records, tmp_path / "x.html", most=400).read_text()
    rows = json.loads(re.search(r'id="data">(.*?)</script>', text, re.S)[1])["rows"]
    statuses = [row[1] for row in rows]
    assert len(rows) == 400
    assert statuses == sorted(
        statuses, key=["failed", "unanswered", "invalid", "sending", "not found", "delivered"].index
    )
    assert f"400 of {len(records):,} mails" in text
    assert f"{len(records) - 400:,} are left out" in text


def test_a_report_on_very_many_mails_can_be_mailed(records, tmp_path):
    many = pd.concat([records] * 56, ignore_index=True)
    many["email_id"] = [f"{number:019}" for number in range(len(many))]
    assert len(many) > 100_000
    assert emailrcd.report(many, tmp_path / "x.html").stat().st_size < 3_000_000


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_columns_may_be_numbered_and_named_twice(records, tmp_path, suffix):
    numbered = pd.concat([records, records[["campaign"]]], axis=1).rename(columns={"template": 7})
    numbered.attrs = records.attrs
    text = text_of(emailrcd.report(numbered, tmp_path / f"x{suffix}", columns=[7]))
    assert "campaign (2)" in text.replace("\\", "")


@pytest.mark.slow
def test_columns_of_the_users_join_the_list_only_when_chosen(records, tmp_path):
    records["customer"] = [f"customer {number}" for number in range(len(records))]
    text = emailrcd.report(records, tmp_path / "without.html").read_text()
    assert "customer" not in text
    assert "customer 7" in emailrcd.report(records, tmp_path / "with.html", columns="customer").read_text()


def test_numbers_stand_with_their_denominators_and_intervals(records, tmp_path):
    text = emailrcd.report(records, tmp_path / "x.md").read_text()
    total = tables.summary(records).iloc[0]
    assert f"{total['delivery_rate']:.1%} of {total['settled']:,.0f} settled" in text
    assert f"{total['delivery_rate_low']:.1%} – {total['delivery_rate_high']:.1%}" in text
    assert f"with {total['open']:.0f} open it can become" in text
    assert "unexplained" in text


def headline_of(records, tmp_path, **options) -> str:
    return emailrcd.report(records, tmp_path / "x.md", **options).read_text().split("**")[1].replace("\\", "")


def test_the_headline_is_right_for_all_none_and_one(records, before, tmp_path):
    delivered, failed = (records[records["status"] == status].head(400) for status in ("delivered", "failed"))
    assert headline_of(delivered, tmp_path) == "All 400 settled mails were delivered."
    assert headline_of(delivered.head(1), tmp_path) == "The only settled mail was delivered."
    assert headline_of(failed.head(1), tmp_path).startswith("The only settled mail failed")
    nobody = records.head(30).assign(status="invalid", error="refused")
    assert headline_of(nobody, tmp_path) == "None of 30 mails is settled yet: 30 refused by the API."
    nearly = pd.concat([delivered] * 10 + [failed.head(1)], ignore_index=True)
    nearly["email_id"] = [f"{number:019}" for number in range(len(nearly))]
    assert headline_of(nearly, tmp_path).startswith(">99.9% of 4,001 settled mails were delivered; ")


def test_a_change_that_may_be_chance_is_told_as_none(records, tmp_path):
    alike = records.copy()
    alike.loc[alike.index[alike["status"] == "delivered"][0], "status"] = "failed"
    assert "no clear change from the earlier run" in headline_of(records, tmp_path, before=alike)
    flawless = records[records["status"] == "delivered"]
    assert "points less than in the earlier run" in headline_of(records, tmp_path, before=flawless)


@pytest.mark.parametrize("suffix", [".html", ".pdf", ".md"])
def test_where_nothing_failed_nothing_is_explained(records, tmp_path, suffix):
    clean = records[records["status"] == "delivered"]
    text = text_of(emailrcd.report(clean, tmp_path / f"x{suffix}"))
    assert "Nothing failed." in text
    assert "the rest" not in text


def test_the_unexplained_rest_does_not_exceed_its_failures(records, tmp_path):
    text = emailrcd.report(records, tmp_path / "x.html").read_text()
    for failed, excess in re.findall(r"([\d,]+) failed, ([\d,]+) of them in excess", text):
        assert int(excess.replace(",", "")) <= int(failed.replace(",", ""))
    assert re.search(r"\d+ failed; \d+ of those above would have failed anyway", text)


def test_what_is_missing_is_counted_with_its_reason(records, tmp_path):
    records.loc[records.index[:3], ["status", "error"]] = ["unanswered", "TimedOut: no reply"]
    records.attrs["emailrcd"]["notices"] = ["The counts of 2 replies disagree with their rows."]
    text = emailrcd.report(records, tmp_path / "x.md").read_text()
    assert "| No answer | 3 | TimedOut: no reply |" in text
    assert "The counts of 2 replies disagree" in text


def test_days_of_sending_that_are_text_are_a_timeline_and_no_groups(records, tmp_path):
    records["sent_at"] = ["2026-11-20", "2026-11-21"] * (len(records) // 2)
    text = emailrcd.report(records, tmp_path / "x.md").read_text()
    assert "(sent\\_at)" in text
    assert "By sent" not in text


def test_domains_that_begin_to_fail_and_are_not_listed_are_counted(tmp_path):
    addresses = [f"{name}@domain{place:02}.cn" for place in range(20) for name in "abcdefghij"]
    runs = [records_of(*[status] * 200, addresses=addresses) for status in ("delivered", "failed")]
    for frame in runs:
        frame["domain"] = frame["to_address"].str.split("@").str[1]
    text = text_of(emailrcd.report(runs[1], tmp_path / "x.html", before=runs[0]))
    assert "domain11.cn and 8 more" in text
    hidden = [frame.assign(to_address=frame["domain"].map("a@{}".format).astype("str")) for frame in runs]
    assert "20 domains, not named" in text_of(emailrcd.report(hidden[1], tmp_path / "y.html", before=hidden[0]))


def test_a_comparison_is_told_and_one_that_cannot_be_made_is_explained(records, before, tmp_path):
    text = emailrcd.report(records, tmp_path / "x.md", before=before).read_text()
    assert "## Against the earlier run" in text
    assert "The failure rate went from" in text
    unsettled = before[before["status"] == "sending"]
    assert "nothing to compare yet" in emailrcd.report(records, tmp_path / "x.md", before=unsettled).read_text()


def test_where_a_report_comes_from_is_enough_to_make_it_again(records, tmp_path):
    options = {"by": ["campaign"], "filters": "provider Tencent QQ", "tz": "UTC", "mask": "hash", "title": "Monday"}
    one, other = (
        emailrcd.report(frame, tmp_path / "x.md", **options).read_text() for frame in (records, records[::-1])
    )
    fingerprint = re.search(r"SHA-256 [0-9a-f]{32}", one)[0]
    assert fingerprint in other
    for told in (
        "provider Tencent QQ",
        "by: provider, domain, campaign",
        "addresses: hash",
        "times from: sent\\_at",
        "time zone: UTC",
    ):
        assert told in one
    assert f"emailrcd {emailrcd.__version__}" in one


def test_without_any_time_the_report_says_so(records, tmp_path):
    timeless = records.drop(columns="sent_at")
    timeless["submitted_at_estimated"] = pd.Series(pd.NaT, timeless.index, "datetime64[us, UTC]")
    text = emailrcd.report(timeless, tmp_path / "x.html").read_text()
    assert "There is no time to go by" in text


@pytest.mark.slow
def test_chinese_text_is_in_the_pdf_as_text_and_as_glyphs_and_not_as_boxes(records, tmp_path):
    pages = []
    for title in ("双双双双", "一一一一"):
        path = emailrcd.report(records, tmp_path / "x.pdf", title=title, by="campaign")
        assert title in text_of(path)
        assert "账单通知" in text_of(path)
        with pdfium.PdfDocument(path) as document:
            texts = [each for each in document[0].get_objects() if isinstance(each, pdfium.PdfTextObj)]
            fonts = {each.get_font().get_base_name() for each in texts}
            assert any("CJK" in name or "SC" in name for name in fonts), fonts
            pages.append(document[0].render(scale=3).to_numpy())
    # Boxes would look the same for every character; 双 has ten times the strokes of 一.
    ink = [255 - page[: page.shape[0] // 6].astype(int) for page in pages]
    differs = ink[0] != ink[1]
    assert ink[0][differs].sum() > 2 * ink[1][differs].sum()


@pytest.mark.parametrize("columns", [[], ["campaign"], ["campaign", "template", "sent_at", "note"]])
@pytest.mark.parametrize("most", [1, 44, 60])
def test_no_page_of_a_pdf_is_empty(records, before, tmp_path, columns, most):
    records["note"] = "a text that takes some room"
    path = emailrcd.report(records, tmp_path / "x.pdf", before=before, columns=columns, most=most)
    with pdfium.PdfDocument(path) as document:
        # A last page may hold one mail that found no room before, under the heading of its columns.
        assert min(len(page.get_textpage().get_text_range().split()) for page in document) > 12


def test_where_no_font_has_chinese_there_is_one_clear_hint(records, tmp_path, monkeypatch):
    monkeypatch.setattr(pdf, "cjk_families", lambda names: [])
    with pytest.warns(EmailrcdWarning, match="apt install fonts-noto-cjk") as caught:
        emailrcd.report(records, tmp_path / "x.pdf")
    assert len(caught) == 1


def test_a_pdf_has_a_title_and_is_tagged_for_readers_aloud(records, tmp_path):
    data = emailrcd.report(records, tmp_path / "x.pdf", title="Monday").read_bytes()
    assert data.startswith(b"%PDF-")
    assert b"/StructTreeRoot" in data


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"by": "campain"}, "Did you mean 'campaign'"),
        ({"columns": "nothing"}, "There is no column 'nothing'"),
        ({"at": "received_at"}, "cannot go by received_at"),
        ({"mask": "blur"}, "mask must be one of"),
        ({"tz": "Nowhere"}, "no time zone 'Nowhere'"),
        ({"most": -1}, "most must be 0 or more"),
    ],
)
def test_what_cannot_be_made_is_refused_by_name(records, tmp_path, options, message):
    with pytest.raises(EmailrcdError, match=message):
        emailrcd.report(records, tmp_path / "x.html", **options)


def test_another_kind_of_file_and_what_is_no_records_frame_are_refused(records, tmp_path):
    with pytest.raises(EmailrcdError, match=r"must end in \.html, \.pdf, \.xlsx, \.md"):
        emailrcd.report(records, tmp_path / "x.docx")
    with pytest.raises(EmailrcdError, match="not a records frame"):
        emailrcd.report(pd.DataFrame({"a": [1]}), tmp_path / "x.html")
    with pytest.raises(EmailrcdError, match="cannot be written"):
        emailrcd.report(records, tmp_path / "nowhere" / "x.html")


def test_the_same_records_make_the_same_page_but_for_the_time_it_was_made(records, tmp_path):
    one, other = (emailrcd.report(records, tmp_path / "x.html").read_text() for _ in range(2))
    assert re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d \(", "(", one) == re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d \(", "(", other)


def test_a_report_can_be_read_as_a_zip_or_opened_by_excel_readers(records, tmp_path):
    data = emailrcd.report(records, tmp_path / "x.xlsx").read_bytes()
    assert pd.read_excel(io.BytesIO(data), sheet_name="about", engine="calamine").shape[1] == 2


def test_a_frame_of_another_library_is_reported_as_pandas_is(records, tmp_path):
    made = [
        emailrcd.report(frame, tmp_path / f"{place}.md")
        for place, frame in enumerate((records, pa.Table.from_pandas(records)))
    ]
    first, second = (path.read_text(encoding="utf-8").splitlines() for path in made)
    assert [line for line in first if "Made" not in line] == [line for line in second if "Made" not in line]
