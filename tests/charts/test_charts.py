"""Charts: what they say is what the tables say, and they stand every edge."""

from __future__ import annotations

import io
import sys

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from matplotlib.figure import Figure

from emailrcd import charts
from emailrcd.analysis import tables
from emailrcd.charts import fonts
from emailrcd.charts.breakdowns import folded
from emailrcd.errors import EmailrcdWarning
from emailrcd.records.builder import empty
from emailrcd.records.frame import STATUSES
from tests.charts.drawn import texts


def bars(ax) -> dict[str, np.ndarray]:
    """The lengths of the bars of each status, by row or period."""
    return {
        container.get_label(): np.array(
            [max(bar.get_width(), 0) if ax.yaxis.get_inverted() else bar.get_height() for bar in container]
        )
        for container in ax.containers
    }


@pytest.mark.parametrize("draw", [charts.summary, charts.timeline, charts.heatmap, charts.settle_times])
def test_a_frame_of_another_library_is_drawn_as_pandas_is(records, draw):
    assert texts(draw(pa.Table.from_pandas(records))) == texts(draw(records))


def test_the_bars_of_a_breakdown_are_its_counts_and_the_points_its_rates(records):
    table = tables.breakdown(records, "template")
    ax = charts.breakdown(records, "template", most=100)
    for status, lengths in bars(ax).items():
        assert lengths.tolist() == table[status.replace(" ", "_")].tolist()
    rates = next(other for other in ax.figure.axes if other is not ax)
    assert rates.lines[0].get_xdata().tolist() == table["delivery_rate"].tolist()
    spans = [segment[:, 0].tolist() for segment in rates.collections[0].get_segments()]
    assert spans == table[["delivery_rate_low", "delivery_rate_high"]].to_numpy().tolist()


def test_a_long_tail_is_folded_into_one_row_that_makes_rows_add_up(records):
    table = tables.breakdown(records, "domain")
    rows, labels = folded(table, 5)
    assert labels[-1] == f"{len(table) - 5} more"
    assert rows[list(STATUSES)].sum().tolist() == table[list(STATUSES)].sum().tolist()
    assert folded(table.head(6), 5)[1] == list(table.index[:6])


def test_a_domain_called_other_is_not_taken_for_the_tail(records):
    labels = folded(tables.breakdown(records, "provider"), 3)[1]
    assert "other" not in labels[-1]


def test_the_bars_of_a_timeline_are_its_counts_and_its_line_the_rates(records):
    table = tables.timeline(records, "D")
    ax = charts.timeline(records, "D")
    for status, heights in bars(ax).items():
        assert heights.tolist() == table[status.replace(" ", "_")].tolist()
    rates = next(other for other in ax.figure.axes if other is not ax)
    assert rates.lines[0].get_ydata().tolist() == table["delivery_rate"].tolist()


def test_a_timeline_names_its_clock_and_zone_and_says_when_it_is_an_estimate(records):
    assert "time of sending (sent_at), Asia/Shanghai" in texts(charts.timeline(records))
    ax = charts.timeline(records, at="submitted_at_estimated", tz="UTC")
    assert "time of sending (estimated from the ids), UTC" in texts(ax)


def test_ids_without_a_time_are_counted_in_words(records):
    some = records.assign(sent_at=records["sent_at"].where(np.arange(len(records)) >= 7))
    assert any("7 ids without a time are not shown" in text for text in texts(charts.timeline(some)))


def test_a_summary_says_the_rate_with_denominator_interval_and_what_it_can_become(records):
    total = tables.summary(records).iloc[0]
    said = charts.rate_in_words(total)
    assert f"{total['delivery_rate']:.1%} of {total['settled']:,.0f} settled" in said
    assert f"{total['delivery_rate_low']:.1%} – {total['delivery_rate_high']:.1%}" in said
    assert f"it can become {total['delivery_rate_worst']:.1%} – {total['delivery_rate_best']:.1%}" in said
    assert said in texts(charts.summary(records))


def test_a_status_has_its_colour_in_every_chart(records):
    for ax in (charts.breakdown(records, "provider"), charts.timeline(records)):
        for container in ax.containers:
            color = charts.STATUS_COLORS[container.get_label().replace(" ", "_")]
            assert all(bar.get_facecolor() == plt.matplotlib.colors.to_rgba(color) for bar in container)


def test_the_colours_differ_in_lightness_too():
    lightness = sorted(
        np.dot([0.2126, 0.7152, 0.0722], np.array(plt.matplotlib.colors.to_rgb(color)) ** 2.2)
        for color in (charts.STATUS_COLORS[status] for status in ("delivered", "failed", "sending", "not_found"))
    )
    assert min(np.diff(lightness)) > 0.03


