"""A chart as SVG: lines, or bars when every series is a single number.

Knows axes and marks. Must not know what is drawn. Two shapes are all the results need, and a
page of code is less to keep than a plotting library with a lock file of its own.
"""

import math
from collections.abc import Sequence
from html import escape

from bench.outcome import Chart

_WIDTH, _HEIGHT = 720, 360
_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 150, 56, 50
_BAR, _GAP, _LABELS = 18, 8, 250
# Colours that stay apart for those who see fewer of them (Okabe and Ito).
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000")

Points = Sequence[tuple[float, float]]


def svg(chart: Chart) -> str:
    """The picture, with a white ground so that it can be read on any page."""
    series = {
        name: [point for point in points if all(math.isfinite(each) for each in point)]
        for name, points in chart.series.items()
    }
    series = {name: points for name, points in series.items() if points}
    if all(len(points) == 1 for points in series.values()):
        return _bars(chart, {name: points[0][1] for name, points in series.items()})
    return _lines(chart, series)


def _frame(width: int, height: int, title: str, body: Sequence[str]) -> str:
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
            f'width="{width}" height="{height}" font-family="sans-serif" font-size="12">',
            f'<rect width="{width}" height="{height}" fill="white"/>',
            _text(14, 22, title, size=15),
            *body,
            "</svg>\n",
        ]
    )


def _bars(chart: Chart, values: dict[str, float]) -> str:
    height = _TOP + len(values) * (_BAR + _GAP) + 30
    room = _WIDTH - _LABELS - 80
    most = max([*values.values(), 0.0]) or 1.0
    body = []
    for number, (name, value) in enumerate(values.items()):
        top = _TOP + number * (_BAR + _GAP)
        length = max(1.0, value / most * room)
        middle = top + _BAR - 5
        body.append(_text(_LABELS - 8, middle, name, anchor="end"))
        body.append(
            f'<rect x="{_LABELS}" y="{top}" width="{length:.1f}" height="{_BAR}" '
            f'fill="{_COLOURS[0]}"/>'
        )
        body.append(_text(_LABELS + length + 6, middle, _number(value)))
    body.append(_text(_LABELS, height - 12, chart.y))
    return _frame(_WIDTH, height, chart.title, body)


def _lines(chart: Chart, series: dict[str, list[tuple[float, float]]]) -> str:
    xs = [x for points in series.values() for x, _ in points]
    ys = [y for points in series.values() for _, y in points]
    across = _Axis(xs, _LEFT, _WIDTH - _RIGHT, "x" in chart.log, zero=False)
    up = _Axis(ys, _HEIGHT - _BOTTOM, _TOP, "y" in chart.log, zero=True)
    body = []
    for tick in up.ticks:
        y = up.place(tick)
        body.append(
            f'<line x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="#ddd"/>'
        )
        body.append(_text(_LEFT - 6, y + 4, _number(tick), anchor="end"))
    for tick in across.ticks:
        at = across.place(tick)
        body.append(_text(at, _HEIGHT - _BOTTOM + 18, _number(tick), anchor="middle"))
    body.append(_text((_LEFT + _WIDTH - _RIGHT) / 2, _HEIGHT - 12, chart.x, anchor="middle"))
    body.append(_text(_LEFT, _TOP - 10, chart.y))
    for number, (name, points) in enumerate(series.items()):
        colour = _COLOURS[number % len(_COLOURS)]
        placed = [(across.place(x), up.place(y)) for x, y in sorted(points)]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in placed)
        body.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        if len(placed) <= 12:
            body += [
                f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in placed
            ]
        # The names are beside the picture: lines that lie on each other still have theirs.
        at = _TOP + 16 * (number + 1)
        body.append(_text(_WIDTH - _RIGHT + 14, at, name, colour=colour))
    return _frame(_WIDTH, _HEIGHT, chart.title, body)


class _Axis:
    """From values to places in the picture."""

    def __init__(
        self, values: Sequence[float], begin: float, end: float, log: bool, *, zero: bool
    ) -> None:
        self._log = log and min(values) > 0
        self._begin, self._end = begin, end
        if self._log:
            low = math.floor(math.log10(min(values)))
            high = max(low + 1, math.ceil(math.log10(max(values))))
            self.ticks = [10.0**power for power in range(low, high + 1)]
        else:
            self.ticks = _round_ticks(0.0 if zero else min(values), max(values))
        self._low, self._high = self._scaled(self.ticks[0]), self._scaled(self.ticks[-1])

    def place(self, value: float) -> float:
        """Where a value is."""
        share = (self._scaled(value) - self._low) / (self._high - self._low)
        return self._begin + share * (self._end - self._begin)

    def _scaled(self, value: float) -> float:
        return math.log10(value) if self._log else value


def _round_ticks(low: float, high: float) -> list[float]:
    """About five round numbers that enclose everything."""
    if high <= low:
        high = low + 1.0
    rough = (high - low) / 5
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * each for each in (1, 2, 5, 10) if power * each >= rough)
    first = math.floor(low / step)
    last = max(first + 1, math.ceil(high / step))
    return [number * step for number in range(first, last + 1)]


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _text(
    x: float, y: float, text: str, *, anchor: str = "start", size: int = 12, colour: str = "#222"
) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" '
        f'fill="{colour}">{escape(text)}</text>'
    )
