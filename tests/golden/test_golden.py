"""What users see – messages, tables, reports, the command's output, names – is what it was; else the diff is shown.

``EMAILRCD_WRITE_GOLDEN=1 pytest tests/golden`` rewrites the files beside this one: the commit then shows what users will see.
"""

from __future__ import annotations

import inspect
import io
import os
import re
import socket
import sys
import threading
from datetime import timedelta
from functools import partial
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest
from frozen import IDS, as_text, check, records, told

import emailrcd
from emailrcd import charts, errors

FEW = IDS[:4]
ABNORMAL = "9" * 19
FAULTS = """-1 -4 -5 -6 -8 -23 -24 -28 -99 500 503 redirect reset close truncated truncated_json malformed nested wrong_shape
unknown_status missing_rows double_rows repeated_rows foreign_row counts bad_time numbers clock_ahead"""
COMMANDS = ("lab", "app", "query", "watch", "find", "investigate", "report", "gate", "doctor", "sandbox")


@pytest.fixture(scope="module")
def answers():
    return records()


@pytest.fixture(scope="module")
def earlier():
    return records(-timedelta(hours=30), unlucky=None)


def query(ids, fault=None, times=1, settings=None, **options):
    """What is told of a query to a sandbox whose next calls meet a fault."""

    def call():
        with (
            emailrcd.Sandbox(seed=7) as sandbox,
            sandbox.client(**{"connections": 1, "attempts": 1, **(settings or {})}) as client,
        ):
            if fault:
                sandbox.inject(fault, times)
            return client.query(ids, progress=False, **options)

    return told(call)


def test_messages_about_ids(tmp_path):
    (tmp_path / "ids.csv").write_text("email_id,campaign\n" + "".join(f"{each},spring\n" for each in FEW))
    (tmp_path / "ids.pdf").write_bytes(b"%PDF-1.7")
    own_names = pd.DataFrame({"email_id": FEW, "status": "new", "provider": "us", "note": "x"})
    cases = {
        "a list": FEW,
        "a text with commas": ", ".join(FEW),
        "a file with columns": tmp_path / "ids.csv",
        "a file of another kind": tmp_path / "ids.pdf",
        "a file that is not there": str(tmp_path / "none.csv"),
        "duplicates and white space": [*FEW, f" {FEW[0]} ", FEW[1]],
        "rounded by Excel": ["2.20803E+18", *FEW],
        "whole numbers": [int(each) for each in FEW],
        "floats": [float(each) for each in FEW],
        "a list rounded to 15 digits": [f"{each[:15]}0000" for each in IDS[:40]],
        "an abnormal id among good ones": [*FEW, ABNORMAL],
        "an abnormal id alone": [ABNORMAL],
        "what is no id among good ones": [*FEW, "no id", "", None],
        "nothing": [],
        "an empty text": "",
        "words": "what became of my mail?",
        "columns of the user's with names of the result": own_names,
        "two columns that could hold ids": pd.DataFrame({"a": FEW, "b": IDS[4:8]}),
        "a frame without ids": pd.DataFrame({"note": ["x", "y"]}),
        "records asked again": records().head(5),
    }
    texts = {name: query(ids) for name, ids in cases.items()}
    texts["a column that is not there"] = query(pd.DataFrame({"a": FEW}), column="email_id")
    check("messages-ids", texts, tmp_path)


def test_messages_about_trouble_with_the_server(tmp_path):
    # Bound, so that nobody else gets it, but nobody listens.
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        dead = query(FEW, settings={"base_url": f"http://127.0.0.1:{unheard.getsockname()[1]}/email"})
    stop = threading.Event()
    stop.set()

    def ask_as(app_id="SANDBOX", api_secret="SANDBOXSECRET", *, ask=lambda client: client.query(FEW, progress=False)):
        credentials = emailrcd.Credentials(app_id=app_id, api_key="SANDBOXKEY", api_secret=api_secret)
        with emailrcd.Sandbox() as sandbox, emailrcd.Client(credentials, base_url=sandbox.base_url) as client:
            return ask(client)

    texts = {
        "a wrong secret": told(partial(ask_as, api_secret="wrong")),
        "a wrong app id": told(partial(ask_as, app_id="other")),
        "the doctor on a wrong secret": told(partial(ask_as, api_secret="wrong", ask=emailrcd.doctor)),
        "the doctor on a wrong app id": told(partial(ask_as, app_id="other", ask=emailrcd.doctor)),
        "one call in five meets 503": query(IDS[:1000], "503"),
        "call after call meets an unknown code": query(IDS, "-99", times=20),
        "attempts are used up": query(FEW, "503", times=2, settings={"attempts": 2}),
        "no whole reply in time": query(FEW, "hang", settings={"timeout": (1, 0.1)}),
        "somebody stops it": query(FEW, stop=stop),
        "a dead port": dead,
    }
    texts |= {f"every call meets {fault}": query(FEW, fault, times=20) for fault in FAULTS.split()}
    check("messages-server", texts, tmp_path)


