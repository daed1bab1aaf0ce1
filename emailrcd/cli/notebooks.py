"""The notebooks in a user's folder: copied, and renewed after an upgrade where the user has not changed them."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from ..errors import EmailrcdError
from ..files.writer import whole_file

_COPIES = ".emailrcd-notebooks.json"
"""Beside the copies: of each the fingerprint of the cells it was copied with."""


def shipped() -> Path:
    """Return the folder of the notebooks: beside the package in a checkout, inside it when installed."""
    package = Path(__file__).parent.parent
    installed = package / "notebooks"
    return installed if installed.is_dir() else package.parent / "notebooks"


def copy_notebooks(folder: Path) -> list[str]:
    """Copy the notebooks into `folder`; return a notice for each that is newer here but was changed there."""
    notices = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        record = folder / _COPIES
        copied: dict[str, str] = json.loads(record.read_text()) if record.exists() else {}
        for notebook in sorted(shipped().glob("*.ipynb")):
            copy, cells = folder / notebook.name, _cells(notebook)
            if not copy.exists() or _cells(copy) == copied.get(notebook.name) != cells:
                _write(copy, notebook.read_bytes())
                copied[notebook.name] = cells
            elif copied.get(notebook.name, cells) != cells:
                notices.append(
                    f"{copy} is left as you changed it; this version of emailrcd has a newer one. To get that, rename "
                    "yours and start again."
                )
        _write(record, json.dumps(copied).encode())
    except (OSError, ValueError, KeyError, TypeError) as exc:
        problem = getattr(exc, "strerror", None) or type(exc).__name__
    else:
        return notices
    raise EmailrcdError(f"{folder.absolute()} cannot be used: {problem}. Choose another with --folder.")


def _cells(notebook: Path) -> str:
    """Return a fingerprint of what a notebook says and runs; what came of running it does not count."""
    cells = [cell["source"] for cell in json.loads(notebook.read_text("utf-8"))["cells"]]
    return hashlib.sha256("\0".join(map("".join, cells)).encode()).hexdigest()


def _write(file: Path, content: bytes) -> None:
    with whole_file(file) as stream:
        stream.write(content)
