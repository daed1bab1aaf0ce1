"""What each command takes, with examples. Nothing heavy is imported here: ``--help`` is to answer at once."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    _Commands = argparse._SubParsersAction[argparse.ArgumentParser]

_MASKS = ("mask", "hash", "drop")
_SAVED = "saved records (.parquet .csv .jsonl), a folder of Parquet parts, a ledger; or ids, a file of ids, - for stdin"

EXAMPLES = """\
examples:
  emailrcd lab                                      the app, in JupyterLab
  emailrcd app                                      the app, as a web page for colleagues
  emailrcd query campaign.csv -o records.parquet    query, and keep the answers
  emailrcd report records.parquet -o monday.html    a file to share, addresses masked
  emailrcd find li.lei@qq.com                       a person's mail, out of the ledger
  emailrcd gate records.parquet --max-failure 3%    for pipelines: exit code 0, 1, 2 or 3
  emailrcd report --sandbox -o try.html             no account needed: a made-up world

exit codes:
  0    done
  1    gate: the failure rate is above the limit; doctor: a check failed
  2    gate: it cannot be told yet
  3    error, errors of usage included; what was obtained until then is written
  130  interrupted with Ctrl-C; what was obtained until then is written

Credentials come from EMAILRCD_APP_ID, EMAILRCD_API_KEY and EMAILRCD_API_SECRET, from .env or the keyring, or are asked for;
they are never arguments. Every command has its own --help with examples.
"""


_QUERY = """\
examples:
  emailrcd query 2208031112341000001 2208031112341000002
  emailrcd query campaign.xlsx --column 邮件ID -o records.xlsx
  cut -d, -f1 sent.csv | emailrcd query - --format jsonl > answers.jsonl
  emailrcd query ids.csv --ledger history.sqlite -o records.parquet

The end of the name of -o tells the kind: .csv .jsonl .parquet .xlsx. These are your data: addresses are in full unless --mask.
If the query ends early, what was obtained is written all the same, and the exit code is 3, or 130 after Ctrl-C.
Progress is shown where stderr is a terminal.
"""

_WATCH = """\
examples:
  emailrcd watch ids.csv -o records.parquet
  emailrcd watch ids.csv --ledger history.sqlite --hours 6

Queries again what is open, pausing longer and longer, until all is settled or time is up.
"""


_FIND = """\
examples:
  emailrcd find li.lei@qq.com
  emailrcd find li.lei@qq.com --ledger history.sqlite -o mail.csv
  emailrcd find @example.org

All mails to that address that the ledger knows, the newest first, and since when each has had which status. Case and what
follows a + make no difference. Nothing is asked, and nothing is masked.
"""


_INVESTIGATE = """\
examples:
  emailrcd investigate records.parquet
  emailrcd investigate ids.csv -o causes.xlsx
  emailrcd investigate records.parquet --lists work/    retry, correct, suppress: with full addresses
"""

_REPORT = """\
examples:
  emailrcd report records.parquet -o monday.html
  emailrcd report ids.csv -o monday.pdf --title "Monday" --before last-week.parquet
  emailrcd report history.sqlite -o history.xlsx --by campaign --by template --show campaign
  emailrcd report --sandbox -o try.html

The end of the name of -o tells the kind: .html .pdf .xlsx .md. Addresses are masked unless --show-addresses.
"""

_GATE = """\
examples:
  emailrcd gate records.parquet --max-failure 0.03
  emailrcd gate ids.csv --max-failure 3% || exit 1
  emailrcd gate history.sqlite --max-failure 3% --by provider    # in cron, every hour

Ask as often as you like: a rate within the limit is ever called failed in at most 2.5 % of all campaigns.

exit codes:
  0  passed: the failure rate is at or below the limit, whatever becomes of open mail, and no group has failed
  1  failed: it is above the limit, whatever becomes of open mail; with --by, that of one group may be
  2  cannot tell yet; how many settled mails would be enough is told
  3  error, errors of usage included
"""

_LAB = """\
examples:
  emailrcd lab
  emailrcd lab --folder work -- --port=9999
"""

_APP = """\
examples:
  emailrcd app
  emailrcd app --host 0.0.0.0 --port 9000    for colleagues; put a proxy with TLS in front

Prints an address with a token. Each visitor has a session of their own and types their own credentials; those of this
machine are not used, and nothing of a visit is kept. Without --host only this machine is served.
"""

_DOCTOR = """\
examples:
  emailrcd doctor
  emailrcd doctor 2208031112341000001    an id of mail you sent tells more

exit codes:
  0  nothing failed
  1  a check failed
  3  error, errors of usage included
"""

_SANDBOX = """\
examples:
  emailrcd sandbox --port 8025
  emailrcd sandbox --fault reset=0.05 --fault 503=0.1
