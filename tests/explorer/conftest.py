"""An app without credentials around it, and its page."""

from __future__ import annotations

import pytest

from tests.explorer.page import PATIENCE, Page


@pytest.fixture
def page(monkeypatch, tmp_path):
    for name in ("APP_ID", "API_KEY", "API_SECRET", "BASE_URL"):
        monkeypatch.delenv(f"EMAILRCD_{name}", raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    return Page()


@pytest.fixture
def app(page):
    return page.app


@pytest.fixture
def queried(page):
    """The page after a query of the sample campaign."""
    page.say("take-sample")
    page.query()
    return page


@pytest.fixture
def act(queried):
    """Say something to the app, and wait until all that follows is drawn."""

    def say(kind, **content):
        queried.say(kind, **content)
        assert queried.app.wait(PATIENCE)

    return say
