"""Charts leave matplotlib's settings and pyplot's figures to the user."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from emailrcd import charts
from emailrcd.analysis.comparison import compare

DRAWN = ("summary", "breakdown", "timeline", "heatmap", "settle_times", "compare", "investigate")


@pytest.fixture(scope="module")
def draw(campaign, found):
    compared = compare(campaign.iloc[::2], campaign.iloc[1::2])
    return {
        "summary": lambda ax=None: charts.summary(campaign, ax),
        "breakdown": lambda ax=None: charts.breakdown(campaign, "domain", ax),
        "timeline": lambda ax=None: charts.timeline(campaign, ax=ax, found=found),
        "heatmap": lambda ax=None: charts.heatmap(campaign, ax=ax),
        "settle_times": lambda ax=None: charts.settle_times(campaign, "provider", ax=ax),
        "compare": lambda ax=None: charts.compare(compared, ax),
        "investigate": lambda ax=None: charts.investigate(found, ax),
    }


class Watching(Axes):
    """An Axes that looks at the settings whenever something is drawn on it."""

    def __init__(self, *arguments, **options):
        self.settings = []
        super().__init__(*arguments, **options)
        self.settings.clear()

    def _look(self):
        self.settings.append(dict(mpl.rcParams))

    def add_patch(self, p):
        self._look()
        return super().add_patch(p)

    def add_line(self, line):
        self._look()
        return super().add_line(line)

    def set_title(self, *arguments, **options):
        self._look()
        return super().set_title(*arguments, **options)


@pytest.mark.parametrize("chart", DRAWN)
def test_settings_are_the_users_while_a_chart_is_drawn_and_after(draw, chart):
    before = dict(mpl.rcParams)
    ax = Figure(layout="constrained").add_subplot(axes_class=Watching)
    draw[chart](ax)
    assert len(ax.settings) > 0
    assert all(settings == before for settings in ax.settings)
    assert dict(mpl.rcParams) == before


@pytest.mark.parametrize("chart", DRAWN)
def test_a_chart_drawn_in_a_thread_is_no_figure_of_pyplot(draw, chart):
    mine = plt.figure()
    with ThreadPoolExecutor(1) as thread:
        ax = thread.submit(draw[chart]).result()
    assert plt.gcf() is mine
    assert plt.get_fignums() == [mine.number]
    assert ax.figure.to_svg().startswith("<svg")


@pytest.mark.parametrize("chart", DRAWN)
def test_the_users_other_charts_in_the_figure_are_left_alone(draw, chart):
    mine, given = Figure(layout="constrained").subplots(1, 2)
    title = mine.set_title("$x^2$")
    label = mine.set_xlabel("mine", fontsize=20)
    draw[chart](given)
    assert title.get_parse_math()
    assert label.get_fontsize() == 20
    assert mine.spines["top"].get_visible()


def test_a_dark_style_of_the_users_does_not_make_a_chart_unreadable(draw):
    with plt.style.context("dark_background"):
        svg = draw["breakdown"]().figure.to_svg()
        paper = draw["breakdown"]().get_facecolor()
    assert paper == (1, 1, 1, 1)
    assert "fill: #1c1e21" in svg
    assert "stroke: #ffffff" in svg
    assert "fill: #ffffff" not in svg
