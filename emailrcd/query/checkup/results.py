"""The doctor's results: to be read, shown in a notebook, or pasted into a support ticket."""

from __future__ import annotations

import html
import platform
import textwrap
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    import pandas as pd

Result = Literal["ok", "warning", "failed", "skipped"]

_WIDTH = 110
_HEADINGS = ("check", "result", "explanation", "next step")


class Check(NamedTuple):
    """One check.

    Attributes
    ----------
    check : str
        Its name.
    result : {"ok", "warning", "failed", "skipped"}
        How it ended; ``skipped`` where it could not be made.
    explanation : str
        What was found.
    next_step : str
        What to do about it; empty where there is nothing to do.
    """

    check: str
    result: Result
    explanation: str
    next_step: str = ""


class Checkup:
    """All checks in order; ``print`` it for a support ticket: it holds no secret, no signature and no address of mail.

    Attributes
    ----------
    checks : tuple of Check
        In the order in which a call passes through them.
    at : datetime
        When it was made, in UTC.
    """

    def __init__(self, checks: Sequence[Check]) -> None:
        self.checks = tuple(checks)
        self.at = datetime.now(UTC)

    @property
    def ok(self) -> bool:
        """Whether nothing failed; warnings may remain."""
        return all(check.result != "failed" for check in self.checks)

    @property
    def table(self) -> pd.DataFrame:
        """The checks as a DataFrame of text: check, result, explanation, next_step."""
        import pandas as pd

        return pd.DataFrame(self.checks, columns=list(Check._fields), dtype="str")

    def __str__(self) -> str:
        name_width = max((len(check.check) for check in self.checks), default=0)
        margin = " " * (name_width + 11)
        lines = [self._heading()]
        for check in self.checks:
            lines += textwrap.wrap(
                f"{check.check:<{name_width}}  {check.result:<7}  {check.explanation}", _WIDTH, subsequent_indent=margin
            )
            lines += textwrap.wrap(
                check.next_step, _WIDTH, initial_indent=f"{margin}→ ", subsequent_indent=f"{margin}  "
            )
        return "\n".join(lines)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        head = "".join(f"<th style='text-align:left'>{html.escape(heading)}</th>" for heading in _HEADINGS)
        rows = "".join(
            "<tr>" + "".join(f"<td style='text-align:left'>{html.escape(text)}</td>" for text in check) + "</tr>"
            for check in self.checks
        )
        return (
            f"<p>{html.escape(self._heading())}</p><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
        )

    def _heading(self) -> str:
        failed = sum(check.result == "failed" for check in self.checks)
        outcome = f"{failed} failed" if failed else "nothing failed"
        return (
            f"emailrcd {version('emailrcd')} · Python {platform.python_version()} · {platform.system()} · "
            f"{self.at:%Y-%m-%d %H:%M} UTC · {outcome}"
        )
