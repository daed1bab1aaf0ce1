"""What each command takes. Nothing heavy is imported here: ``--help`` is to answer at once."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .examples import EXAMPLES

if TYPE_CHECKING:
    _Commands = argparse._SubParsersAction[Any]

_MASKS = ("mask", "hash", "drop")
_SAVED = "saved records (.parquet .csv .jsonl), a folder of Parquet parts, a ledger; or ids, a file of ids, - for stdin"


def add_commands(commands: _Commands) -> None:
    """Add all commands; the default ``run`` of each names where it is carried out: a module here and its function."""
    _add_lab(commands)
    _add_app(commands)
    _add_query(commands, "query", "what became of each id")
    _add_query(commands, "watch", "query again until all is settled")
    _add_find(commands)
    _add_investigate(commands)
    _add_report(commands)
    _add_gate(commands)
    _add_doctor(commands)
    _add_sandbox(commands)


def _add(commands: _Commands, name: str, summary: str, module: str) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(
        name, help=summary, epilog=EXAMPLES[name], formatter_class=argparse.RawDescriptionHelpFormatter
    )
    command.set_defaults(run=(module, f"run_{name}"))
    return command


def _add_source(command: argparse.ArgumentParser, what: str) -> None:
    """Add the options that say which ids to query, and how."""
    command.add_argument("source", nargs="*", metavar="SOURCE", help=what)
    command.add_argument("--column", help="the id column, where it cannot be told")
    command.add_argument("--sheet", help="the sheet of a workbook, where it cannot be told")
    command.add_argument("--ledger", metavar="FILE", help="keep answers there; settled mail is not queried again")
    command.add_argument("--sandbox", action="store_true", help="query a made-up local world; no account needed")
    command.add_argument("--base-url", metavar="URL", help="default: EMAILRCD_BASE_URL, else the vendor's")
    command.add_argument(
        "--max-rate", type=float, default=20, metavar="N", help="calls a second (default: %(default)g)"
    )
    command.add_argument("--connections", type=int, default=8, metavar="N", help="default: %(default)s")
    command.add_argument("--ca-bundle", metavar="FILE", help="certificates to trust, for a company proxy")
    command.add_argument("--quiet", action="store_true", help="no progress, in a terminal too")
    _add_zone(command)


def _add_output(command: argparse.ArgumentParser) -> None:
    """Add the options that say where a table goes."""
    command.add_argument("-o", "--output", metavar="FILE", help=".csv .jsonl .parquet .xlsx")
    command.add_argument(
        "--format", choices=("table", "csv", "jsonl"), help="for stdout; default: a table in a terminal, else csv"
    )


def _add_zone(command: argparse.ArgumentParser) -> None:
    command.add_argument("--tz", default="Asia/Shanghai", help="time zone of times shown (default: %(default)s)")


def _add_lab(commands: _Commands) -> None:
    command = _add(commands, "lab", "start JupyterLab on a copy of the notebooks", "services")
    command.add_argument("--folder", default="emailrcd-lab", help="where the copies go (default: %(default)s)")
    command.add_argument("arguments", nargs="*", metavar="-- ARGUMENT", help="passed on to JupyterLab")


def _add_app(commands: _Commands) -> None:
    command = _add(commands, "app", "serve the app as a web page, for colleagues without code", "services")
    command.add_argument("--host", default="127.0.0.1", help="the address to listen on (default: %(default)s)")
    command.add_argument("--port", type=int, default=8866, help="0 takes a free one (default: %(default)s)")
    command.add_argument("--base-url", metavar="URL", help="the API that visitors query; default: the vendor's")
    for option, kind, default, metavar, what in (
        ("--max-sessions", int, 20, "N", "visits at once"),
        ("--max-rate", float, 20, "N", "calls a second of a visit"),
        ("--max-memory", float, 4096, "MIB", "memory of a visit"),
        ("--file-seconds", float, 60, "S", "for reading a file"),
        (
            "--keep-closed",
            float,
            60,
            "S",
            "seconds in which a page that was closed, or is loaded again, finds its results",
        ),
    ):
        command.add_argument(
            option, type=_above_0(kind), default=default, metavar=metavar, help=f"{what} (default: %(default)g)"
        )
    command.add_argument("--no-browser", action="store_true", help="do not open a browser")


def _add_query(commands: _Commands, name: str, summary: str) -> None:
    command = _add(commands, name, summary, "queries")
    _add_source(command, "ids, a file of ids, or - for stdin")
    _add_output(command)
    command.add_argument("--mask", choices=_MASKS, help="mask addresses in what is written")
    if name == "watch":
        command.add_argument("--hours", type=float, default=24, help="give up after (default: %(default)g)")


def _add_find(commands: _Commands) -> None:
    command = _add(commands, "find", "what the ledger knows of a person's mail", "ledgers")
    command.add_argument("text", metavar="ADDRESS", help="an address, or a part of one")
    command.add_argument("--ledger", metavar="FILE", help="default: your own, which the app keeps")
    _add_output(command)
    _add_zone(command)


def _add_investigate(commands: _Commands) -> None:
    command = _add(commands, "investigate", "what explains the failures, ranked", "results")
    _add_source(command, _SAVED)
    command.add_argument("--at", help="the column with the times of sending")
    command.add_argument(
        "--before", metavar="FILE", help="saved records of an earlier time: what failed as much then is not new"
    )
    command.add_argument("-o", "--output", metavar="FILE", help=".csv .jsonl .parquet .xlsx")
    command.add_argument("--lists", metavar="FOLDER", help="write the working lists there, with full addresses")


def _add_report(commands: _Commands) -> None:
    command = _add(commands, "report", "one file to share, addresses masked", "results")
    _add_source(command, _SAVED)
    command.add_argument("-o", "--output", metavar="FILE", required=True, help=".html .pdf .xlsx .md")
    command.add_argument("--title")
    command.add_argument("--before", metavar="FILE", help="saved records of an earlier run to compare with")
    command.add_argument("--by", action="append", metavar="COLUMN", help="break down by it; repeatable")
    command.add_argument("--at", help="the column with the times of sending")
    command.add_argument(
        "--show", action="append", default=[], metavar="COLUMN", help="add a column of yours to the mails; repeatable"
    )
    command.add_argument("--mask", choices=_MASKS, default="mask", help="of addresses (default: %(default)s)")
    command.add_argument("--show-addresses", action="store_true", help="show them in full; the report says so")
    command.add_argument("--most", type=int, metavar="N", help="mails listed")
    command.add_argument("--filters", default="", metavar="TEXT", help="how these mails were chosen, to be told in it")


def _add_gate(commands: _Commands) -> None:
    command = _add(commands, "gate", "exit code 0, 1, 2 or 3 by the failure rate", "results")
    _add_source(command, _SAVED)
    command.add_argument(
        "--max-failure", type=_share, required=True, metavar="RATE", help="highest rate that passes: 0.03 or 3%%"
    )
    command.add_argument("--by", metavar="COLUMN", help="judge each of its groups too: provider, domain, your own")


def _add_doctor(commands: _Commands) -> None:
    about = "check why calls fail: credentials, network, clock, account, contract"
    command = _add(commands, "doctor", about, "services")
    command.add_argument("ids", nargs="*", metavar="ID", help="ids of mail you sent; they tell more than made-up ones")
    which = command.add_mutually_exclusive_group()
    which.add_argument("--sandbox", action="store_true", help="examine the sandbox in place of the API")
    which.add_argument("--base-url", metavar="URL", help="the API's address, in place of EMAILRCD_BASE_URL")
    command.add_argument(
        "--balance",
        action="store_true",
        help="ask the account API, too: a wrong secret or a wrong app id? (shows no amount)",
    )


def _add_sandbox(commands: _Commands) -> None:
    about = "serve a local world that keeps the API's contract"
    command = _add(commands, "sandbox", about, "services")
    command.add_argument("--port", type=int, default=8025, help="default: %(default)s")
    command.add_argument("--seed", type=int, default=0, help="another seed, another world (default: %(default)s)")
    command.add_argument("--latency", type=float, default=0.0, metavar="SECONDS", help="added to every call")
    command.add_argument(
        "--fault",
        type=_fault,
        action="append",
        default=[],
        metavar="NAME=RATE",
        help="for example reset=0.05; repeatable",
    )


def _above_0(kind: Callable[[str], float]) -> Callable[[str], float]:
    """Return what reads a number above 0."""

    def read(text: str) -> float:
        try:
            number = kind(text)
        except ValueError:
            number = 0
        if not 0 < number < math.inf:
            raise argparse.ArgumentTypeError("give a number above 0")
        return number

    return read


def _share(text: str) -> float:
    try:
        share = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        share = -1
    if not 0 < share < 1:
        raise argparse.ArgumentTypeError("give a rate above 0 and below 1, like 0.03 or 3%")
    return share


def _fault(text: str) -> tuple[str, float]:
    name, _, rate = text.rpartition("=")
    try:
        return name, float(rate)
    except ValueError:
        raise argparse.ArgumentTypeError("give a fault like reset=0.05") from None
