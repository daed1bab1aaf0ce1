"""Copies of the notebooks in a user's folder."""

from __future__ import annotations

import json

import pytest

from emailrcd.cli import notebooks
from emailrcd.cli.notebooks import copy_notebooks, shipped
from emailrcd.errors import EmailrcdError


def edited(file, source):
    notebook = json.loads(file.read_text())
    notebook["cells"][1]["source"] = [source]
    file.write_text(json.dumps(notebook))


@pytest.fixture
def upgrade(tmp_path, monkeypatch):
    """What the next version ships; a test changes it."""
    newer = tmp_path / "newer"
    newer.mkdir()
    for notebook in shipped().glob("*.ipynb"):
        (newer / notebook.name).write_bytes(notebook.read_bytes())
    copy_notebooks(tmp_path / "lab")
    monkeypatch.setattr(notebooks, "shipped", lambda: newer)
    return newer


def test_an_upgrade_renews_a_copy_that_was_only_run(upgrade, tmp_path):
    copy = tmp_path / "lab" / "01_explore.ipynb"
    notebook = json.loads(copy.read_text())
    notebook["cells"][1]["execution_count"] = 1
    copy.write_text(json.dumps(notebook))
    edited(upgrade / "01_explore.ipynb", "newer = True")
    assert copy_notebooks(tmp_path / "lab") == []
    assert "newer = True" in copy.read_text()


def test_an_upgrade_leaves_a_changed_copy_and_says_so(upgrade, tmp_path):
    copy = tmp_path / "lab" / "01_explore.ipynb"
    edited(copy, "mine = True")
    edited(upgrade / "01_explore.ipynb", "newer = True")
    (notice,) = copy_notebooks(tmp_path / "lab")
    assert "01_explore.ipynb is left as you changed it" in notice
    assert "mine = True" in copy.read_text()


def test_without_an_upgrade_a_changed_copy_is_no_matter(upgrade, tmp_path):
    edited(tmp_path / "lab" / "01_explore.ipynb", "mine = True")
    assert copy_notebooks(tmp_path / "lab") == []


def test_a_copy_that_is_no_notebook_is_told_and_left(upgrade, tmp_path):
    copy = tmp_path / "lab" / "01_explore.ipynb"
    copy.write_text("not a notebook")
    with pytest.raises(EmailrcdError, match="cannot be used"):
        copy_notebooks(tmp_path / "lab")
    assert copy.read_text() == "not a notebook"
