"""The notebooks, run as a reader runs them; what must hold of their variables is asked in a cell that readers do not see."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"

pytestmark = pytest.mark.slow


def run(name: str, folder: Path, checks: str) -> None:
    """Run a notebook in `folder`, with a last cell of checks before those that close what it opened."""
    notebook = nbformat.read(NOTEBOOKS / f"{name}.ipynb", 4)
    closing = [cell for cell in notebook.cells if cell.source.startswith("client.close()")]
    notebook.cells = [cell for cell in notebook.cells if cell not in closing]
    notebook.cells += [nbformat.v4.new_code_cell(checks), *closing]
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(folder)}}).execute()


def test_the_investigation_explains_each_failed_mail_once_and_finds_the_planted_causes(tmp_path):
    checks = """
total = emailrcd.summary(records).loc["all"]
assert total["ids"] == records["email_id"].nunique()
assert total[["settled", "open", "invalid", "unanswered"]].sum() == total["ids"]
assert found.table["excess"].sum() == total["failed"]
assert behind["email_id"].is_unique
assert (behind["status"] == "failed").all()
on_lists = pd.concat(lists.values())
assert on_lists["email_id"].is_unique
assert on_lists["email_id"].isin(behind["email_id"]).all()
change = compared.overall.iloc[0]
assert abs(change["mix"] + change["rate"] - change["change"]) < 1e-9
planted = pd.crosstab(behind["row"], facts["cause"])
causes = planted[["blocked", "dead", "mistyped"]]
assert (causes.max() > 0.9 * causes.sum()).all()
assert causes.idxmax().is_unique
assert planted["chance"].idxmax() == found.table.index[-1]
"""
    run("02_investigate_failures", tmp_path, checks)


def test_the_report_is_written(tmp_path):
    run("03_report", tmp_path, "assert path.exists()")


def test_parts_say_what_the_whole_says_and_a_cluster_what_one_machine_says(tmp_path):
    checks = """
whole = emailrcd.read_records(folder / "answers")
assert "stopped" in told
assert (parts.complete, len(parts)) == (True, 110_000)
# The first part, the rest of it asked again in part, and the cluster's own.
assert len(sandbox.calls) < 2 * 110_000 / 200 + 100
assert emailrcd.summary(parts).equals(emailrcd.summary(whole))
assert emailrcd.summary(spread).equals(emailrcd.summary(parts))
assert on_cluster.equals(emailrcd.breakdown(spread, ["campaign", "provider"]))
assert cost.loc[cost["calls a second allowed"] == 20, "hours"].round(2).tolist() == [0.07, 6.94]
"""
    run("04_at_scale", tmp_path, checks)
