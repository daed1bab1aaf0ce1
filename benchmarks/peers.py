"""What is measured: this package and other ways to ask the same, each as it is usually written, ids in, finished frame out.

Run as a program, one peer works in a fresh process and prints what it took.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import resource
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pandas as pd
import requests

KEY, SECRET, APP = "benchkey", "benchsecret", "benchapp"


def sample_ids(n: int) -> Iterator[str]:
    return (f"2611200930{number % 60:02}{number:07}" for number in range(n))


def batches(ids: list[str]) -> list[list[str]]:
    return [ids[start : start + 200] for start in range(0, len(ids), 200)]


def headers() -> dict[str, str]:
    timestamp = str(int(time.time()))
    sign = hashlib.md5(f"{KEY}{SECRET}{timestamp}".encode()).hexdigest()
    return {"Content-Type": "application/json;charset=UTF-8", "Sign": sign, "Timestamp": timestamp, "Api-Key": KEY}


def parameters(batch: list[str]) -> dict[str, str]:
    return {"appId": APP, "emailId": ",".join(batch)}


def vendor_sample(url: str, ids: list[str], connections: int) -> pd.DataFrame:
    """The sample that the vendor publishes, in a loop."""
    rows = []
    for batch in batches(ids):
        rsp = requests.get(url, params=parameters(batch), headers=headers(), timeout=60)
        if rsp.status_code == 200:
            rows += json.loads(rsp.text)["array"]
    return pd.DataFrame(rows)


def session_loop(url: str, ids: list[str], connections: int) -> pd.DataFrame:
    session = requests.Session()
    rows = []
    for batch in batches(ids):
        rows += session.post(url, json=parameters(batch), headers=headers(), timeout=60).json()["array"]
    return pd.DataFrame(rows)


def session_threads(url: str, ids: list[str], connections: int) -> pd.DataFrame:
    session = requests.Session()
    session.mount(url, requests.adapters.HTTPAdapter(pool_maxsize=connections))

    def ask(batch: list[str]) -> list[dict[str, str]]:
        return session.post(url, json=parameters(batch), headers=headers(), timeout=60).json()["array"]

    with ThreadPoolExecutor(connections) as pool:
        return pd.DataFrame([row for rows in pool.map(ask, batches(ids)) for row in rows])


def urllib3_threads(url: str, ids: list[str], connections: int) -> pd.DataFrame:
    import urllib3

    pool = urllib3.PoolManager(maxsize=connections, ca_certs=os.environ.get("REQUESTS_CA_BUNDLE"))

    def ask(batch: list[str]) -> list[dict[str, str]]:
        return pool.request("POST", url, json=parameters(batch), headers=headers()).json()["array"]

    with ThreadPoolExecutor(connections) as threads:
        return pd.DataFrame([row for rows in threads.map(ask, batches(ids)) for row in rows])


def aiohttp_frame(url: str, ids: list[str], connections: int) -> pd.DataFrame:
    import asyncio
    import ssl

    import aiohttp

    async def ask_all() -> list[list[dict[str, str]]]:
        context = ssl.create_default_context(cafile=os.environ.get("REQUESTS_CA_BUNDLE"))
        connector = aiohttp.TCPConnector(limit=connections, ssl=context)
        async with aiohttp.ClientSession(connector=connector) as session:

            async def ask(batch: list[str]) -> list[dict[str, str]]:
                async with session.post(url, json=parameters(batch), headers=headers()) as response:
                    return (await response.json())["array"]

            return await asyncio.gather(*map(ask, batches(ids)))

    return pd.DataFrame([row for rows in asyncio.run(ask_all()) for row in rows])


def emailrcd_query(url: str, ids: list[str], connections: int, **settings: object) -> pd.DataFrame:
    return _client(url, connections).query(ids, progress=False, **settings)


def emailrcd_ledger(url: str, ids: list[str], connections: int) -> pd.DataFrame:
    with tempfile.TemporaryDirectory() as folder:
        return emailrcd_query(url, ids, connections, ledger=f"{folder}/history.sqlite")


def emailrcd_full_ledger(url: str, ids: list[str], connections: int) -> pd.DataFrame:
    """A ledger that holds millions of other answers, and a campaign's ids in an order that is none."""
    random.Random(0).shuffle(ids)
    return emailrcd_query(url, ids, connections, ledger=os.environ["BENCH_LEDGER"], refresh=True)


