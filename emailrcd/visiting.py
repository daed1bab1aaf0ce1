"""Whether this process works for a visitor of ``emailrcd app``, to whom nothing on this machine belongs."""

from __future__ import annotations

import os

MARK = "EMAILRCD_VISITOR"
"""The variable that marks a process as a visitor's; whoever starts the process sets it."""


def visited() -> bool:
    """Tell whether this process works for a visitor.

    A visitor brings everything: no credentials are looked for here, no file is read or written, no ledger is shared.
    """
    return bool(os.environ.get(MARK))
