"""A sandbox with a clock that the test turns, and a plain HTTP client that signs."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import md5
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit

import pytest

from emailrcd.sandbox import Sandbox

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC).timestamp()
PATH = "/email/getSendEmailRcd"


class Clock:
    """A clock that stands still until it is set."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> float:
        return self.now


class Answer(NamedTuple):
    status: int
    headers: Mapping[str, str]
    raw: bytes

    @property
    def json(self) -> dict[str, Any]:
        return json.loads(self.raw)

    @property
    def code(self) -> str:
        return self.json["status"]


def signed(timestamp: object = int(NOON), key: str = "SANDBOXKEY", secret: str = "SANDBOXSECRET") -> dict[str, str]:
    return {
        "Content-Type": "application/json;charset=UTF-8",
        "Api-Key": key,
        "Timestamp": str(timestamp),
        "Sign": md5(f"{key}{secret}{timestamp}".encode()).hexdigest(),
    }


def ask_sandbox(
    sandbox: Sandbox,
    ids: Sequence[str] | str = (),
    *,
    method: str = "POST",
    query: bool = False,
    path: str = PATH,
    body: bytes | None = None,
    app_id: str = "SANDBOX",
    **headers: str | None,
) -> Answer:
    """Make one signed call; a header given as None is left out (underscores stand for hyphens)."""
    parameters = {"appId": app_id, "emailId": ids if isinstance(ids, str) else ",".join(ids)}
    if query:
        path = f"{path}?{urlencode(parameters)}"
    elif body is None:
        body = json.dumps(parameters).encode()
    merged = {**signed(), **{name.replace("_", "-"): value for name, value in headers.items()}}
    connection = http.client.HTTPConnection(urlsplit(sandbox.base_url).netloc, timeout=10)
    try:
        connection.request(method, path, body, {name: value for name, value in merged.items() if value is not None})
        response = connection.getresponse()
        return Answer(response.status, dict(response.headers), response.read())
    finally:
        connection.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sandbox(clock: Clock) -> Iterator[Sandbox]:
    with Sandbox(clock=clock) as one:
        yield one


@pytest.fixture
def ids(sandbox: Sandbox) -> list[str]:
    """Ten ids whose mail has settled and is known."""
    facts = map(sandbox.world.facts, sandbox.sample_ids(400))
    return [mail.email_id for mail in facts if mail.known and mail.settled < NOON][:10]


@pytest.fixture
def ask() -> Callable[..., Answer]:
    return ask_sandbox


@pytest.fixture
def sign() -> Callable[..., dict[str, str]]:
    return signed
