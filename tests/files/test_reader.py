"""Which files are read, by whatever name they come, and what is said of those that are not."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import sqlite3
import zipfile
from pathlib import Path

import dask.dataframe as dd
import pandas as pd
import pyarrow as pa
import pytest

from emailrcd.errors import IdsError
from emailrcd.ids import in_blocks, is_drawn, take, take_bytes

IDS = [f"22080311123410{n:05}" for n in range(1, 20, 2)]
TABLE = ("emailId,c\n" + "".join(f"{email_id},x\n" for email_id in IDS)).encode()


def zipped(**members: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in members.items():
            archive.writestr(name.replace("__", "."), data)
    return file.getvalue()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.csv.gz", gzip.compress(TABLE, mtime=0)),
        ("a.csv.bz2", bz2.compress(TABLE)),
        ("a.csv.xz", lzma.compress(TABLE)),
        ("a.zip", zipped(export__csv=TABLE)),
        ("a.csv", zipped(export__csv=TABLE)),
        ("a.csv", zipped(a__csv=TABLE)),
        ("a.csv", gzip.compress(TABLE, mtime=0)),
        ("export", gzip.compress(TABLE, mtime=0)),
        ("a.zip", zipped(export__csv__gz=gzip.compress(TABLE, mtime=0))),
        ("a.zip", zipped(one__csv=TABLE[:150], two__csv=TABLE[:10] + TABLE[150 - 150 % 22 + 10 :])),
        ("a.log", TABLE),
        ("a.csv", json.dumps([{"emailId": email_id} for email_id in IDS], indent=1).encode()),
        ("export", TABLE),
        ("export.20261101", TABLE),
    ],
)
def test_packed_files_and_files_of_other_names_are_read(tmp_path, name, data):
    (tmp_path / name).write_bytes(data)
    ids = take(tmp_path / name)
    assert set(ids.ids) >= set(IDS[:6])
    assert [email_id for block in in_blocks(tmp_path / name)() for email_id in block.ids][:6] == IDS[:6]


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"%PDF-1.7 ...", "a PDF document"),
        (b"\x89PNG\r\n\x1a\n", "a picture"),
        (b"7z\xbc\xaf\x27\x1c...", "a 7-Zip archive: unpack it"),
        (zipped(**{"word/document__xml": b"x"}), "a Word document"),
        (zipped(**{"xl/workbook__bin": b"x"}), "a binary workbook .* save it in Excel as .xlsx"),
        (b"<!DOCTYPE html><html><body>Log in", "HTML or XML"),
        (gzip.compress(TABLE, mtime=0)[:-9], "cannot be unpacked"),
        (b"\0" * 257 + b"ustar", "a tar archive"),
        (
            b"MIME-Version: 1.0\nX-Document-Type: Workbook\n",
            r"a web page in one file \(MHTML\): save it in Excel as .xlsx",
        ),
    ],
)
def test_what_is_no_table_is_called_by_what_it_is(data, what):
    with pytest.raises(IdsError, match=rf"a\.csv.* {what}"):
        take_bytes(data, "a.csv")


def test_several_files_and_patterns_are_read_together(tmp_path):
    first, second = tmp_path / "a.csv", tmp_path / "b.csv"
    first.write_bytes(b"emailId,c\n" + f"{IDS[0]},x\n{IDS[1]},y\n".encode())
    second.write_bytes(b"mail_id;d\n" + f"{IDS[1]};z\n!;z\n".encode())
    for source in ([first, second], [str(first), str(second)], (first, second), str(tmp_path / "*.csv")):
        ids = take(source)
        assert (ids.ids, ids.duplicates) == (IDS[:2], 1)
        assert ids.context.fillna("").to_dict("list") == {"c": ["x", "y"], "d": ["", ""]}
        assert [entry.where for entry in ids.refused] == ["row 3 of b.csv"]
        assert [email_id for block in in_blocks(source)() for email_id in block.ids] == [*IDS[:2], IDS[1]]
    assert take(first.as_uri()).ids == IDS[:2]
    with pytest.raises(IdsError, match="No file matches the pattern"):
        take(str(tmp_path / "x*.csv"))
    with pytest.raises(IdsError, match=r"There is no file .*c\.csv"):
        take([str(first), str(tmp_path / "c.csv")])


@pytest.mark.parametrize(
    "url", ["https://example.com/ids.csv", "s3://bucket/ids.parquet", "https://example.com/export?x=1"]
)
def test_a_url_is_called_one_and_nothing_is_fetched(url):
    with pytest.raises(IdsError, match="is a URL; nothing is fetched"):
        take(url)


@pytest.mark.parametrize("column", ["emailId", "data"])
def test_open_files_are_read_as_files(tmp_path, column):
    file = tmp_path / "a.csv"
    file.write_bytes(TABLE.replace(b"emailId", column.encode()))
    with file.open() as text, file.open("rb") as binary:
        for source in (text, binary, io.BytesIO(file.read_bytes()), io.StringIO(file.read_text())):
            assert take(source).ids == IDS


def test_a_file_open_by_gzip_is_called_by_what_is_in_it(tmp_path):
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(TABLE, mtime=0))
    for mode in ("rb", "rt"):
        with gzip.open(tmp_path / "a.csv.gz", mode) as file:
            ids = take(file)
            assert (ids.ids, list(ids.context)) == (IDS, ["c"])


def test_an_open_file_that_cannot_be_read_is_refused_by_name(tmp_path):
    (tmp_path / "a.csv").write_bytes(TABLE)
    with (tmp_path / "b.csv").open("w") as written, (tmp_path / "a.csv").open(encoding="utf-16") as wrong:
        closed = (tmp_path / "a.csv").open()
        closed.close()
        for file, name in ((written, "b"), (wrong, "a"), (closed, "a")):
            with pytest.raises(IdsError, match=rf"^{name}\.csv cannot be read .* Open it anew"):
                take(file)
    with pd.read_csv(tmp_path / "a.csv", chunksize=2) as chunks, pytest.raises(IdsError, match="returns DataFrame"):
        take(chunks)


def test_rows_of_a_cursor_are_read_as_a_table():
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE m (id TEXT, c TEXT)")
    connection.executemany("INSERT INTO m VALUES (?, 'x')", [(email_id,) for email_id in IDS])
    assert take(connection.execute("SELECT id FROM m").fetchall()).ids == IDS
    ids = take(connection.execute("SELECT c, id FROM m").fetchall())
    assert (ids.ids, ids.context["column 1"].tolist()) == (IDS, ["x"] * 10)
    assert [email_id for block in in_blocks(connection.execute("SELECT id FROM m"))() for email_id in block.ids] == IDS
    connection.row_factory = sqlite3.Row
    ids = take(connection.execute("SELECT c, id FROM m").fetchall())
    assert (ids.ids, ids.context["c"].tolist()) == (IDS, ["x"] * 10)
    connection.close()


def test_bytes_in_any_holder_are_text():
    for held in (bytes, bytearray, memoryview):
        assert take(held("\n".join(IDS).encode())).ids == IDS


class Streaming:
    """A frame of a library that is known by the Arrow C stream interface alone."""

    columns = ("emailId", "n")

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return pa.table({"emailId": [int(i) for i in IDS], "n": [1, None] * 5}).__arrow_c_stream__(requested_schema)


def test_frames_and_columns_of_other_libraries_are_read():
    for source in (
        Streaming(),
        pa.table({"emailId": IDS, "n": [1, None] * 5}),
        pa.record_batch({"emailId": IDS, "n": IDS}),
    ):
        assert take(source).ids == IDS
        assert list(take(source).context) == ["n"]
    reader = pa.table({"emailId": IDS, "n": IDS}).to_reader()
    assert not is_drawn(reader)
    assert take(reader).ids == IDS
    for source in (pa.array(IDS), pa.chunked_array([IDS]), pa.array([int(i) for i in IDS])):
        assert take(source).ids == IDS


def test_a_frame_that_cannot_be_read_is_never_mistaken_for_its_column_names():
    lazy = dd.from_pandas(pd.DataFrame({"emailId": IDS}), npartitions=1)
    for source in (lazy, lazy["emailId"]):
        with pytest.raises(IdsError, match=r"Dask .* \.compute\(\)"):
            take(source)

    class Table(list):
        columns = ("emailId",)

    class Foreign:
        columns = ("emailId",)

        def __iter__(self):
            return iter(self.columns)

    with pytest.raises(IdsError, match="Foreign is a table that cannot be read"):
        take(Foreign())
    assert take(Table(IDS)).ids == IDS


def test_dialects_of_json_are_read(tmp_path):
    rows = [{"emailId": email_id, "c": "x"} for email_id in IDS]
    for value in (
        [{"emailId": {"$numberLong": email_id}} for email_id in IDS],
        {"Message": json.dumps({"array": rows})},
        {"columns": ["emailId", "c"], "data": [[email_id, "x"] for email_id in IDS]},
        {"emailId": dict(enumerate(IDS)), "c": dict(enumerate("x" * 10))},
        {"appId": "x", "emailId": ",".join(IDS)},
        {str(number): row for number, row in enumerate(rows)},
        [["emailId", "c"], *([email_id, "x"] for email_id in IDS)],
    ):
        assert take_bytes(json.dumps(value).encode(), "a.json").ids == IDS


def test_a_path_may_be_given_in_any_form(tmp_path):
    (tmp_path / "a.csv").write_bytes(TABLE)
    for source in (tmp_path / "a.csv", str(tmp_path / "a.csv"), Path(tmp_path, "a.csv")):
        assert take(source).ids == IDS
