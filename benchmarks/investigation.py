"""The investigation beside its peers, on worlds of mail: python benchmarks/investigation.py [SEEDS].

Plants causes of every kind and counts how often a method names the mails of a cause among its first two answers, how often
it answers anything where nothing is wrong, and how long it takes. Peers: a plain scan of all cells (here, 30 lines) and,
where they are installed (`uv pip install --group bench`), pysubgroup and scikit-learn's tree.
"""

from __future__ import annotations

import itertools
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).parent.parent))

import emailrcd
from tests.analysis.failures.kinds import NOISE, PLANTED, noise, planted

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
    "decision tree": (tree, "sklearn"),
}


def hit(truth: np.ndarray, answers: list[np.ndarray], most: int) -> bool:
    """Tell whether one of the first answers has the mails of the cause."""
    return any(2 * (truth & answer).sum() > 0.8 * (truth.sum() + answer.sum()) for answer in answers[:most])


def main(seeds: int) -> None:
    """Print one line a method."""
    print(f"{'':16}{'causes found':>16}{'noise answered':>16}{'seconds':>10}")
    for name, (method, package) in METHODS.items():
        if find_spec(package) is None:
            print(f"{name:16}  {package} is not installed")
            continue
        hits, answered, began = [], [], time.process_time()
        for seed in range(900, 900 + seeds):
            for kind in PLANTED:
                records, truths = planted(kind, seed, SIZE)
                failed = (records["status"] == "failed").to_numpy()
                answers = method(records)
                hits += [hit(truth & failed, answers, max(2, len(truths))) for truth in truths]
            answered += [bool(method(noise(kind, seed, SIZE))) for kind in NOISE]
        seconds = (time.process_time() - began) / (seeds * (len(PLANTED) + len(NOISE)))
        print(f"{name:16}{np.mean(hits):>16.2f}{np.mean(answered):>16.2f}{seconds:>10.2f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1)
