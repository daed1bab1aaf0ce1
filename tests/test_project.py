"""What holds for the project as a whole."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import emailrcd

ROOT = Path(__file__).parent.parent
PUBLIC = [
    "Client",
    "Credentials",
    "EmailrcdError",
    "EmailrcdWarning",
    "Explorer",
    "Ledger",
    "Parts",
    "Sandbox",
    "breakdown",
    "charts",
    "cluster",
    "compare",
    "doctor",
    "errors",
    "gate",
    "heatmap",
    "investigate",
    "join",
    "read_records",
    "report",
    "settle_times",
    "settled_between",
    "summary",
    "timeline",
    "write_records",
]


def project() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def test_the_public_names_are_these_and_all_can_be_had():
    assert emailrcd.__all__ == PUBLIC
    for name in PUBLIC:
        assert getattr(emailrcd, name) is not None
        assert name in dir(emailrcd)
    with pytest.raises(AttributeError, match="nonsense"):
        _ = emailrcd.nonsense


def test_no_public_function_bears_the_name_of_a_module():
    modules = {path.stem for path in (ROOT / "emailrcd").iterdir()}
    assert {name for name in PUBLIC if name in modules} == {"charts", "errors"}


def test_importing_the_package_loads_no_third_party_module():
    script = (
        "import sys; old = set(sys.modules); import emailrcd; print(*{m.split('.')[0] for m in set(sys.modules) - old})"
    )
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    assert [name for name in sorted(loaded) if name not in sys.stdlib_module_names] == ["emailrcd", "lazy_loader"]


def test_the_lock_file_is_hashed_and_names_no_address():
    lock = (ROOT / "requirements.lock").read_text()
    assert "://" not in lock
    blocks = re.split(r"\n(?=\S)", re.sub(r"^\s*#.*\n", "", lock, flags=re.M))
    assert all("--hash=sha256:" in block for block in blocks if "==" in block)


def test_the_lock_file_is_in_step_with_every_dependency_declared():
    lock = (ROOT / "requirements.lock").read_text()
    locked = {plain(name): version for name, version in re.findall(r"^([\w.-]+)==([^\s;\\]+)", lock, re.M)}
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]
    extras = [each for extra in project()["optional-dependencies"].values() for each in extra]
    for declared in map(Requirement, [*project()["dependencies"], *extras, *groups["dev"]]):
        assert declared.name == "emailrcd" or locked[plain(declared.name)] in declared.specifier


def plain(name: str) -> str:
    """A distribution's name as registries compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def test_environment_yml_is_in_step_with_pyproject():
    environment = (ROOT / "environment.yml").read_text()
    assert f"python{project()['requires-python']}" in environment
    extras = re.search(r"-e \.\[([\w,]+)\]", environment)[1].split(",")
    assert set(extras) <= set(project()["optional-dependencies"])


def test_the_version_is_the_same_everywhere():
    assert project()["version"] == emailrcd.__version__
    assert f"## {emailrcd.__version__}" in (ROOT / "CHANGELOG.md").read_text()


@pytest.mark.parametrize("path", sorted((ROOT / "notebooks").glob("*.ipynb")), ids=lambda path: path.name)
def test_a_notebook_is_committed_bare_and_holds_prose_and_calls(path):
    notebook = json.loads(path.read_text())
    assert set(notebook["metadata"]) == {"kernelspec", "language_info"}
    for cell in notebook["cells"]:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None
        if cell["cell_type"] == "code":
            assert not re.search(r"^\s*(def|class) ", "".join(cell["source"]), re.M)


def test_nothing_the_app_loads_comes_from_the_network():
    for path in (ROOT / "emailrcd" / "explorer" / "static").iterdir():
        assert "://" not in path.read_text()
