"""The colours of charts, app and report by the part they play, for a light page and for a dark one."""

from __future__ import annotations

from ..records.frame import STATUSES

_COLORS = {
    # What is drawn: statuses and curves in Okabe and Ito's palette, with a paler yellow and two greys.
    "delivered": ("#0072b2", "#3d9bd6"),
    "failed": ("#d55e00", "#ef7a2a"),
    "sending": ("#56b4e9", "#b5e0f8"),
    "not_found": ("#ead46b", "#ead46b"),
    "invalid": ("#9a9a9a", "#b9b7b1"),
    "unanswered": ("#4d4d4d", "#85837d"),
    "ink": ("#1c1e21", "#e7e5e1"),
    "dim": ("#5b6067", "#a5a39d"),
    "grid": ("#e3e5e8", "#3a3936"),
    "paper": ("#ffffff", "#1b1a18"),
    "sandbox": ("#8a4b00", "#f2c078"),
    "doubtful": ("#f3b27a", "#8a5226"),
    "rest": ("#c9ccd0", "#55534e"),
    "green": ("#009e73", "#2fc49a"),
    "pink": ("#cc79a7", "#e09cc4"),
    # Delivery rates, from the lowest to 100 %: the less is delivered, the more an hour stands out.
    "rate-0": ("#7a2b00", "#ffc08f"),
    "rate-1": ("#a74505", "#f09b5d"),
    "rate-2": ("#d4600a", "#e0762a"),
    "rate-3": ("#e49453", "#ae5d23"),
    "rate-4": ("#f3c79c", "#7c431d"),
    "rate-5": ("#f2ddc8", "#543722"),
    "rate-6": ("#f1f3f5", "#2b2a27"),
    # What is around it on a page.
    "page": ("#fbfaf8", "#161614"),
    "soft": ("#f3f2ef", "#272623"),
    "line": ("#cfcdc8", "#45433e"),
    "edge": ("#7b7973", "#8d8b84"),
    "accent": ("#005f95", "#6db9ec"),
    "bad": ("#a33a00", "#ff9c66"),
    "bad-soft": ("#fcefe6", "#3a2718"),
    "good": ("#0b6b57", "#63c7ad"),
    "note-soft": ("#fdf1dd", "#33260f"),
    "shade": ("#1c1e2129", "#000000b3"),
}
"""The colour of each part on a light page, where no two parts have the same, and on a dark one."""

LIGHT = {part: light for part, (light, _) in _COLORS.items()}
DARK = {part: dark for part, (_, dark) in _COLORS.items()}

STATUS_COLORS = {status: LIGHT[status] for status in STATUSES}
"""The colour of each status."""

INK, DIM, GRID, PAPER, SANDBOX = (LIGHT[part] for part in ("ink", "dim", "grid", "paper", "sandbox"))

RATE_COLORS = [color for part, color in LIGHT.items() if part.startswith("rate-")]
"""From the lowest delivery rate to 100 %."""


def css_variables(theme: dict[str, str]) -> str:
    """Return the declarations that give a page the colours of a theme.

    Examples
    --------
    >>> css_variables(DARK)[:31]
    '--emailrcd-delivered:#3d9bd6;--'
    """
    return "".join(f"--emailrcd-{part}:{color};" for part, color in theme.items())


def with_css_variables(svg: str) -> str:
    """Return a chart as SVG whose colours are those of `css_variables`, so that it follows the theme of its page."""
    for part, color in LIGHT.items():
        svg = svg.replace(color, f"var(--emailrcd-{part})")
    return svg
