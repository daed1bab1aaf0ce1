"""The investigation beside its peers, on worlds of mail: python benchmarks/investigation.py [SEEDS [SIZE [METHOD …]]].

Plants causes of every kind and counts how often a method names the mails of one that can be seen among its first two answers
(as many as there are causes, if they are more), how often it answers anything where nothing is wrong, and its processor time.
Peers: a plain scan of all cells (here, 30 lines) and, where they are installed, pysubgroup, SliceLine and scikit-learn's tree.
As pysubgroup takes only numpy below 2, and so pyarrow below 23, they need an environment of their own:

    uv venv .peers && uv pip install --python .peers/bin/python -e . pysubgroup sliceline scikit-learn "pyarrow<23"
    .peers/bin/python benchmarks/investigation.py

`python benchmarks/investigation.py speed SIZE COLUMNS` measures time and memory of one world with so many columns of one's own.
"""

from __future__ import annotations

import itertools
import re
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).parent.parent))

import emailrcd
from emailrcd.analysis.statistics import negative_binomial_tail
from emailrcd.records.frame import COLUMNS
from tests.analysis.failures.kinds import NOISE, PLANTED, both, noise, planted, rich, value

SIZE = 4_000
LEAST_P_GAIN = 20.0  # of a log likelihood ratio: what the plain scan calls a finding
Method = Callable[[pd.DataFrame], list[np.ndarray]]


def features(records: pd.DataFrame) -> pd.DataFrame:
    """Return what the peers may look at: the same values, numbers cut into ten parts, times into days and hours."""
    table = pd.DataFrame({"domain": records["domain"], "provider": records["provider"].astype(str)})
    table["ending"] = records["domain"].str.rpartition(".")[2]
    table["day"], table["hour"] = records["sent_at"].dt.date.astype(str), records["sent_at"].dt.hour.astype(str)
    for name in ("campaign", "template", "sender", "language", "segment", "is_vip", "channel"):
        table[name] = records[name].astype("str").fillna("missing")
    for name in ("size kb", "age"):
        table[name] = pd.qcut(records[name].astype(float), 10, duplicates="drop").astype("str").fillna("missing")
    return table


def ours(records: pd.DataFrame) -> list[np.ndarray]:
    """Return the mails of all strong rows."""
    found = emailrcd.investigate(records)
    strong = [row for row in found if row.confidence in ("likely", "stated", "cannot be told apart")]
    return [records.index.isin(row.mails.index) for row in strong]


def plain_scan(records: pd.DataFrame) -> list[np.ndarray]:
    """Return the cells of at most three columns with the largest likelihood ratio, one set aside after the other."""
    table, failed = features(records), (records["status"] == "failed").to_numpy()
    codes = {name: pd.factorize(table[name])[0] for name in table}
    answers, free = [], np.ones(len(records), bool)
    for _ in range(2):
        best, mails = LEAST_P_GAIN, None
        for size in (1, 2, 3):
            for names in itertools.combinations(codes, size):
                cell = np.zeros(len(records), np.int64)
                for name in names:
                    cell = cell * (codes[name].max() + 1) + codes[name]
                cell = np.unique(cell, return_inverse=True)[1]
                n, y = np.bincount(cell[free]).astype(float), np.bincount(cell[free], failed[free])
                score = gain(y, n) * 0.9 ** (size - 1)
                if score.max() > best:
                    best, mails = score.max(), free & (cell == score.argmax())
        if mails is None:
            break
        answers.append(mails & failed)
        free &= ~mails
    return answers


def gain(y: np.ndarray, n: np.ndarray) -> np.ndarray:
    """Return the log likelihood ratio of each cell against all else; 0 where less fails than elsewhere."""

    def log(count: np.ndarray, of: np.ndarray) -> np.ndarray:
        return np.where(count > 0, count * np.log(np.maximum(count, 1e-9) / np.maximum(of, 1e-9)), 0)

    rest_y, rest_n = y.sum() - y, n.sum() - n
    ratio = log(y, n) + log(n - y, n) + log(rest_y, rest_n) + log(rest_n - rest_y, rest_n)
    ratio -= log(y.sum(), n.sum()) + log(n.sum() - y.sum(), n.sum())
    return np.where(y * rest_n > rest_y * n, ratio, 0)


def pysubgroup(records: pd.DataFrame) -> list[np.ndarray]:
    """Return the two best subgroups of pysubgroup's beam search with the standard quality function."""
    import pysubgroup as ps

    table = features(records)
    failed = (records["status"] == "failed").to_numpy()
    target = ps.BinaryTarget("failed", True)
    frame = table.assign(failed=failed)
    task = ps.SubgroupDiscoveryTask(
        frame, target, ps.create_selectors(table), result_set_size=2, depth=3, qf=ps.StandardQF(1)
    )
    found = ps.BeamSearch().execute(task).to_descriptions()
    return [np.asarray(description.covers(frame), bool) & failed for _, description, *_ in found]


