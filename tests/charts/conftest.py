"""What the tests of charts share."""

from __future__ import annotations

from datetime import UTC, datetime

import matplotlib.pyplot as plt
import pytest

from emailrcd.analysis.failures import investigate
from emailrcd.sandbox import Sandbox


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


@pytest.fixture(scope="session")
def records():
    with Sandbox() as sandbox:
        return sandbox.client().query(sandbox.sample_campaign(1500), progress=False)


@pytest.fixture(scope="session")
def campaign():
    """A campaign of four days, the first and the last of them with a bad afternoon at one provider."""
    with Sandbox(clock=datetime(2026, 8, 5, 13, tzinfo=UTC).timestamp) as sandbox:
        return sandbox.client().query(sandbox.sample_campaign(4000), progress=False)


@pytest.fixture(scope="session")
def found(campaign):
    return investigate(campaign)
