"""``lab``, ``app``, ``doctor`` and ``sandbox``: getting started, and a server that runs."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from ..api.contract import endpoint
from ..api.credentials import ENVIRONMENT, MARK
from ..errors import EmailrcdError, require
from .console import tell
from .notebooks import copy_notebooks, shipped

NOTEBOOK = "01_explore.ipynb"

_LEAST_MEMORY = 2_048


def run_lab(options: argparse.Namespace) -> None:
    """Copy the notebooks into a folder and become JupyterLab on the first.

    A copy keeps results, which may hold addresses, out of the package and of a checkout.
    """
    require("jupyterlab", "lab", "The lab")
    folder = Path(options.folder)
    for notice in copy_notebooks(folder):
        tell(notice)
    command = [
        sys.executable,
        "-m",
        "jupyterlab",
        f"--notebook-dir={folder}",
        f"--LabApp.default_url=/lab/tree/{NOTEBOOK}",
        # Otherwise a list of language servers that are not there follows the address.
        "--log-level=WARN",
    ]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")
    if not _has_desktop():
        command.append("--no-browser")
    print(
        f"Notebooks are in {folder.absolute()}. JupyterLab prints its address below; stop it with Ctrl-C.", flush=True
    )
    os.execv(sys.executable, [*command, *options.arguments])  # noqa: S606 - no shell is wanted


def run_app(options: argparse.Namespace) -> None:
    """Serve the app as a web page until Ctrl-C, in an environment without credentials.

    What a process began with can be read from beside it, so it is not enough to take credentials out: it begins anew.
    """
    require("voila", "app", "The app for colleagues")
    if not 0 <= options.port < 65_536:
        raise EmailrcdError(f"There is no port {options.port}: --port takes 1 to 65535, or 0 for a free one.")
    if options.max_memory < _LEAST_MEMORY:
        raise EmailrcdError(
            f"A visit needs {_LEAST_MEMORY} MiB to begin with: give --max-memory {_LEAST_MEMORY} or more."
        )
    if options.base_url:
        endpoint(options.base_url)
    limits = {"MAX_RATE": options.max_rate, "MAX_MEMORY": options.max_memory, "FILE_SECONDS": options.file_seconds}
    own = {MARK: "1"} | {f"{MARK}_{name}": f"{limit:g}" for name, limit in limits.items()}
    own |= {ENVIRONMENT["base_url"]: options.base_url} if options.base_url else {}
    if own != {name: value for name, value in os.environ.items() if name.startswith("EMAILRCD_")}:
        others = {name: value for name, value in os.environ.items() if not name.startswith("EMAILRCD_")}
        command = [sys.executable, "-m", "emailrcd.cli", *options.given]
        os.execve(sys.executable, command, others | own)  # noqa: S606 - no shell is wanted
    from ..web.server import serve

    serve(
        shipped() / NOTEBOOK,
        options.host,
        options.port,
        browser=not options.no_browser and _has_desktop(),
        most=options.max_sessions,
        kept_seconds=options.keep_closed,
    )


def run_sandbox(options: argparse.Namespace) -> None:
    """Serve the sandbox until Ctrl-C."""
    from ..sandbox import serve

    serve(options.port, faults=dict(options.fault), latency=options.latency, seed=options.seed)


def run_doctor(options: argparse.Namespace) -> int:
    """Print what the doctor finds; return 1 if something failed."""
    from ..query.checkup import doctor

    if options.sandbox:
        from ..sandbox import Sandbox

        with Sandbox() as local, local.client() as client:
            checkup = doctor(client, ids=options.ids or local.sample_ids(2), balance=options.balance)
    else:
        checkup = doctor(ids=options.ids or None, base_url=options.base_url, balance=options.balance)
    print(checkup)
    return 0 if checkup.ok else 1


def _has_desktop() -> bool:
    """Tell whether a browser can be opened; without a desktop a text browser might take over the terminal."""
    return sys.platform != "linux" or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
