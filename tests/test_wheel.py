"""The wheel as somebody gets it: built, and installed where nothing else is."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
UV, PYROMA = (shutil.which(name, path=Path(sys.prefix) / "bin") for name in ("uv", "pyroma"))

pytestmark = [pytest.mark.slow, pytest.mark.skipif(UV is None, reason="uv is not in this environment")]

QUERY = """
import emailrcd
with emailrcd.Sandbox() as sandbox, sandbox.client() as client:
    records = client.query(sandbox.sample_campaign(200), progress=False)
print(emailrcd.summary(records).loc["all", "ids"])
emailrcd.report(records, "monday.md")
"""
REPORT_AND_APP = """
import nbformat
from importlib.resources import files
import emailrcd
notebook = nbformat.reads(files("emailrcd").joinpath("notebooks", "01_explore.ipynb").read_text(), 4)
exec("\\n".join(c.source for c in notebook.cells[:2] if c.cell_type == "code"))
emailrcd.report(emailrcd.read_records("records.parquet"), "monday.html")
print(type(app).__name__)
"""


def run(*command: object, folder: Path) -> str:
    done = subprocess.run([str(each) for each in command], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def dist(tmp_path_factory):
    """The source archive, and the wheel that is built from it."""
    folder = tmp_path_factory.mktemp("dist")
    run(UV, "build", "--no-build-isolation", "--python", sys.executable, "--out-dir", folder, ROOT, folder=ROOT)
    return folder


@pytest.fixture(scope="module")
def wheel(dist):
    return next(dist.glob("*.whl"))


def test_wheel_and_source_archive_are_fit_to_publish(dist):
    archive = next(dist.glob("*.tar.gz"))
    run(sys.executable, "-m", "twine", "check", "--strict", archive, next(dist.glob("*.whl")), folder=dist)
    # This project has neither an address on the web nor one for mail, and none is invented.
    run(PYROMA, "--min", "10", "--skip-tests", "Url,AuthorEmail", archive, folder=dist)


def environment(wheel: Path, folder: Path, extras: str) -> Path:
    """An environment with the wheel alone, from what the lock file has brought to this machine."""
    # Of the lock file only the versions: hashes are for what is installed from it.
    versions = re.findall(r"^([\w.-]+==[^\s\\]+(?: ; [^\\]+?)?) ?\\?$", (ROOT / "requirements.lock").read_text(), re.M)
    (folder / "versions.txt").write_text("\n".join(versions))
    run(UV, "venv", "--quiet", "--python", sys.executable, folder / "env", folder=folder)
    python = folder / "env" / "bin" / "python"
    run(
        UV,
        "pip",
        "install",
        "--quiet",
        "--offline",
        "--python",
        python,
        "--constraint",
        "versions.txt",
        f"{wheel}{extras}",
        folder=folder,
    )
    return python


def test_the_core_alone_is_light_queries_and_says_what_is_missing(wheel, tmp_path):
    python = environment(wheel, tmp_path, "")
    installed = run(UV, "pip", "list", "--format", "freeze", "--python", python, folder=tmp_path).split()
    assert len(installed) <= 35
    assert run(python, "-c", QUERY, folder=tmp_path).split()[-1] == "200"
    assert (tmp_path / "monday.md").exists()
    command = [python, "-m", "emailrcd.cli", "report", "--sandbox", "-o", "monday.html"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 3
    assert "pip install 'emailrcd[report]'" in done.stderr


def test_with_its_extras_the_app_opens_and_a_report_is_made(wheel, tmp_path):
    python = environment(wheel, tmp_path, "[lab,report]")
    run(python, "-m", "emailrcd.cli", "query", "--sandbox", "-o", "records.parquet", folder=tmp_path)
    assert run(python, "-c", REPORT_AND_APP, folder=tmp_path).split() == ["Explorer"]
    assert "SANDBOX" in (tmp_path / "monday.html").read_text()
