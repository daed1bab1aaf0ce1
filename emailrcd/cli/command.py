"""The command itself: its options read, its errors told, its exit codes."""

from __future__ import annotations

import argparse
import io
import os
import re
import sys
import warnings
from collections.abc import Sequence
from importlib import import_module
from typing import NoReturn

from .. import __version__
from ..errors import EmailrcdError, EmailrcdWarning
from .arguments import add_commands
from .console import command_name, tell
from .examples import OVERVIEW

ERROR = 3
"""Exit code of every error, those of usage included: 1 and 2 are answers of `gate` and `doctor`."""

INTERRUPTED = 130

_CALL = re.compile(r"(^ +|\| )emailrcd (?=[a-z])", re.M)


class _Parser(argparse.ArgumentParser):
    """A parser whose errors end with `ERROR`, and whose examples call the command as it is reached from here."""

    def format_help(self) -> str:
        return _CALL.sub(lambda call: f"{call[1]}{command_name()} ", super().format_help())

    def error(self, message: str) -> NoReturn:
        self.refuse(f"{message}. See {self.prog} --help.")

    def refuse(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(ERROR, f"{self.prog}: {message}\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code."""
    _open_streams()
    parser = _parser()
    if "_ARGCOMPLETE" in os.environ:  # a shell asks what may come next
        import argcomplete

        argcomplete.autocomplete(parser)
    given = sys.argv[1:] if arguments is None else list(arguments)
    options, unknown = parser.parse_known_args(given, argparse.Namespace(given=given))
    if unknown:
        # Values are not repeated: somebody may have given a secret.
        names = ", ".join(each.partition("=")[0] for each in unknown if each.startswith("-")) or "an argument too many"
        parser.refuse(
            f"not understood: {names}. See {parser.prog} {options.command} --help. Secrets are never arguments."
        )
    with warnings.catch_warnings():
        warnings.simplefilter("always", EmailrcdWarning)
        warnings.showwarning = lambda message, *_: tell(str(message))
        return _run(options)


def _open_streams() -> None:
    """Make a stream that was closed an empty one, and let none choke on a sign that its encoding lacks."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115 - for as long as we run
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def _run(options: argparse.Namespace) -> int:
    code: int | None = None
    try:
        module, function = options.run
        code = getattr(import_module(f".{module}", __package__), function)(options)
        sys.stdout.flush()
    except EmailrcdError as exc:
        tell(str(exc))
        return ERROR
    except KeyboardInterrupt:
        tell("interrupted.")
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has enough of it.
        _close_output()
    except OSError as exc:
        _close_output()
        tell(f"{exc.filename or 'The output'} cannot be read or written: {exc.strerror}.")
        return ERROR
    return code or 0


def _close_output() -> None:
    """See to it that nothing more is flushed at exit: it would fail again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _parser() -> _Parser:
    parser = _Parser(
        prog=command_name(),
        description="What became of every mail sent through ITNIO TECH's API.",
        epilog=OVERVIEW,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    add_commands(commands)
    return parser
