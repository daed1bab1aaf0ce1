"""The colours of charts, app and report by the part they play, for a light page and for a dark one."""

from __future__ import annotations

from ..records.frame import STATUSES

LIGHT = {
    # What is drawn: statuses and curves in Okabe and Ito's palette, with a paler yellow and two greys.
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
    "sandbox": "#8a4b00",
    "doubtful": "#f3b27a",
    "rest": "#c9ccd0",
    "green": "#009e73",
    "pink": "#cc79a7",
    # Delivery rates, from the lowest to 100 %: the less is delivered, the more an hour stands out.
    "rate-0": "#7a2b00",
    "rate-1": "#a74505",
    "rate-2": "#d4600a",
    "rate-3": "#e49453",
    "rate-4": "#f3c79c",
    "rate-5": "#f2ddc8",
    "rate-6": "#f1f3f5",
    # What is around it on a page.
    "page": "#fbfaf8",
    "soft": "#f3f2ef",
    "line": "#cfcdc8",
    "edge": "#7b7973",
    "accent": "#005f95",
    "bad": "#a33a00",
    "bad-soft": "#fcefe6",
    "good": "#0b6b57",
    "note-soft": "#fdf1dd",
    "shade": "#1c1e2129",
}
"""On a light page. No two parts have the same colour."""

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
    "paper": "#1b1a18",
    "sandbox": "#f2c078",
    "doubtful": "#8a5226",
    "rest": "#55534e",
    "green": "#2fc49a",
    "pink": "#e09cc4",
    "rate-0": "#ffc08f",
    "rate-1": "#f09b5d",
    "rate-2": "#e0762a",
    "rate-3": "#ae5d23",
    "rate-4": "#7c431d",
    "rate-5": "#543722",
    "rate-6": "#2b2a27",
    "page": "#161614",
    "soft": "#272623",
    "line": "#45433e",
    "edge": "#8d8b84",
    "accent": "#6db9ec",
    "bad": "#ff9c66",
    "bad-soft": "#3a2718",
    "good": "#63c7ad",
    "note-soft": "#33260f",
    "shade": "#000000b3",
}
"""The same parts on a dark page."""

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
