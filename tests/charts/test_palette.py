"""A chart as SVG stands in a page beside others, and follows its theme."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest
from matplotlib.colors import to_rgb

from emailrcd import charts
from emailrcd.analysis.comparison import compare
from emailrcd.charts.palette import DARK, LIGHT, STATUS_COLORS, css_variables, with_css_variables


def ids(svg):
    return [element.get("id") for element in ElementTree.fromstring(svg).iter() if element.get("id")]


def drawn(campaign, found):
    return [
        charts.summary(campaign).figure,
        charts.breakdown(campaign, ["provider", "campaign"], most=5).figure,
        charts.timeline(campaign, "D", found=found).figure,
        charts.heatmap(campaign).figure,
        charts.settle_times(campaign, "provider").figure,
        charts.compare(compare(campaign.iloc[::2], campaign.iloc[1::2])).figure,
        charts.investigate(found).figure,
    ]


@pytest.fixture(scope="module")
def figures(campaign, found):
    return drawn(campaign, found)


def test_several_charts_stand_in_one_page_without_an_id_twice(figures):
    found = [each for place, figure in enumerate(figures) for each in ids(figure.to_svg(f"chart{place}-"))]
    assert len(found) == len(set(found))


@pytest.mark.slow
def test_the_same_records_make_the_same_svg_that_refers_to_nothing_else(campaign, found):
    for one, other in zip(drawn(campaign, found), drawn(campaign, found), strict=True):
        svg = one.to_svg()
        assert svg == other.to_svg()
        assert set(re.findall(r'(?:href="|url\()#([^")]+)', svg)) <= set(ids(svg))
        assert not re.search(r'href="(?!#|data:)', svg)


def luminance(color):
    parts = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in to_rgb(color)]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one, other):
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_text_is_readable_in_either_theme(theme):
    behind = {
        "ink": ("paper", "page", "soft", "bad-soft", "note-soft", "doubtful"),
        "dim": ("paper", "page", "soft"),
        "accent": ("paper", "page", "soft"),
        "bad": ("paper", "page", "soft"),
        "good": ("paper", "page"),
        "sandbox": ("paper", "page", "note-soft"),
        "paper": ("accent", "sandbox"),
    }
    assert [
        (part, other)
        for part, others in behind.items()
        for other in others
        if contrast(theme[part], theme[other]) < 4.5
    ] == []


def test_bars_and_curves_stand_out_on_a_dark_page():
    parts = (*STATUS_COLORS, "green", "pink")
    assert all(contrast(DARK[part], DARK["paper"]) >= 4.5 for part in parts)


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_the_less_is_delivered_in_an_hour_the_more_it_stands_out_on_either_page(theme):
    scale = [contrast(theme[part], theme["paper"]) for part in theme if part.startswith("rate-")]
    assert scale == sorted(scale, reverse=True)


def test_neighbouring_statuses_differ_in_lightness_on_a_dark_page_too():
    parts = ("delivered", "failed", "sending", "not_found", "invalid", "unanswered")
    assert min(b - a for a, b in pairwise(sorted(luminance(DARK[part]) for part in parts))) > 0.01


def test_each_part_has_a_colour_of_its_own_and_both_themes_have_all_parts():
    assert len(set(LIGHT.values())) == len(LIGHT)
    assert list(LIGHT) == list(DARK)


def test_with_css_variables_no_colour_of_the_light_page_stays(figures):
    declared = set(re.findall(r"--[\w-]+", css_variables(DARK)))
    for figure in figures:
        svg = with_css_variables(figure.to_svg())
        assert not [color for color in LIGHT.values() if color in svg]
        assert set(re.findall(r"var\((--[\w-]+)\)", svg)) <= declared


def test_on_a_page_a_heat_map_has_no_colour_but_those_of_the_page(campaign):
    svg = with_css_variables(charts.heatmap(campaign).figure.to_svg())
    assert re.findall(r"#[0-9a-f]{6}\b", svg) == []


def test_no_page_has_a_colour_of_its_own():
    package = Path(charts.__file__).parent.parent
    styled = [path for end in ("css", "js", "j2", "typ") for path in package.rglob(f"*.{end}")]
    assert {"app.css", "report.css", "report.typ", "index.html.j2"} <= {path.name for path in styled}
    own = re.compile(r"#[0-9a-fA-F]{3,8}\b(?!\()|\brgba?\((?!colors\.)|hsl\(")
    assert {path.name: found for path in styled if (found := own.findall(path.read_text()))} == {}