def sliceline(records: pd.DataFrame) -> list[np.ndarray]:
    """Return the two best slices of SliceLine, whose error of a mail is whether it failed."""
    from sliceline.slicefinder import Slicefinder

    table = features(records)
    failed = (records["status"] == "failed").to_numpy()
    finder = Slicefinder(alpha=0.95, k=2, max_l=3, min_sup=max(20, len(table) // 200), verbose=False)
    finder.fit(table.to_numpy(), failed.astype(float))
    answers = []
    for found in finder.top_slices_:
        inside = [
            table[name].to_numpy() == value for name, value in zip(table, found, strict=True) if value is not None
        ]
        answers.append(np.logical_and.reduce(inside) & failed)
    return answers


def tree(records: pd.DataFrame) -> list[np.ndarray]:
    """Return the two leaves of a small tree in which most fails beyond the average."""
    from sklearn.preprocessing import OrdinalEncoder
    from sklearn.tree import DecisionTreeClassifier

    coded = OrdinalEncoder().fit_transform(features(records))
    failed = (records["status"] == "failed").to_numpy()
    leaf = DecisionTreeClassifier(max_depth=4, min_samples_leaf=20, random_state=0).fit(coded, failed).apply(coded)
    excess = {each: (failed[leaf == each] - failed.mean()).sum() for each in np.unique(leaf)}
    return [(leaf == each) & failed for each in sorted(excess, key=excess.get, reverse=True)[:2]]


METHODS: dict[str, tuple[Method, str]] = {
    "investigate": (ours, "emailrcd"),
    "plain scan": (plain_scan, "numpy"),
    "pysubgroup": (pysubgroup, "pysubgroup"),
    "SliceLine": (sliceline, "sliceline"),
    "decision tree": (tree, "sklearn"),
}


def hit(truth: np.ndarray, answers: list[np.ndarray], most: int) -> bool:
    """Tell whether one of the first answers has the mails of the cause."""
    return any(2 * (truth & answer).sum() > 0.8 * (truth.sum() + answer.sum()) for answer in answers[:most])


def visible(truth: np.ndarray, failed: np.ndarray, usual: float) -> bool:
    """Tell whether a cause can be seen: no chance, twice the usual rate, and a tenth of the failures."""
    chance = negative_binomial_tail((truth & failed).sum(), truth.sum() * usual, 0.0)
    return bool(chance < 1e-6 and failed[truth].mean() >= 2 * usual and (truth & failed).sum() >= 0.1 * failed.sum())


def main(seeds: int = 1, size: int = SIZE, *names: str) -> None:
    """Print one line a method."""
    print(f"{f'{size:,} mails':16}{'causes found':>16}{'noise answered':>16}{'seconds':>10}")
    for name, (method, package) in METHODS.items():
        if names and name not in names:
            continue
        if find_spec(package) is None:
            print(f"{name:16}  {package} is not installed")
            continue
        hits, answered, seconds = [], [], []
        for seed in range(900, 900 + seeds):
            for kind in PLANTED:
                records, truths = planted(kind, seed, size)
                failed = (records["status"] == "failed").to_numpy()
                answers = timed(method, records, seconds)
                usual = failed[~np.logical_or.reduce(truths)].mean()
                seen = [truth for truth in truths if visible(truth, failed, usual)]
                hits += [hit(truth & failed, answers, max(2, len(truths))) for truth in seen]
            answered += [bool(timed(method, noise(kind, seed, size), seconds)) for kind in NOISE]
        found, quiet = f"{np.mean(hits):.3f} of {len(hits)}", f"{np.mean(answered):.3f} of {len(answered)}"
        print(f"{name:16}{found:>16}{quiet:>16}{np.mean(seconds):>10.2f}", flush=True)


def timed(method: Method, records: pd.DataFrame, seconds: list[float]) -> list[np.ndarray]:
    """Return the answers of a method, and note its processor time."""
    began = time.process_time()
    answers = method(records)
    seconds.append(time.process_time() - began)
    return answers


def memory(name: str) -> int:
    """Return what Linux counts of this process, in kilobytes."""
    return int(re.search(rf"{name}:\s+(\d+)", Path("/proc/self/status").read_text()).group(1))


def speed(size: int, columns: int) -> None:
    """Print the processor time of one investigation, and by how much its memory rises above that of the frame."""
    world = rich(900, size, columns=max(columns - 10, 0))
    world.plant(both(value("campaign", "spring"), value("template", "B")), 0.4)
    records = world.records()
    records = records.drop(columns=[name for name in records if name not in COLUMNS and name != "sent_at"][columns:])
    emailrcd.investigate(records.head(1_000))  # what is imported on the first call does not count
    Path("/proc/self/clear_refs").write_text("5")  # forgets the peak of memory so far
    before, began = memory("VmRSS"), time.process_time()
    emailrcd.investigate(records)
    seconds, rise = time.process_time() - began, memory("VmHWM") - before
    frame = records.memory_usage(deep=True).sum() / 1024
    print(f"{size:,} mails, {columns} columns: {seconds:.2f} s of processor time, {rise / frame:.1f} times the frame")


if __name__ == "__main__":
    if sys.argv[1:2] == ["speed"]:
        speed(*map(int, sys.argv[2:]))
    else:
        main(*map(int, sys.argv[1:3]), *sys.argv[3:])
