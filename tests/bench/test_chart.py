"""Pictures are SVG, and marks are where their values are."""

import math
from xml.etree import ElementTree

import pytest

from bench.chart import svg
from bench.outcome import Chart

SVG = "{http://www.w3.org/2000/svg}"


def draw(chart: Chart) -> ElementTree.Element:
    return ElementTree.fromstring(svg(chart))


def lines(chart: Chart) -> list[list[tuple[float, float]]]:
    return [
        [
            (float(x), float(y))
            for x, y in (point.split(",") for point in line.attrib["points"].split())
        ]
        for line in draw(chart).iter(f"{SVG}polyline")
    ]


def test_higher_values_are_higher_up() -> None:
    chart = Chart(
        "a", "A & B", "x", "y", {"one": [(1, 1), (2, 3), (3, 2)], "two": [(1, 0), (3, 4)]}
    )
    one, two = lines(chart)
    assert one[0][0] < one[1][0] < one[2][0]
    assert one[1][1] < one[2][1] < one[0][1] < two[0][1]
    assert one[0][0] == two[0][0]
    texts = {each.text for each in draw(chart).iter(f"{SVG}text")}
    assert {"A & B", "one", "two", "x", "y"} <= texts


def test_equal_factors_are_equal_distances_on_a_logarithmic_axis() -> None:
    chart = Chart("a", "t", "x", "y", {"one": [(1, 2), (10, 20), (100, 200)]}, log="xy")
    (line,) = lines(chart)
    assert line[1][0] - line[0][0] == pytest.approx(line[2][0] - line[1][0], abs=0.2)
    assert line[1][1] - line[0][1] == pytest.approx(line[2][1] - line[1][1], abs=0.2)


def test_bars_are_as_long_as_their_values() -> None:
    series = {"one": [(0.0, 10.0)], "two": [(0.0, 5.0)], "none": [(0.0, math.nan)]}
    drawn = draw(Chart("a", "t", "", "y", series))
    widths = [float(each.attrib["width"]) for each in drawn.iter(f"{SVG}rect")][1:]
    assert len(widths) == 2
    assert widths[0] == pytest.approx(2 * widths[1], abs=0.2)


def test_a_flat_line_is_a_line() -> None:
    (line,) = lines(Chart("a", "t", "x", "y", {"one": [(0, 0), (5, 0)]}))
    assert line[0][1] == line[1][1]
