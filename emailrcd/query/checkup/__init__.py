"""The doctor: it says why calls fail, or that they do not.

One call checks the set-up step by step – credentials, address, network, TLS, clock, account, and whether the API still
keeps its published contract – and explains each result with the next step. It sends nothing but harmless signed queries.
"""

from __future__ import annotations

from .examination import doctor
from .results import Check, Checkup

__all__ = ["Check", "Checkup", "doctor"]
