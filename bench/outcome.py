"""What a benchmark hands over: criteria with their targets, tables, charts, and the raw numbers.

Knows the shape of a finding. Must not know how it was found or how it is shown. Whether a target is
met is said, and nothing else follows from it: a benchmark that fails is one that could not measure.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Criterion:
    """One target of the project: `measured` has to be at most (or at least) `bound`.

    `note` says what a reader must know about this number, such as a smaller size than the target
    asks for. NaN is a number that could not be taken; it meets nothing.
    """

    text: str
    measured: float
    bound: float
    unit: str = ""
    at_least: bool = False
    note: str = ""

    @property
    def met(self) -> bool:
        """Whether the target is met."""
        if math.isnan(self.measured):
            return False
        return self.measured >= self.bound if self.at_least else self.measured <= self.bound


@dataclass(frozen=True, slots=True)
class Table:
    """Cells are texts or numbers that are written as they are."""

    title: str
    heads: Sequence[str]
    rows: Sequence[Sequence[object]]


@dataclass(frozen=True, slots=True)
class Chart:
    """Lines over x, or bars when every series has one point at the same x. `log` axes: "x", "y"."""

    name: str
    title: str
    x: str
    y: str
    series: Mapping[str, Sequence[tuple[float, float]]]
    log: str = ""


@dataclass(slots=True)
class Outcome:
    """Everything one benchmark found. `warnings` are why a reader should not trust it."""

    name: str
    title: str
    text: str
    criteria: list[Criterion] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    charts: list[Chart] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    data: dict[str, Any] = field(default_factory=dict)
    seconds: float = 0.0


def milliseconds(seconds: float) -> str:
    """Seconds as a cell."""
    return f"{seconds * 1e3:.2f} ms"


def mebibytes(size: float) -> str:
    """Bytes as a cell."""
    return f"{size / 1024 / 1024:.0f} MiB"
