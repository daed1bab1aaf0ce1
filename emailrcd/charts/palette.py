"""The colours of charts, app and report by the part they play, for a light page and for a dark one."""

from __future__ import annotations

from ..records.frame import STATUSES

LIGHT = {
    "delivered": "#0072b2",
    "failed": "#d55e00",
    "sending": "#56b4e9",
    "not_found": "#ead46b",
    "invalid": "#9a9a9a",
    "unanswered": "#4d4d4d",
    "ink": "#1c1e21",
    "dim": "#5b6067",
    "grid": "#e3e5e8",
    "paper": "#ffffff",
    "sandbox": "#a86400",
    "doubtful": "#f3b27a",
    "rest": "#c9ccd0",
    "green": "#009e73",
    "pink": "#cc79a7",
}
"""Statuses and curves: Okabe and Ito's palette, with a paler yellow and two greys. No two parts have the same colour."""

DARK = {
    "delivered": "#3d9bd6",
    "failed": "#ef7a2a",
    "sending": "#b5e0f8",
    "not_found": "#ead46b",
    "invalid": "#b9b7b1",
    "unanswered": "#85837d",
    "ink": "#e7e5e1",
    "dim": "#a5a39d",
    "grid": "#3a3936",
    "paper": "#161614",
    "sandbox": "#f2c078",
    "doubtful": "#8a5226",
    "rest": "#55534e",
    "green": "#2fc49a",
    "pink": "#e09cc4",
}
"""The same parts on a dark page."""

STATUS_COLORS = {status: LIGHT[status] for status in STATUSES}
"""The colour of each status."""

INK, DIM, GRID, PAPER, SANDBOX = (LIGHT[part] for part in ("ink", "dim", "grid", "paper", "sandbox"))

RATE_SCALE = ("#7a2b00", "#d4600a", "#f3c79c", "#f1f3f5")
"""From the lowest delivery rate to 100 %: the less is delivered, the darker, on either page."""


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
