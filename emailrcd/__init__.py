"""emailrcd: what became of every mail sent through ITNIO TECH's email API.

The public names are loaded when they are first used, so that ``import emailrcd`` costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False  # as checkers know it: to import typing would take longer than everything else here
if TYPE_CHECKING:
    from . import charts
    from .analysis import breakdown, summary, timeline
    from .checkup import doctor
    from .client import Client
    from .comparison import compare
    from .credentials import Credentials
    from .errors import EmailrcdError, EmailrcdWarning
    from .explorer import Explorer
    from .failures import investigate, join
    from .ledger import Ledger
    from .parts import Parts
    from .reading import read_records
    from .reporting import report
    from .sandbox import Sandbox
    from .timing import heatmap, settle_times

__version__ = "0.1.0"

_HOMES = {
    "Client": "client",
    "Credentials": "credentials",
    "EmailrcdError": "errors",
    "EmailrcdWarning": "errors",
    "Explorer": "explorer",
    "Ledger": "ledger",
    "Parts": "parts",
    "Sandbox": "sandbox",
    "breakdown": "analysis",
    "doctor": "checkup",
    "compare": "comparison",
    "heatmap": "timing",
    "investigate": "failures",
    "join": "failures",
    "read_records": "reading",
    "report": "reporting",
    "settle_times": "timing",
    "summary": "analysis",
    "timeline": "analysis",
}

__all__ = [
    "Client",
    "Credentials",
    "EmailrcdError",
    "EmailrcdWarning",
    "Explorer",
    "Ledger",
    "Parts",
    "Sandbox",
    "breakdown",
    "charts",
    "compare",
    "doctor",
    "heatmap",
    "investigate",
    "join",
    "read_records",
    "report",
    "settle_times",
    "summary",
    "timeline",
]


def __getattr__(name: str) -> object:
    if name == "charts":
        return import_module(".charts", __name__)
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f".{_HOMES[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