def client_with(settings):
    with emailrcd.Client(emailrcd.Sandbox.credentials, **settings) as client:
        return client.base_url


def test_messages_about_settings(tmp_path):
    settings = [{"connections": 0}, {"connections": 65}, {"timeout": (0, 5)}, {"attempts": 0}, {"max_rate": 0}]
    settings += [{"method": "PUT"}, {"ca_bundle": str(tmp_path / "none.pem")}]
    urls = ("http://example.com/email", "https://example.com/email", "example", "", "http://127.0.0.1:99999/email")
    texts = {str(each): told(partial(client_with, each)) for each in settings}
    texts |= {f"base_url {url!r}": told(partial(client_with, {"base_url": url})) for url in urls}
    texts["an empty app id"] = told(lambda: emailrcd.Credentials(app_id="", api_key="k", api_secret="s"))
    texts["a fault unheard of"] = query(FEW, "earthquake")
    check("messages-settings", texts, tmp_path)


def test_messages_about_files_and_frames(tmp_path, answers):
    for name, text in {
        "a.sqlite": "no database\n" * 100,
        "a.parquet": "no",
        "a.csv": "a,b\n1,2\n",
        "a.txt": "a",
    }.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "foreign").mkdir()
    (tmp_path / "foreign" / "notes.txt").write_text("mine")
    answers.assign(status="bounced").head().to_csv(tmp_path / "words.csv", index=False)

    with emailrcd.Sandbox(seed=7) as sandbox, sandbox.client(connections=1) as client:
        parts = {
            f"parts in {name} of ids from {first}": told(
                lambda name=name, first=first: len(
                    client.query_to(tmp_path / name, IDS[first : first + 4], progress=False)
                )
            )
            for name, first in (("parts", 0), ("parts", 4), ("foreign", 0), ("a.csv", 0))
        }
    files = ("none.parquet", "a.parquet", "a.csv", "a.txt", "a.sqlite", "foreign", "words.csv")
    frames = {
        "summary of no records": partial(emailrcd.summary, pd.DataFrame({"a": [1]})),
        "breakdown by no column": partial(emailrcd.breakdown, answers, "none"),
        "timeline of a bad length": partial(emailrcd.timeline, answers, freq="x"),
        "timeline at a column without times": partial(emailrcd.timeline, answers, at="campaign"),
        "timeline in no zone": partial(emailrcd.timeline, answers, tz="Nowhere"),
        "report of another kind": partial(emailrcd.report, answers, tmp_path / "report.docx"),
        "report into no folder": partial(emailrcd.report, answers, tmp_path / "none" / "report.md"),
    }
    texts = {f"read_records {name}": told(partial(emailrcd.read_records, tmp_path / name)) for name in files}
    texts |= parts | {name: told(call) for name, call in frames.items()}
    texts["a ledger that is no database"] = query(FEW, ledger=tmp_path / "a.sqlite")
    texts["a ledger in no folder"] = query(FEW, ledger=tmp_path / "none" / "history.sqlite")
    texts["a bad fresh_for"] = query(FEW, ledger=tmp_path / "new.sqlite", fresh_for=-1)
    check("messages-files", texts, tmp_path)


def test_tables(tmp_path, answers, earlier):
    compared = emailrcd.compare(earlier, answers, by="template")
    tables = {
        "some records": answers.iloc[[0, 1, 11, -2, -1]],
        "summary": emailrcd.summary(answers),
        "breakdown by provider": emailrcd.breakdown(answers, "provider"),
        "breakdown by campaign and template": emailrcd.breakdown(answers, ["campaign", "template"]),
        "timeline by 6 hours": emailrcd.timeline(answers, "6h"),
        "timeline by day at sent_at by campaign": emailrcd.timeline(answers, "D", "sent_at", by="campaign"),
        **{
            f"compare: {name}": getattr(compared, name).head(20)
            for name in ["overall", "table", "newly_failing", "changed", "paired"]
        },
        "heatmap": emailrcd.heatmap(answers).query("ids > 0"),
        "settle times": emailrcd.settle_times(answers).iloc[::10],
        "settle times by provider": emailrcd.settle_times(answers, "provider").iloc[::10],
    }
    check("tables", {name: as_text(table) for name, table in tables.items()}, tmp_path)


def test_findings(tmp_path, answers):
    table = emailrcd.investigate(answers).table
    texts = {
        f"{rank}: {row['what']}": "\n".join(map(str, row[["confidence", "failed", "evidence"]]))
        for rank, row in table.iterrows()
    }
    check("findings", {"columns": ", ".join(table.columns), **texts}, tmp_path)


class Visible(HTMLParser):
    """The text of a page; scripts, styles and pictures hold none."""

    hidden = 0
    text = ""

    def handle_starttag(self, tag, attrs):
        self.hidden += tag in ("script", "style", "svg")
        self.text += "\n" if tag in ("p", "h1", "h2", "tr", "li", "dt", "div", "section") else " "

    def handle_endtag(self, tag):
        self.hidden -= tag in ("script", "style", "svg")
        self.text += " "

    def handle_data(self, data):
        self.text += "" if self.hidden else data


