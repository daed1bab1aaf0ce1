"""A file that was cut off at any byte is refused, or that is told: never a silent part, never a shortened id."""

from __future__ import annotations

import gzip
import io
import json
import zipfile

import pandas as pd
import pytest

from emailrcd.errors import IdsError
from emailrcd.ids import take_bytes

IDS = [f"22080311123410{n:05}" for n in range(1, 14, 2)]
ROWS = list(zip(IDS, ["autumn", "winter", "spring", "autumn", "winter", "autumn", "spring"], strict=True))
CSV = "emailId,campaign\n" + "".join(f"{email_id},{campaign}\n" for email_id, campaign in ROWS)
CHINESE = "活动,emailId,备注\n" + "".join(f"春节,{email_id},中秋的\n" for email_id in IDS)
OBJECTS = [{"emailId": email_id, "c": campaign} for email_id, campaign in ROWS]

FILES = {
    "plain.csv": CSV.encode(),
    "quoted.csv": b"emailId,c\r\n" + "".join(f'"{i}","{c}, x"\r\n' for i, c in ROWS).encode(),
    "ids-last.csv": b"c,emailId\n" + "".join(f"{c},{i}\n" for i, c in ROWS).encode(),
    "one-column.csv": b"emailId\n" + "".join(f"{i}\n" for i in IDS).encode(),
    "chinese.csv": CHINESE.encode(),
    "gb18030.csv": CHINESE.encode("gb18030"),
    "tabs.tsv": CSV.replace(",", "\t").encode(),
    "lines.txt": "".join(f"{i}\n" for i in IDS).encode(),
    "objects.jsonl": "".join(json.dumps(each) + "\n" for each in OBJECTS).encode(),
    "numbers.jsonl": "".join(f"{i}\n" for i in IDS).encode(),
    "objects.json": json.dumps(OBJECTS).encode(),
    "list.json": json.dumps(IDS, indent=1).encode(),
    "json.txt": json.dumps(OBJECTS, indent=1).encode(),
    "markdown.md": b"| emailId | c |\n|---|---|\n" + "".join(f"| {i} | {c} |\n" for i, c in ROWS).encode(),
    "sent.log": "".join(f"2026-11-01 12:00:00 INFO sent emailId={i} rcpt=a***\n" for i in IDS).encode(),
    "list.sql": f"SELECT * FROM mail WHERE id IN ({', '.join(map(repr, IDS))})\n".encode(),
    "plain.csv.gz": gzip.compress(CSV.encode()),
}


def archived() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("plain.csv", CSV)
    return file.getvalue()


def parquet() -> bytes:
    file = io.BytesIO()
    pd.DataFrame(OBJECTS).to_parquet(file)
    return file.getvalue()


def is_at_a_line(data: bytes, end: int) -> bool:
    """There a file may have ended by itself: nobody can tell."""
    return data[end - 1 : end] in (b"\n", b"\r") or data[end : end + 1] in (b"\n", b"\r")


def check(name: str, data: bytes, ends: range) -> None:
    for end in ends:
        try:
            ids = take_bytes(data[:end], name)
            ids.check()
        except IdsError:
            continue
        assert ids.notices or (set(ids.ids) <= set(IDS) and is_at_a_line(data, end)), (end, data[:end][-40:])


@pytest.mark.parametrize("name", FILES)
def test_a_file_of_text_that_was_cut_is_refused_or_told(name):
    check(name, FILES[name], range(len(FILES[name])))
    assert take_bytes(FILES[name], name).ids == IDS


@pytest.mark.parametrize("name", ["a.xlsx", "a.parquet", "a.zip"])
def test_a_workbook_a_parquet_file_or_an_archive_that_was_cut_is_refused(name, workbook):
    data = {"a.xlsx": lambda: workbook([("emailId", "c"), *ROWS]), "a.parquet": parquet, "a.zip": archived}[name]()
    assert take_bytes(data, name).ids == IDS
    for end in range(0, len(data), 1 if name == "a.zip" else 13):
        with pytest.raises(IdsError, match="a"):
            take_bytes(data[:end], name)


def test_an_archive_that_lost_something_in_its_midst_is_refused():
    data = archived()
    for begin in range(len(data) - 1):
        with pytest.raises(IdsError, match=r"a\.zip"):
            take_bytes(data[:begin] + data[begin + 1 :], "a.zip").check()


def test_a_whole_file_without_a_line_end_tells_nothing():
    for name in ("one-column.csv", "lines.txt", "numbers.jsonl"):
        assert take_bytes(FILES[name].rstrip(), name).notices == []
    assert take_bytes(f"emailId,c\n{IDS[0]},x\n{IDS[1]},x".encode(), "a.csv").notices == []


@pytest.mark.parametrize(
    "text",
    ["", " ", "[", '["2208031112341000001",', '["2208031112341000001",]', "[NaN]", "[1,,2]", '{"emailId": 1,}', "[1] 2",
     '["a\tb"]', "{'emailId': '2208031112341000001'}", "[" * 100_000, "2208031112341000001, 2208031112341000002"],
    ids=range(13),
)  # fmt: skip
def test_what_is_called_json_and_is_not_is_refused_by_name(text):
    with pytest.raises(IdsError, match=r"answer\.json is not JSON"):
        take_bytes(text.encode(), "answer.json")
