"""Why did it fail? What explains the failures of a records frame, ranked, with evidence and the unexplained rest.

The API gives no reason for a failure. All that can be said is inferred from the records and from what the user knows of
them, so nothing here is a proof: a hypothesis is *consistent with* the failures, and *likely* only if the odds are strong,
the effect is large, and it goes beyond what ordinary domains, providers and hours differ by anyway.
"""

from __future__ import annotations

from .addresses import suggested_domain
from .findings import Finding, Findings
from .investigation import investigate
from .remarks import join

__all__ = ["Finding", "Findings", "investigate", "join", "suggested_domain"]
