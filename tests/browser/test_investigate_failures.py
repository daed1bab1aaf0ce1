"""The worked investigation in a browser: it runs to its end, shows its charts with words, and no address."""

from __future__ import annotations

import json
import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import Lab, open_in_lab, save

NOTEBOOK = "02_investigate_failures.ipynb"
ADDRESS = re.compile(r"[\w.]+\.sandbox@")


def test_all_cells_run_and_every_chart_has_an_alternative_text(lab: Lab, page: Page) -> None:
    open_in_lab(lab, page, NOTEBOOK)
    cells = json.loads((lab.folder / NOTEBOOK).read_text())["cells"]
    count = sum(cell["cell_type"] == "code" for cell in cells)
    # JupyterLab draws only the cells that are near; the last one to run is where Run All ends.
    expect(page.locator(".jp-InputPrompt", has_text=f"[{count}]:")).to_be_attached()
    picture = page.locator(".jp-OutputArea img").last
    expect(picture).to_have_attribute("alt", re.compile(r"\w{3}"))
    assert picture.evaluate("async (image) => { await image.decode(); return image.naturalWidth; }") > 500

    save(page)
    saved = json.loads((lab.folder / NOTEBOOK).read_text())
    outputs = [output for cell in saved["cells"] for output in cell.get("outputs", [])]
    assert all(output["output_type"] != "error" for output in outputs)
    pictures = [output for output in outputs if "image/png" in output.get("data", {})]
    calls = [cell for cell in cells if "emailrcd.charts." in "".join(cell["source"]) and cell["cell_type"] == "code"]
    assert len(pictures) == len(calls)
    assert all(' alt="' in output["data"]["text/html"][0] for output in pictures)
    assert not ADDRESS.search(json.dumps(saved))
