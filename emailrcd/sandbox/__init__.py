"""A local server that keeps the API's contract: a world, not a stub.

No account, no network: `Sandbox` answers about any email id as the vendor's endpoint would, from a world that is a pure
function of a seed – with believable recipients, mail that settles as time passes, and planted causes of failure. On
request it misbehaves.
"""

from __future__ import annotations

from .console import serve
from .sandbox import Sandbox
from .world import World

__all__ = ["Sandbox", "World", "serve"]
