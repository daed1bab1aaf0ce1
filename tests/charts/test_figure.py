"""Charts in notebooks: every one is shown, and has its words."""

from __future__ import annotations

import re
from html import unescape

import matplotlib.pyplot as plt
import nbformat
import pytest
from nbclient import NotebookClient

from emailrcd import charts

CELLS = (
    "import emailrcd, matplotlib.pyplot as plt\nsandbox = emailrcd.Sandbox()\n"
    "records = sandbox.client().query(sandbox.sample_ids(50), progress=False)",
    "ax = emailrcd.charts.summary(records)\nwords = ax.figure.description",
    "emailrcd.charts.breakdown(records, 'provider');",
    "plt.plot([1]);",
    "print(words)",
)


@pytest.mark.slow
def test_every_cell_shows_its_chart_with_an_alternative_text():
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS])
    NotebookClient(notebook, timeout=120).execute()
    # On stderr stands what a machine has to say of itself, such as that matplotlib looks for its fonts for the first time.
    outputs = [[each for each in cell.outputs if each.get("name") != "stderr"] for cell in notebook.cells]
    summary, breakdown, plain, words = (each[0] for each in outputs[1:])
    for picture in (summary, breakdown):
        assert "image/png" in picture.data
        alt = re.match(r'<img alt="([^"]+)" src="data:image/png;base64,', picture.data["text/html"])[1]
        assert unescape(alt) == picture.metadata["image/png"]["alt"]
    assert summary.metadata["image/png"]["alt"] == words.text.strip()
    assert "text/html" not in plain.data


def test_words_from_outside_are_escaped(records):
    some = records.assign(note='"><script>')
    html = charts.breakdown(some, "note").figure._repr_mimebundle_()[0]["text/html"]
    assert "<script" not in html
    assert html.count('"') == 4


def test_a_figure_from_outside_is_left_alone(records):
    figure, ax = plt.subplots()
    assert charts.summary(records, ax).figure is figure
    assert not hasattr(figure, "description")


def test_the_description_names_no_address(campaign, found):
    for ax in (
        charts.summary(campaign),
        charts.breakdown(campaign, "domain"),
        charts.timeline(campaign, found=found),
        charts.heatmap(campaign),
        charts.settle_times(campaign, "domain"),
        charts.investigate(found),
    ):
        assert ax.figure.description
        assert "@" not in ax.figure.description
