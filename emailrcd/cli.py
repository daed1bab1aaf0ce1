"""The ``emailrcd`` command; thin."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from . import __version__
from .errors import EmailrcdError

NOTEBOOK = "01_explore.ipynb"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code."""
    options = _parser().parse_args(arguments)
    try:
        if options.command == "lab":
            lab(Path(options.folder), options.arguments)
        elif options.command == "doctor":
            return examine(options.ids, sandbox=options.sandbox)
        else:
            sandbox(options)
    except EmailrcdError as exc:
        print(f"emailrcd: {exc}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def lab(folder: Path, arguments: Sequence[str]) -> None:
    """Copy the notebooks into `folder`, where there are none yet, and become JupyterLab on the first.

    A copy keeps results, which may hold addresses, out of the package and of a checkout.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for notebook in sorted(_notebooks().glob("*.ipynb")):
        if not (folder / notebook.name).exists():
            shutil.copy(notebook, folder)
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
    os.execv(sys.executable, [*command, *arguments])  # noqa: S606 - no shell is wanted


def sandbox(options: argparse.Namespace) -> None:
    """Serve the sandbox until Ctrl-C."""
    from .sandbox import serve

    serve(options.port, faults=dict(options.fault), latency=options.latency, seed=options.seed)


def examine(ids: Sequence[str], *, sandbox: bool) -> int:
    """Print what the doctor finds; return 1 if something failed."""
    from .checkup import doctor

    if sandbox:
        from .sandbox import Sandbox

        with Sandbox() as local, local.client() as client:
            checkup = doctor(client, ids=ids or local.sample_ids(2))
    else:
        checkup = doctor(ids=ids or None)
    print(checkup)
    return 0 if checkup.ok else 1


def _notebooks() -> Path:
    """Return the folder of the notebooks: beside the package in a checkout, inside it when installed."""
    package = Path(__file__).parent
    installed = package / "notebooks"
    return installed if installed.is_dir() else package.parent / "notebooks"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="emailrcd", description="What became of every mail sent through ITNIO TECH's API."
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(dest="command", required=True)

    command = commands.add_parser("lab", help="start JupyterLab on a copy of the notebooks")
    command.add_argument("--folder", default="emailrcd-lab", help="where the copies go (default: %(default)s)")
    command.add_argument("arguments", nargs="*", metavar="-- ARGUMENT", help="passed on to JupyterLab")

    command = commands.add_parser("doctor", help="check why calls fail: credentials, network, clock, account, contract")
    command.add_argument("ids", nargs="*", metavar="ID", help="ids of mail you sent; they tell more than made-up ones")
    command.add_argument("--sandbox", action="store_true", help="examine the sandbox in place of the API")

    command = commands.add_parser("sandbox", help="serve a local world that keeps the API's contract")
    command.add_argument("--port", type=int, default=8025, help="default: %(default)s")
    command.add_argument("--seed", type=int, default=0, help="another seed, another world (default: %(default)s)")
    command.add_argument("--latency", type=float, default=0.0, metavar="SECONDS", help="added to every call")
    command.add_argument(
        "--fault",
        type=_fault,
        action="append",
        default=[],
        metavar="NAME=RATE",
        help="for example reset=0.05; repeatable",
    )
    return parser


def _fault(text: str) -> tuple[str, float]:
    name, _, rate = text.rpartition("=")
    try:
        return name, float(rate)
    except ValueError:
        raise argparse.ArgumentTypeError("give a fault like reset=0.05") from None


if __name__ == "__main__":
    sys.exit(main())
