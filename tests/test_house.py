"""The house as CONTRIBUTING draws it, and the rules that no linter knows."""

from __future__ import annotations

import ast
import configparser
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "emailrcd"
MODULES = sorted(PACKAGE.rglob("*.py"))
ROW = re.compile(r"^\| `([\w/]+)` \| [^|]+ \| ([^|]+) \|$", re.M)


def drawn() -> dict[str, set[str]]:
    """Return the rooms of each floor, in the order of CONTRIBUTING's table."""
    rows = ROW.findall((ROOT / "CONTRIBUTING.md").read_text())
    return {floor: set(re.findall(r"`(\w+)`", rooms)) for floor, rooms in rows}


def rooms(folder: Path) -> set[str]:
    modules = {path.stem for path in folder.glob("*.py") if not path.stem.startswith("__")}
    return modules | {path.parent.name for path in folder.glob("*/__init__.py")}


def test_the_picture_has_the_floors_of_the_contract_in_its_order():
    contract = configparser.ConfigParser()
    contract.read(ROOT / ".importlinter")
    layers = re.findall(r"\w+", contract["importlinter:contract:floors"]["layers"])
    assert [floor for floor in drawn() if "/" not in floor] == layers


def test_the_picture_names_every_room():
    for floor, named in drawn().items():
        folder = PACKAGE / floor
        assert named == (rooms(folder) if folder.is_dir() else set()), floor


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_private_name_is_imported_from_another_module(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.level or (node.module or "").startswith("emailrcd")):
            assert [
                alias.name for alias in node.names if alias.name.startswith("_") and alias.name != "__version__"
            ] == []


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_room_is_too_large_to_be_read_at_once(path):
    assert len(path.read_text().splitlines()) <= 400
