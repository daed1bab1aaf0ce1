"""The sandbox in a terminal of its own, for clients in any language."""

from __future__ import annotations

import sys
import threading
from collections.abc import Mapping

from .sandbox import Sandbox


def serve(port: int = 8025, *, faults: Mapping[str, float] | None = None, latency: float = 0.0, seed: int = 0) -> None:
    """Serve a sandbox until Ctrl-C, after printing how to reach it; the settings are those of `Sandbox`."""
    with Sandbox(seed=seed, port=port, latency=latency, faults=faults) as sandbox:
        try:
            sys.stdout.write(introduction(sandbox))
            sys.stdout.flush()
            # In slices: on Windows a wait without end does not notice Ctrl-C.
            forever = threading.Event()
            while not forever.wait(1):
                pass
        except KeyboardInterrupt:
            pass
    sys.stdout.write("\nThe SANDBOX is closed.\n")


def introduction(sandbox: Sandbox) -> str:
    """Return what a user needs to reach a sandbox: address, credentials and a call to try."""
    credentials = sandbox.credentials
    ids = ",".join(sandbox.sample_ids(3))
    return f"""SANDBOX at {sandbox.base_url} (seed {sandbox.seed}). Invented mail, loopback only. Ctrl-C ends it.

Its credentials open nothing else:

export EMAILRCD_APP_ID={credentials.app_id}
export EMAILRCD_API_KEY={credentials.api_key}
export EMAILRCD_API_SECRET={credentials.api_secret}
export EMAILRCD_BASE_URL={sandbox.base_url}

A call to try:

now=$(date +%s)
sign=$(printf '{credentials.api_key}{credentials.api_secret}%s' "$now" | openssl md5 -r | cut -c1-32)
curl -s {sandbox.base_url}/getSendEmailRcd -H 'Content-Type: application/json;charset=UTF-8' \\
  -H 'Api-Key: {credentials.api_key}' -H "Timestamp: $now" -H "Sign: $sign" \\
  -d '{{"appId": "{credentials.app_id}", "emailId": "{ids}"}}'
"""
