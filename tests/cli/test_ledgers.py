"""``find``: a person's mail, out of the ledger."""

from __future__ import annotations

import csv
import io

import pandas as pd
import pytest

from emailrcd.cli import main


@pytest.fixture
def ledger(sandbox, tmp_path):
    path = tmp_path / "history.sqlite"
    records = sandbox.client().query(sandbox.sample_ids(60), ledger=path, progress=False)
    return path, records.dropna(subset="to_address").iloc[0]


def test_a_persons_mail_is_printed_with_its_history(ledger, capsys):
    path, mail = ledger
    assert main(["find", mail["to_address"].upper(), "--ledger", str(path), "--format", "table"]) == 0
    printed = capsys.readouterr()
    assert f"{mail['email_id']}  {mail['status']}  {mail['to_address']}" in printed.out
    assert f"    {mail['status']} 20" in printed.out
    assert printed.err.startswith("emailrcd: SANDBOX: 1 mail found in ")


def test_a_pipe_gets_csv_and_a_file_what_its_name_says(ledger, capsys, tmp_path):
    path, mail = ledger
    assert main(["find", mail["to_address"], "--ledger", str(path)]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [row["email_id"] for row in rows] == [mail["email_id"]]
    assert main(["find", "@", "--ledger", str(path), "-o", str(tmp_path / "mail.parquet")]) == 0
    assert mail["email_id"] in set(pd.read_parquet(tmp_path / "mail.parquet")["email_id"])


def test_nobody_is_found_without_an_error(ledger, capsys):
    assert main(["find", "nobody@nowhere.example", "--ledger", str(ledger[0]), "--format", "table"]) == 0
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "0 mails found" in printed.err


def test_a_ledger_that_is_not_there_is_told_and_not_made(tmp_path, capsys):
    assert main(["find", "li.lei@qq.com", "--ledger", str(tmp_path / "none.sqlite")]) == 3
    assert "There is no ledger" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