"""


def add_commands(commands: _Commands) -> None:
    """Add all commands; the default ``run`` of each names where it is carried out: a module here and its function."""
    _add_lab(commands)
    _add_app(commands)
    _add_query(commands, "query", "what became of each id", _QUERY)
    _add_query(commands, "watch", "query again until all is settled", _WATCH)
    _add_find(commands)
    _add_investigate(commands)
    _add_report(commands)
    _add_gate(commands)
    _add_doctor(commands)
    _add_sandbox(commands)


def _add(commands: _Commands, name: str, summary: str, examples: str, module: str) -> argparse.ArgumentParser:
    command = commands.add_parser(
        name, help=summary, epilog=examples, formatter_class=argparse.RawDescriptionHelpFormatter
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
    command.add_argument("--tz", default="Asia/Shanghai", help="time zone of times shown (default: %(default)s)")


def _add_lab(commands: _Commands) -> None:
    command = _add(commands, "lab", "start JupyterLab on a copy of the notebooks", _LAB, "services")
    command.add_argument("--folder", default="emailrcd-lab", help="where the copies go (default: %(default)s)")
    command.add_argument("arguments", nargs="*", metavar="-- ARGUMENT", help="passed on to JupyterLab")


def _add_app(commands: _Commands) -> None:
    command = _add(commands, "app", "serve the app as a web page, for colleagues without code", _APP, "services")
    command.add_argument("--host", default="127.0.0.1", help="the address to listen on (default: %(default)s)")
    command.add_argument("--port", type=int, default=8866, help="0 takes a free one (default: %(default)s)")
    command.add_argument("--base-url", metavar="URL", help="the API that visitors query; default: the vendor's")
    command.add_argument(
        "--max-sessions", type=_above_0(int), default=20, metavar="N", help="visits at once (default: %(default)s)"
    )
    command.add_argument(
        "--max-rate",
        type=_above_0(float),
        default=20,
        metavar="N",
        help="calls a second of a visit (default: %(default)g)",
    )
    command.add_argument(
        "--max-memory",
        type=_above_0(float),
        default=4096,
        metavar="MIB",
        help="memory of a visit (default: %(default)g)",
    )
    command.add_argument(
        "--file-seconds",
        type=_above_0(float),
        default=60,
        metavar="S",
        help="for reading a file (default: %(default)g)",
    )
    command.add_argument(
        "--keep-closed",
        type=_above_0(float),
        default=60,
        metavar="S",
        help="seconds in which a page that was closed, or is loaded again, finds its results (default: %(default)g)",
    )
    command.add_argument("--no-browser", action="store_true", help="do not open a browser")


def _add_query(commands: _Commands, name: str, summary: str, examples: str) -> None:
    command = _add(commands, name, summary, examples, "queries")
    _add_source(command, "ids, a file of ids, or - for stdin")
    command.add_argument("-o", "--output", metavar="FILE", help=".csv .jsonl .parquet .xlsx")
    command.add_argument(
        "--format", choices=("table", "csv", "jsonl"), help="for stdout; default: a table in a terminal, else csv"
    )
    command.add_argument("--mask", choices=_MASKS, help="mask addresses in what is written")
    if name == "watch":
        command.add_argument("--hours", type=float, default=24, help="give up after (default: %(default)g)")


def _add_find(commands: _Commands) -> None:
    command = _add(commands, "find", "what the ledger knows of a person's mail", _FIND, "ledgers")
    command.add_argument("text", metavar="ADDRESS", help="an address, or a part of one")
    command.add_argument("--ledger", metavar="FILE", help="default: your own, which the app keeps")
    command.add_argument("-o", "--output", metavar="FILE", help=".csv .jsonl .parquet .xlsx")
    command.add_argument(
        "--format", choices=("table", "csv", "jsonl"), help="for stdout; default: a table in a terminal, else csv"
    )
    command.add_argument("--tz", default="Asia/Shanghai", help="time zone of times shown (default: %(default)s)")


def _add_investigate(commands: _Commands) -> None:
    command = _add(commands, "investigate", "what explains the failures, ranked", _INVESTIGATE, "results")
    _add_source(command, _SAVED)
    command.add_argument("--at", help="the column with the times of sending")
    command.add_argument(
        "--before", metavar="FILE", help="saved records of an earlier time: what failed as much then is not new"
    )
    command.add_argument("-o", "--output", metavar="FILE", help=".csv .jsonl .parquet .xlsx")
    command.add_argument("--lists", metavar="FOLDER", help="write the working lists there, with full addresses")


def _add_report(commands: _Commands) -> None:
    command = _add(commands, "report", "one file to share, addresses masked", _REPORT, "results")
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
    command = _add(commands, "gate", "exit code 0, 1, 2 or 3 by the failure rate", _GATE, "results")
    _add_source(command, _SAVED)
    command.add_argument(
        "--max-failure", type=_share, required=True, metavar="RATE", help="highest rate that passes: 0.03 or 3%%"
    )
    command.add_argument("--by", metavar="COLUMN", help="judge each of its groups too: provider, domain, your own")


def _add_doctor(commands: _Commands) -> None:
    about = "check why calls fail: credentials, network, clock, account, contract"
    command = _add(commands, "doctor", about, _DOCTOR, "services")
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
    command = _add(commands, "sandbox", about, _SANDBOX, "services")
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
