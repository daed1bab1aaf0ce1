"""``lab``, ``doctor`` and ``sandbox``: getting started, and a server that runs."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from pathlib import Path

from ..errors import EmailrcdError

NOTEBOOK = "01_explore.ipynb"


def run_lab(options: argparse.Namespace) -> None:
    """Copy the notebooks into a folder, where there are none yet, and become JupyterLab on the first.

    A copy keeps results, which may hold addresses, out of the package and of a checkout.
    """
    folder = Path(options.folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for notebook in sorted(_notebooks().glob("*.ipynb")):
            if not (folder / notebook.name).exists():
                shutil.copy(notebook, folder)
    except OSError as exc:
        raise EmailrcdError(
            f"{folder.absolute()} cannot be used: {exc.strerror}. Choose another with --folder."
        ) from None
    command = [
        sys.executable,
        "-m",
        "jupyterlab",
        f"--notebook-dir={folder}",
        f"--LabApp.default_url=/lab/tree/{NOTEBOOK}",
    ]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")
    if sys.platform == "linux" and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        # Without a desktop a text browser might take over the terminal.
        command.append("--no-browser")
    print(
        f"Notebooks are in {folder.absolute()}. JupyterLab prints its address below; stop it with Ctrl-C.", flush=True
    )
    os.execv(sys.executable, [*command, *options.arguments])  # noqa: S606 - no shell is wanted


def run_sandbox(options: argparse.Namespace) -> None:
    """Serve the sandbox until Ctrl-C."""
    from ..sandbox import serve

    serve(options.port, faults=dict(options.fault), latency=options.latency, seed=options.seed)


def run_doctor(options: argparse.Namespace) -> int:
    """Print what the doctor finds; return 1 if something failed."""
    from ..checkup import doctor

    if options.sandbox:
        from ..sandbox import Sandbox

        with Sandbox() as local, local.client() as client:
            checkup = doctor(client, ids=options.ids or local.sample_ids(2))
    else:
        checkup = doctor(ids=options.ids or None)
    print(checkup)
    return 0 if checkup.ok else 1


def _notebooks() -> Path:
    """Return the folder of the notebooks: beside the package in a checkout, inside it when installed."""
    package = Path(__file__).parent.parent
    installed = package / "notebooks"
    return installed if installed.is_dir() else package.parent / "notebooks"