@pytest.mark.parametrize(
    "draw",
    [
        charts.summary,
        lambda r, ax=None: charts.breakdown(r, "domain", ax),
        lambda r, ax=None: charts.timeline(r, ax=ax),
    ],
)
def test_every_chart_stands_every_edge_and_draws_where_it_is_told(records, draw):
    failed, missing = records[records["status"] == "failed"], records[records["status"] == "not_found"]
    for some in (empty(), records.head(1), failed, missing):
        ax = draw(some)
        ax.figure.canvas.draw()
        figure = Figure(layout="constrained")
        given = figure.subplots(1, 2)[1]
        assert draw(some, ax=given) is given
        figure.canvas.draw()
        placed = Figure().add_axes((0.1, 0.1, 0.8, 0.8))
        draw(some, ax=placed).figure.canvas.draw()


def test_answers_of_the_sandbox_are_marked_and_others_are_not(records):
    for ax in (charts.summary(records), charts.breakdown(records, "provider"), charts.timeline(records)):
        assert "SANDBOX" in texts(ax)
    assert "SANDBOX" not in texts(charts.summary(empty()))


def test_text_from_outside_is_shown_as_it_is(records):
    hostile = ["$\\frac{1}{0}$", "<b>x</b>", "a" * 500, "line\nbreak", "", None]
    some = records.head(600).assign(note=pd.Series(hostile * 100, dtype="str").to_numpy())
    ax = charts.breakdown(some, "note")
    ax.figure.canvas.draw()
    labels = [label.get_text() for label in ax.get_yticklabels()]
    assert {"$\\frac{1}{0}$", "<b>x</b>", "line break", "(empty)", "(none)"} < set(labels)
    assert max(map(len, labels)) < 30


def test_where_no_font_has_chinese_there_is_one_hint_and_no_more(records, monkeypatch):
    monkeypatch.setattr(fonts, "cjk_family", lambda: ())
    with pytest.warns(EmailrcdWarning, match="apt install fonts-noto-cjk") as caught:
        ax = charts.breakdown(records, "campaign")
    assert len(caught) == 1
    # A warning would be an error here.
    ax.figure.savefig(io.BytesIO(), bbox_inches="tight")


def test_characters_without_a_font_are_boxes_and_the_rest_is_text(records, monkeypatch):
    monkeypatch.setattr(fonts, "cjk_family", lambda: ())
    with pytest.warns(EmailrcdWarning, match="pip install zhplot"):
        ax = charts.breakdown(records.assign(note="双十一 \U0001f680 sale"), "note")
    assert ax.get_yticklabels()[0].get_text() == "□□□ □ sale"
    assert "双十一" in ax.figure.description


@pytest.fixture
def without_system_fonts(monkeypatch):
    if not fonts.bundled_fonts():
        pytest.skip("the wheel zhplot is not installed here")
    manager = fonts.font_manager.fontManager
    listed = [font for font in manager.ttflist if "CJK" not in font.name and "SC" not in font.name]
    monkeypatch.setattr(manager, "ttflist", listed)
    monkeypatch.setattr(fonts.font_manager, "findSystemFonts", list)
    fonts.cjk_family.cache_clear()
    yield
    fonts.cjk_family.cache_clear()


@pytest.mark.usefixtures("without_system_fonts")
def test_without_a_system_font_chinese_is_drawn_with_the_font_of_a_wheel_that_is_not_imported(records):
    ax = charts.breakdown(records, "campaign")
    # A missing glyph is a warning, and warnings are errors here.
    ax.figure.savefig(io.BytesIO())
    assert fonts.cjk_family() == ("Noto Sans SC",)
    assert "双十一预热" in [label.get_text() for label in ax.get_yticklabels()]
    assert "zhplot" not in sys.modules


def test_chinese_names_are_drawn_with_glyphs(records):
    if not fonts.cjk_family():
        pytest.skip("no CJK font is installed here; pip install zhplot, or apt install fonts-noto-cjk")
    some = records.rename(columns={"campaign": "活动"})
    for ax in (charts.breakdown(some, "活动"), charts.breakdown(some, "活动", Figure().subplots())):
        # A missing glyph is a warning, and warnings are errors here.
        ax.figure.canvas.draw()
        assert "双十一预热" in [label.get_text() for label in ax.get_yticklabels()]
        assert ax.get_title("left") == "Delivery by 活动"


def test_nothing_is_shown_or_left_open_when_drawing_fails(records):
    before = plt.get_fignums()
    with pytest.raises(tables.EmailrcdError, match="nonsense"):
        charts.breakdown(records, "nonsense")
    assert plt.get_fignums() == before
