"""The records frame: its columns, dtypes and derived columns; reading a saved one."""

from __future__ import annotations

STATUSES = ("delivered", "failed", "sending", "not_found", "invalid", "unanswered")
"""Every id ends in exactly one of these."""

SETTLED = ("delivered", "failed")
"""Answers that do not change any more."""

OPEN = ("sending", "not_found")
"""Answers that may still change."""

COLUMNS = (
    "email_id",
    "status",
    "to_address",
    "received_at",
    "submitted_at_estimated",
    "domain",
    "provider",
    "queried_at",
    "error",
)
"""The first columns of every records frame, in order."""

ID_ZONE = "Asia/Shanghai"
"""The zone in which the time inside an email id is read: an observation on published ids, not a promise."""