def emailrcd_strewn(url: str, ids: list[str], connections: int) -> pd.DataFrame:
    """Ids that lie evenly among the millions that the ledger holds."""
    step = int(os.environ["BENCH_LEDGER_ROWS"]) // len(ids)
    strewn = [f"{other_id(place * step)}5" for place in range(len(ids))]
    return emailrcd_query(url, strewn, connections, ledger=os.environ["BENCH_LEDGER"], refresh=True)


def other_id(number: int) -> str:
    return f"2611200929{number % 60:02}{number:07}"


def fill(ledger: str, rows: int) -> None:
    """Enter answers about as many other ids."""
    from emailrcd import Ledger
    from emailrcd.records.builder import Answers
    from emailrcd.records.ledger import Source
    from emailrcd.records.ledger.answers import remember

    with Ledger(ledger) as opened_ledger:
        for start in range(0, rows, 100_000):
            answers = Answers.undecided([other_id(number) for number in range(start, start + 100_000)])
            answers.status = ["delivered"] * 100_000
            answers.address = ["user@qq.com"] * 100_000
            answers.time = ["2026-11-20T09:30:03+08:00"] * 100_000
            remember(opened_ledger, Source("https://bench", APP), [answers.obtained()])


def opened(url: str, ids: list[str], connections: int) -> object:
    """Verified connections, and nothing asked over them."""
    from contextlib import ExitStack

    from emailrcd.api.environment import tls_context
    from emailrcd.api.session import Session

    session = Session(url, None, tls_context(), connections, (5, 5))
    with ExitStack() as stack:
        for _ in range(connections):
            stack.enter_context(session.connected())
    return ids


def emailrcd_query_to(url: str, ids: list[str], connections: int) -> object:
    with tempfile.TemporaryDirectory() as folder:
        return range(len(_client(url, connections).query_to(f"{folder}/answers", iter(ids), progress=False)))


def bare_sockets(url: str, ids: list[str], connections: int) -> object:
    """No client at all: the same bytes sent again and again, the answer's length read. What the server can do."""
    from http.client import HTTPConnection, HTTPSConnection
    from urllib.parse import urlsplit

    parts, body = urlsplit(url), json.dumps(parameters(ids[:200])).encode()
    left, head = iter(range(-(-len(ids) // 200))), headers()

    def work() -> None:
        kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        context = {"context": _context()} if parts.scheme == "https" else {}
        connection = kind(parts.hostname or "", parts.port, **context)
        for _ in left:
            connection.request("POST", parts.path, body, head)
            connection.getresponse().read()

    threads = [threading.Thread(target=work) for _ in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return range(len(ids))


def _context() -> object:
    import ssl

    return ssl.create_default_context(cafile=os.environ.get("REQUESTS_CA_BUNDLE"))


def json_alone(url: str, ids: list[str], connections: int) -> object:
    """The json module on the same bodies, without any call: the yardstick for CPU."""
    from server import reply

    body = reply(ids[:200]).partition(b"\r\n\r\n")[2]
    return range(200 * sum(len(json.loads(body)["array"]) == 200 for _ in range(len(ids) // 200)))


def _client(url: str, connections: int) -> object:
    import emailrcd

    credentials = emailrcd.Credentials(app_id=APP, api_key=KEY, api_secret=SECRET)
    return emailrcd.Client(credentials, base_url=url, connections=connections, max_rate=None)


PEERS: dict[str, Callable[[str, list[str], int], object]] = {
    "emailrcd": emailrcd_query,
    "emailrcd, ledger": emailrcd_ledger,
    "emailrcd, a full ledger": emailrcd_full_ledger,
    "emailrcd, strewn over a full ledger": emailrcd_strewn,
    "emailrcd, query_to": emailrcd_query_to,
    "connections alone": opened,
    "vendor's sample": vendor_sample,
    "Session loop": session_loop,
    "Session + threads": session_threads,
    "urllib3 + threads": urllib3_threads,
    "aiohttp": aiohttp_frame,
    "http.client, nothing decoded": bare_sockets,
    "json.loads alone": json_alone,
}


def peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def main(name: str, url: str, n: str, connections: str) -> None:
    import emailrcd.query.client
    import emailrcd.records.parts  # noqa: F401 - imports are measured by themselves

    ids = list(sample_ids(int(n)))
    before, cpu, began = peak(), time.process_time(), time.perf_counter()
    result = PEERS[name](url, ids, int(connections))
    took, cpu = time.perf_counter() - began, time.process_time() - cpu
    if len(result) != len(ids):
        raise SystemExit(f"{name} lost ids: {len(result)} of {len(ids)}")
    print(json.dumps({"seconds": took, "cpu": cpu, "bytes": peak() - before}))


if __name__ == "__main__":
    main(*sys.argv[1:])
