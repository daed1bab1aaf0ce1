"""What ``--help`` says below the options: examples and exit codes, by command."""

from __future__ import annotations

OVERVIEW = """\
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

EXAMPLES = {
    "lab": """\
examples:
  emailrcd lab
  emailrcd lab --folder work -- --port=9999
""",
    "app": """\
examples:
  emailrcd app
  emailrcd app --host 0.0.0.0 --port 9000    for colleagues; put a proxy with TLS in front

Prints an address with a token. Each visitor has a session of their own and types their own credentials; those of this
machine are not used, and nothing of a visit is kept. Without --host only this machine is served.
""",
    "query": """\
examples:
  emailrcd query 2208031112341000001 2208031112341000002
  emailrcd query campaign.xlsx --column 邮件ID -o records.xlsx
  cut -d, -f1 sent.csv | emailrcd query - --format jsonl > answers.jsonl
  emailrcd query ids.csv --ledger history.sqlite -o records.parquet

The end of the name of -o tells the kind: .csv .jsonl .parquet .xlsx. These are your data: addresses are in full unless --mask.
If the query ends early, what was obtained is written all the same, and the exit code is 3, or 130 after Ctrl-C.
Progress is shown where stderr is a terminal.
""",
    "watch": """\
examples:
  emailrcd watch ids.csv -o records.parquet
  emailrcd watch ids.csv --ledger history.sqlite --hours 6

Queries again what is open, pausing longer and longer, until all is settled or time is up.
""",
    "find": """\
examples:
  emailrcd find li.lei@qq.com
  emailrcd find li.lei@qq.com --ledger history.sqlite -o mail.csv
  emailrcd find @example.org

All mails to that address that the ledger knows, the newest first, and since when each has had which status. Case and what
follows a + make no difference. Nothing is asked, and nothing is masked.
""",
    "investigate": """\
examples:
  emailrcd investigate records.parquet
  emailrcd investigate ids.csv -o causes.xlsx
  emailrcd investigate records.parquet --lists work/    retry, correct, suppress: with full addresses
""",
    "report": """\
examples:
  emailrcd report records.parquet -o monday.html
  emailrcd report ids.csv -o monday.pdf --title "Monday" --before last-week.parquet
  emailrcd report history.sqlite -o history.xlsx --by campaign --by template --show campaign
  emailrcd report --sandbox -o try.html

The end of the name of -o tells the kind: .html .pdf .xlsx .md. Addresses are masked unless --show-addresses.
""",
    "gate": """\
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
""",
    "doctor": """\
examples:
  emailrcd doctor
  emailrcd doctor 2208031112341000001    an id of mail you sent tells more

exit codes:
  0  nothing failed
  1  a check failed
  3  error, errors of usage included
""",
    "sandbox": """\
examples:
  emailrcd sandbox --port 8025
  emailrcd sandbox --fault reset=0.05 --fault 503=0.1
""",
}
"""Of each command."""
