"""How fast, compared with other ways to ask the same: ``make bench`` measures all of them side by side and prints tables.

Every measurement is a fresh process against a server in a process of its own. Peers take turns for several rounds and each
one's best counts, so that what else the machine does falls on all of them. Ratios can be compared between machines, times not.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import trustme
from peers import fill

HERE = Path(__file__).parent
LATENCY = 0.05
OVER_NETWORK = (
    "emailrcd",
    "emailrcd, ledger",
    "emailrcd, query_to",
    "Session + threads",
    "urllib3 + threads",
    "aiohttp",
)
AT_ONCE = ("emailrcd", "Session loop", "vendor's sample", "json.loads alone")
LIMIT = "http.client, nothing decoded"

Figures = dict[str, float]


@contextmanager
def server(latency: float, certificate: str = "") -> Iterator[str]:
    command = [sys.executable, str(HERE / "server.py"), str(latency), certificate]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        port = int(process.stdout.readline())
        try:
            yield f"http{'s' if certificate else ''}://127.0.0.1:{port}/email/getSendEmailRcd"
        finally:
            process.kill()


def measured(peer: str, url: str, ids: int, connections: int) -> Figures:
    command = [sys.executable, str(HERE / "peers.py"), peer, url, str(ids), str(connections)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{peer} failed:\n{done.stderr[-2_000:]}")
    figures: Figures = json.loads(done.stdout.splitlines()[-1])
    return figures


def best(peers: tuple[str, ...], rounds: int, url: str, ids: int, connections: int) -> dict[str, Figures]:
    """Let the peers take turns; return the least of each figure."""
    taken: dict[str, list[Figures]] = {peer: [] for peer in peers}
    for _ in range(rounds):
        for peer in peers:
            taken[peer].append(measured(peer, url, ids, connections))
    return {peer: {key: min(one[key] for one in runs) for key in runs[0]} for peer, runs in taken.items()}


def table(title: str, header: tuple[str, ...], rows: list[tuple[object, ...]]) -> None:
    print(f"\n{title}\n\n| {' | '.join(header)} |\n|{'---|' * len(header)}", flush=True)
    for row in rows:
        print(f"| {' | '.join(map(str, row))} |", flush=True)


def over_network(rounds: int, certificate: str, connections: int) -> None:
    ids = 200 * connections * 40
    ideal = math.ceil(ids / 200) / connections * LATENCY
    with server(LATENCY, certificate) as url:
        taken = best((*OVER_NETWORK, LIMIT), rounds, url, ids, connections)
    rows = [
        (
            peer,
            f"{ids / figures['seconds']:,.0f}",
            f"{ideal / figures['seconds']:.0%}",
            f"{figures['cpu'] / ids * 1e6:.1f} s",
        )
        for peer, figures in taken.items()
    ]
    title = f"**{LATENCY * 1000:.0f} ms round trip, TLS, {connections} connections, {ids:,} ids**"
    table(title, ("", "ids/s", "share of the ideal", "CPU per million ids"), rows)


def at_once(rounds: int, ids: int) -> None:
    with server(0) as url:
        taken = best((*AT_ONCE, LIMIT), rounds, url, ids, 1)
    ours, json_cpu = taken["emailrcd"], taken["json.loads alone"]["cpu"]
    rows = [
        (
            peer,
            f"{ids / figures['seconds']:,.0f}",
            f"{figures['seconds'] / ours['seconds']:.2f}",
            f"{figures['cpu'] / json_cpu:.1f}",
        )
        for peer, figures in taken.items()
    ]
    title = f"**No latency, no TLS, one connection, {ids:,} ids**"
    table(title, ("", "ids/s", "time ÷ emailrcd's", "CPU ÷ that of json.loads"), rows)


def full_ledger(rounds: int, certificate: str, filled: int) -> None:
    ids = 128_000
    peers = ("emailrcd", "emailrcd, ledger", "emailrcd, a full ledger", "emailrcd, strewn over a full ledger")
    with tempfile.TemporaryDirectory() as folder, server(LATENCY, certificate) as url:
        os.environ["BENCH_LEDGER"] = f"{folder}/history.sqlite"
        os.environ["BENCH_LEDGER_ROWS"] = str(filled)
        fill(os.environ["BENCH_LEDGER"], filled)
        taken = best(peers, rounds, url, ids, 16)
    least = taken["emailrcd"]["seconds"]
    rows = [(peer, f"{figures['seconds'] / least:.2f}") for peer, figures in taken.items()]
    title = (
        f"**What a ledger costs: 16 connections, {ids:,} ids in order, and shuffled into one of {filled:,} answers**"
    )
    table(title, ("", "time ÷ that without"), rows)


def processes(rounds: int, certificate: str) -> None:
    """One process of 64 connections beside two of 32."""
    ids = 512_000
    with server(LATENCY, certificate) as url, server(LATENCY, certificate) as other, ThreadPoolExecutor(2) as both:
        one = min(measured("emailrcd", url, ids, 64)["seconds"] for _ in range(rounds))
        two = min(
            max(took["seconds"] for took in both.map(lambda u: measured("emailrcd", u, ids // 2, 32), (url, other)))
            for _ in range(rounds)
        )
    rows = [("one process, 64 connections", f"{ids / one:,.0f}"), ("two processes, 32 each", f"{ids / two:,.0f}")]
    table(f"**A second process: {LATENCY * 1000:.0f} ms round trip, TLS, {ids:,} ids**", ("", "ids/s"), rows)


def opening(rounds: int, certificate: str) -> None:
    with server(0, certificate) as url:
        none, many = (min(measured("connections alone", url, 0, n)["cpu"] for _ in range(rounds)) for n in (0, 32))
    table("**Opening TLS connections**", ("", "CPU each"), [("32 connections", f"{(many - none) / 32 * 1000:.1f} ms")])


def memory(sizes: dict[str, tuple[int, ...]]) -> None:
    rows = []
    with server(0) as url:
        for peer, ids in ((peer, ids) for peer, some in sizes.items() for ids in some):
            figures = measured(peer, url, ids, 8)
            per_id = f"{figures['bytes'] / ids:,.0f}"
            cpu = f"{figures['cpu'] / ids * 1e6:.1f} s"
            rows.append((peer, f"{ids:,}", per_id, f"{figures['bytes'] / 1e6:,.0f} MB", cpu))
    header = ("", "ids", "bytes an id", "in all", "CPU per million ids")
    table("**Peak memory above imports and the caller's ids, and CPU as the number grows**", header, rows)


def tables(rounds: int, n: int) -> None:
    """Tables beside the one groupby of pandas that each of them needs."""
    import emailrcd

    with emailrcd.Sandbox() as sandbox:
        campaign = sandbox.sample_campaign(n)
        records = sandbox.client(connections=16).query(campaign, progress=False, on_notice=lambda _: None)
    hours = pd.Grouper(key="sent_at", freq="h")
    compared = {
        "summary": (lambda: emailrcd.summary(records), ["status"]),
        "breakdown by provider": (lambda: emailrcd.breakdown(records, "provider"), ["provider", "status"]),
        "breakdown by domain": (lambda: emailrcd.breakdown(records, "domain"), ["domain", "status"]),
        "timeline by hour": (lambda: emailrcd.timeline(records), [hours, "status"]),
    }
    first = _least(1, compared["summary"][0])
    rows: list[tuple[object, ...]] = [("the first table, which counts the ids", f"{first * 1000:.0f} ms", "", "")]
    for name, (ours, keys) in compared.items():

        def theirs(keys: list[object] = keys) -> object:
            return records.groupby(keys, observed=False, dropna=False)["email_id"].nunique()

        one, other = _least(rounds, ours), _least(rounds, theirs)
        rows.append((name, f"{one * 1000:.0f} ms", f"{other * 1000:.0f} ms", f"{one / other:.1f}"))
    rows.append(("investigate", f"{_least(1, lambda: emailrcd.investigate(records)):.1f} s", "", ""))
    table(f"**Tables of {n:,} records**", ("", "time", "pandas groupby and nunique", "ratio"), rows)


def _least(rounds: int, work: Callable[[], object]) -> float:
    taken = []
    for _ in range(rounds):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return min(taken)


def stored(n: int) -> None:
    """Bytes an id takes on disk."""
    import emailrcd

    rows = []
    with emailrcd.Sandbox() as sandbox, tempfile.TemporaryDirectory() as folder:
        client = sandbox.client(connections=16)
        client.query_to(f"{folder}/answers", iter(sandbox.sample_ids(n)), progress=False, on_notice=lambda _: None)
        client.query(sandbox.sample_ids(n), ledger=f"{folder}/ledger.sqlite", progress=False, on_notice=lambda _: None)
        parts = sum(file.stat().st_size for file in Path(folder, "answers").iterdir())
        ledger = sum(file.stat().st_size for file in Path(folder).glob("ledger.sqlite*"))
    for name, size in (("parts", parts), ("ledger", ledger)):
        rows.append((name, f"{size / n:.0f}", f"{size / n * 1e8 / 1e9:.1f} GB"))
    table(f"**On disk, from {n:,} ids of the sandbox**", ("", "bytes an id", "100,000,000 ids"), rows)


def starting(rounds: int) -> None:
    first = (
        "import emailrcd, os\n"
        "client = emailrcd.Client(emailrcd.Credentials(app_id='a', api_key='b', api_secret='c'), base_url={url!r})\n"
        "client.query(['2611200930000000001'], progress=False)"
    )
    with server(0) as url:
        programs = {
            "a bare interpreter": "pass",
            "import emailrcd": "import emailrcd",
            "import pandas": "import pandas",
            "from start to the first record": first.format(url=url),
        }
        taken = {name: min(_seconds(code) for _ in range(max(5, rounds))) for name, code in programs.items()}
    bare = taken["a bare interpreter"]
    rows = [(name, f"{took * 1000:.0f} ms", f"{took / bare:.1f}") for name, took in taken.items()]
    table("**Starting**", ("", "time", "÷ a bare interpreter's"), rows)


def _seconds(code: str) -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True)
    return time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="one round and fewer ids")
    options = parser.parse_args()
    rounds = 1 if options.quick else options.rounds
    million = 100_000 if options.quick else 1_000_000
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the beginning, Python {sys.version.split()[0]}")
    with tempfile.TemporaryDirectory() as folder:
        authority, certificate = trustme.CA(), Path(folder, "server.pem")
        authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(certificate)
        authority.cert_pem.write_to_path(Path(folder, "ca.pem"))
        os.environ["REQUESTS_CA_BUNDLE"] = str(Path(folder, "ca.pem"))
        for connections in (8, 16, 32):
            over_network(rounds, str(certificate), connections)
        full_ledger(rounds, str(certificate), 10 * million)
        processes(rounds, str(certificate))
        opening(rounds, str(certificate))
        at_once(rounds, million)
        memory(
            {
                "emailrcd": (million, 10 * million),
                "emailrcd, query_to": (million, 3 * million),
                "Session + threads": (million,),
            }
        )
        starting(rounds)
        tables(rounds, million)
        stored(million // 5)
    print(f"\nLoad {os.getloadavg()[0]:.1f} at the end.")


if __name__ == "__main__":
    main()
