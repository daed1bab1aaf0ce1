"""A million ids through a storm: every one accounted for, every answer compared with the truth.

``make soak`` runs it in a few minutes. The sandbox serves from a process of its own and misbehaves by rate; whatever a query
leaves unanswered is asked again, as a user would, until nothing is. Prints the figures; ends with 1 if an id is lost or an
answer is wrong.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import time
import warnings
from collections import Counter
from datetime import UTC, datetime
from multiprocessing.connection import Connection

import pandas as pd

from emailrcd import Client, EmailrcdError, EmailrcdWarning, Sandbox
from emailrcd.api import transport
from emailrcd.sandbox import World
from emailrcd.sandbox.world import row

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC).timestamp()
"""The sandbox's clock stands still, so that the truth does."""

STATUS = {"0": "delivered", "1": "failed", "-1": "sending"}
STORM = {
    "reset": 0.02,
    "reset_within": 0.02,
    "close": 0.01,
    "hang": 0.002,
    "slow": 0.002,
    "truncated": 0.02,
    "500": 0.02,
    "502": 0.01,
    "503": 0.02,
    "429_bare": 0.02,
    "malformed": 0.01,
    "truncated_json": 0.01,
    "nested": 0.005,
    "wrong_shape": 0.01,
    "missing_field": 0.01,
    "wrong_type": 0.01,
    "unknown_status": 0.01,
    "missing_rows": 0.02,
    "double_rows": 0.02,
    "repeated_rows": 0.02,
    "foreign_row": 0.02,
    "counts": 0.02,
    "numbers": 0.02,
    "-6": 0.003,
    "-23": 0.05,
    "-5": 0.005,
    "-28": 0.005,
    "-99": 0.002,
}
MAX_ROUNDS = 20


class CountingSandbox(Sandbox):
    """A sandbox that counts every fault it gives; its log keeps the latest calls only."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed=seed, faults=STORM, clock=lambda: NOW)
        self.given: Counter[str] = Counter()
        choose = self.faults.choose

        def counted(number: int) -> object:
            fault = choose(number)
            self.given[fault.name] += 1
            return fault

        self.faults.choose = counted  # type: ignore[method-assign, assignment]


def serve(seed: int, pipe: Connection) -> None:
    with CountingSandbox(seed) as sandbox:
        pipe.send(sandbox.base_url)
        pipe.recv()
        pipe.send(sandbox.given)


def survive(client: Client, ids: list[str]) -> tuple[pd.Series, int]:
    """Query until nothing is unanswered; return the status of each id, and the queries it took."""
    status = pd.Series("unanswered", index=pd.Index(ids, dtype="str"), dtype="str")
    for query in range(1, MAX_ROUNDS + 1):
        left = status.index[status == "unanswered"]
        try:
            records = client.query(list(left), progress=sys.stderr.isatty())
        except EmailrcdError as exc:
            print(f"query {query} ended early: {str(exc)[:100]}", flush=True)
            records = exc.records
        if records["email_id"].tolist() != list(left):
            raise SystemExit("A query lost or moved an id.")
        status.loc[left] = records["status"].astype("str").to_numpy()
        open_to = int((status == "unanswered").sum())
        print(f"query {query}: {len(left):,} ids asked, {open_to:,} left unanswered", flush=True)
        if not open_to:
            break
    return status, query


def count_wrong(seed: int, status: pd.Series) -> int:
    world, wrong = World(seed), 0
    for email_id, told in status.items():
        mail = world.facts(str(email_id))
        entry = row(mail, NOW) if mail else None
        true = "invalid" if mail is None else STATUS[entry["status"]] if entry else "not_found"
        wrong += told not in (true, "unanswered")
    return wrong


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ids", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    warnings.simplefilter("ignore", EmailrcdWarning)
    transport.BACKOFF_SECONDS = 0.02

    here, there = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(options.seed, there), daemon=True)
    server.start()
    base_url = here.recv()
    began = time.monotonic()
    with Sandbox(seed=options.seed, clock=lambda: NOW) as sampling:
        ids = sampling.sample_ids(options.ids)
    ids[:: max(1, options.ids // 100)] = [f"abnormal-{n}" for n in range(len(ids[:: max(1, options.ids // 100)]))]
    with Client(Sandbox.credentials, base_url=base_url, max_rate=None, timeout=(5, 1), connections=16) as client:
        status, queries = survive(client, ids)
    took = time.monotonic() - began
    here.send("enough")
    given: Counter[str] = here.recv()
    server.join()

    lost = len(ids) - len(status) + int((status == "unanswered").sum())
    wrong = count_wrong(options.seed, status)
    faults = sum(given.values()) - given[""]
    print(f"ids asked {len(ids):,} · calls {sum(given.values()):,} · faults injected {faults:,} · queries {queries}")
    print("  ".join(f"{name} {count:,}" for name, count in status.value_counts().items()))
    print("  ".join(f"{name} {count:,}" for name, count in given.most_common() if name))
    print(f"ids lost {lost:,} · wrong answers {wrong:,} · {took:,.0f} seconds")
    return 1 if lost or wrong else 0


if __name__ == "__main__":
    sys.exit(main())