def test_reports(tmp_path, answers, earlier):
    options = {"title": "Monday", "before": earlier, "by": "campaign", "most": 10, "filters": "August"}
    page = Visible()
    page.feed(emailrcd.report(answers, tmp_path / "page.html", **options).read_text("utf-8"))
    texts = {
        "report.md": emailrcd.report(answers, tmp_path / "report.md").read_text("utf-8"),
        "full.md": emailrcd.report(answers, tmp_path / "full.md", **options, show_addresses=True).read_text("utf-8"),
        "page.html": re.sub(r" *\n\s*", "\n", re.sub("[ \xa0]+", " ", page.text)),
    }
    check("reports", texts, tmp_path)


@pytest.fixture
def printed(run, monkeypatch, answers):
    """What each command prints, and its exit code, where neither credentials nor proxies are set."""
    monkeypatch.setenv("COLUMNS", "1000")
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent), prepend=os.pathsep)
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    answers.to_parquet("records.parquet")
    answers.assign(status="sending").to_parquet("open.parquet")

    def one(command):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO()))
        code, out, err = run(*command.split())
        return out + "".join(f"stderr: {line}\n" for line in err.splitlines()) + f"exit code {code}"

    return lambda *commands: {f"emailrcd {command}": one(command) for command in commands}


def test_help(printed, tmp_path):
    texts = printed("", "query --api-secret x", "--help", *(f"{name} --help" for name in COMMANDS))
    # Versions of Python lay options out differently: "-o FILE, --output FILE" or "-o, --output FILE", and what follows.
    tidy = {name: re.sub(r"(-\w) [A-Z]+, (?=--)", r"\1, ", text) for name, text in texts.items()}
    check("help", {name: re.sub(r"(?<=\S)(\n {15,}| {3,})(?=\S)", "  ", text) for name, text in tidy.items()}, tmp_path)


def test_output_of_the_command(printed, tmp_path):
    pd.DataFrame({"email_id": IDS[:300], "campaign": "spring"}).to_csv(tmp_path / "ids.csv", index=False)
    commands = f"""query ids.csv --sandbox --quiet -o asked.csv
        query {" ".join(FEW)} --sandbox --format table --quiet
        query {" ".join(FEW)} {ABNORMAL} --sandbox --format csv --mask mask --quiet
        query 2.20803E+18 --sandbox
        query
        query {FEW[0]}
        query {FEW[0]} --sandbox -o asked.docx
        watch {" ".join(FEW)} --sandbox --quiet --format table
        report records.parquet -o monday.md
        report records.parquet -o monday.docx
        doctor --sandbox {FEW[0]}
        sandbox --fault earthquake=0.5"""
    check("command", printed(*map(str.strip, commands.splitlines())), tmp_path)


def test_verdicts_of_the_gate(printed, tmp_path):
    cases = (
        "records.parquet 30%",
        "records.parquet 0.1",
        "records.parquet 0.14",
        "open.parquet 3%",
        "none 3%",
        "none 2",
    )
    check("gate", printed(*(f"gate {case.replace(' ', ' --max-failure ')}" for case in cases)), tmp_path)


def test_findings_of_the_command(printed, tmp_path):
    texts = printed("investigate records.parquet --lists work", "investigate records.parquet --at none")
    check("findings-command", texts, tmp_path)


def parameters(function):
    """A signature without types: what a caller may write."""
    signature = inspect.signature(function)
    bare = [each.replace(annotation=inspect.Parameter.empty) for each in signature.parameters.values()]
    return str(signature.replace(parameters=bare, return_annotation=inspect.Signature.empty))


def test_names_and_signatures(tmp_path):
    texts = {"emailrcd": ", ".join(emailrcd.__all__), "emailrcd.charts": ", ".join(charts.__all__)}
    for name in emailrcd.__all__:
        value = getattr(emailrcd, name)
        if inspect.isfunction(value):
            texts["emailrcd"] += f"\n{name}{parameters(value)}"
        elif isinstance(value, type) and not issubclass(value, BaseException):
            members = [each for each in inspect.getmembers(value) if not each[0].startswith("_")]
            lines = (f"{name}{parameters(member) if inspect.isroutine(member) else ''}" for name, member in members)
            texts[f"{name}{parameters(value)}"] = "\n".join(lines)
    functions = inspect.getmembers(charts, inspect.isfunction)
    texts["emailrcd.charts"] += "".join(
        f"\n{name}{parameters(value)}" for name, value in functions if name in charts.__all__
    )
    tree = inspect.getmembers(errors, lambda each: inspect.isclass(each) and issubclass(each, BaseException))
    texts["emailrcd.errors"] = "\n".join(f"{name}({value.__base__.__name__})" for name, value in tree)
    check("names", texts, tmp_path)
