"""Numbers out of numbers: percentiles, medians of ratios, and when a control says stop.

Knows arithmetic. Must not know what was measured.
"""

import math
from collections.abc import Sequence
from statistics import median

CONTROL_BOUNDS = (0.92, 1.08)
"""Where the median of an A/A comparison must lie for the run to say anything."""


def percentile(values: Sequence[float], share: float) -> float:
    """The value that `share` (0 to 1) of the values stay within; a value that occurred."""
    if not values:
        return math.nan
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def median_ratio(over: Sequence[float], under: Sequence[float]) -> float:
    """The median of the ratios of pairs: what a slow round does, it does to both."""
    pairs = [above / below for above, below in zip(over, under, strict=True) if below]
    return median(pairs) if pairs else math.nan


def in_bounds(control: float) -> bool:
    """Whether a control's median ratio allows to trust the run."""
    return CONTROL_BOUNDS[0] <= control <= CONTROL_BOUNDS[1]


def slope(points: Sequence[tuple[float, float]]) -> float:
    """How much y grows with one more x: least squares. NaN for less than two different x."""
    if len(points) < 2:
        return math.nan
    x_mean = sum(x for x, _ in points) / len(points)
    y_mean = sum(y for _, y in points) / len(points)
    spread = sum((x - x_mean) ** 2 for x, _ in points)
    if not spread:
        return math.nan
    return sum((x - x_mean) * (y - y_mean) for x, y in points) / spread
