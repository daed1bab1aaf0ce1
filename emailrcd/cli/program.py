"""The command itself: its options read, its errors told, its exit codes."""

from __future__ import annotations

import argparse
import os
import sys
import warnings
from collections.abc import Sequence
from importlib import import_module
from typing import NoReturn

from .. import __version__
from ..errors import EmailrcdError, EmailrcdWarning
from .arguments import EXAMPLES, add_commands
from .console import tell

ERROR = 3
"""Exit code of every error, those of usage included: 1 and 2 are answers of `gate` and `doctor`."""

INTERRUPTED = 130


class _Parser(argparse.ArgumentParser):
    """A parser whose errors end with `ERROR`."""

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(ERROR, f"{self.prog}: {message}\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code."""
    parser = _parser()
    options, unknown = parser.parse_known_args(arguments)
    if unknown:
        # Values are not repeated: somebody may have given a secret.
        names = ", ".join(each.partition("=")[0] for each in unknown if each.startswith("-")) or "an argument too many"
        parser.error(f"not understood: {names}. See emailrcd {options.command} --help. Secrets are never arguments.")
    with warnings.catch_warnings():
        warnings.simplefilter("always", EmailrcdWarning)
        warnings.showwarning = lambda message, *_: tell(str(message))
        return _run(options)


def _run(options: argparse.Namespace) -> int:
    try:
        module, function = options.run
        code: int | None = getattr(import_module(f".{module}", __package__), function)(options)
        sys.stdout.flush()
    except EmailrcdError as exc:
        tell(str(exc))
        return ERROR
    except KeyboardInterrupt:
        tell("interrupted.")
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has enough of it; nothing more can be flushed at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return code or 0


def _parser() -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = _Parser(
        prog="emailrcd",
        description="What became of every mail sent through ITNIO TECH's API.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    add_commands(commands)
    return parser
