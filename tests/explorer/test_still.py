"""What a notebook keeps of the app."""

from __future__ import annotations

import re

import pytest

from emailrcd import Sandbox
from tests.explorer.page import Page


@pytest.fixture
def published(monkeypatch):
    """What is published to the notebook."""
    from emailrcd.explorer import app, still

    outputs = []

    def publish(data, metadata=None, *, transient=None, update=False):
        outputs.append((data, transient, update))

    for module in (app, still):
        monkeypatch.setattr(module, "publish_display_data", publish)
    return outputs


@pytest.mark.slow
def test_the_last_result_stays_without_a_single_address_or_id(published):
    with Sandbox() as sandbox:
        page = Page(sandbox.client())
        page.app._ipython_display_()
        (widget, _, _), (first, shown_as, update) = published
        assert "application/vnd.jupyter.widget-view+json" in widget
        assert not update
        assert "Run this cell" in first["text/html"]
        ids = sandbox.sample_campaign(300)
        page.app.set_ids(ids)
        page.query()
    last, replaced, update = published[-1]
    assert update
    assert replaced == shown_as
    html = last["text/html"]
    assert "SANDBOX · 300 answered in" in html
    assert len(re.findall(r'<img alt="Deliver[^"]+" src="data:image/png;base64,', html)) == 2
    for text in (html, last["text/plain"]):
        assert ".sandbox@" not in text
        assert not [email_id for email_id in ids["email_id"] if email_id in text]
    assert "<script" not in html


def test_an_app_that_is_not_displayed_publishes_nothing(published):
    with Sandbox() as sandbox:
        page = Page(sandbox.client())
        page.app.set_ids(sandbox.sample_ids(3))
        page.query()
    assert published == []
