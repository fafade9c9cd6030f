"""Rules between fields: what one is, and how a table of them is applied.

Knows that a rule has a stable id, a cure and a check. Must not know any kind. The checks of one
field (patterns, lengths, ranges) are not here, they are part of the field's type.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

from portway.core.api.errors import FieldError

T = TypeVar("T")
T_contra = TypeVar("T_contra", contravariant=True)


class Violation(NamedTuple):
    """What is wrong; ``path`` is relative to the value the rule looks at (``""``: itself)."""

    path: str
    message: str


Violations = Iterable[Violation]


@dataclass(frozen=True, slots=True)
class Rule(Generic[T_contra]):
    """A check of one kind of value. ``id`` is stable: people look it up."""

    id: str
    cure: str
    check: Callable[[T_contra], Violations]


def rule(id_: str, cure: str) -> Callable[[Callable[[T], Violations]], Rule[T]]:
    """Turns a check into a rule."""

    def named(check: Callable[[T], Violations]) -> Rule[T]:
        return Rule(id_, cure, check)

    return named


class Report:
    """The errors found so far."""

    __slots__ = ("errors",)

    def __init__(self) -> None:
        self.errors: list[FieldError] = []

    def apply(self, rules: Sequence[Rule[T]], value: T, path: str) -> None:
        """Adds what ``rules`` find in the value at ``path``."""
        for each in rules:
            for violation in each.check(value):
                place = path + violation.path if path else violation.path.lstrip(".")
                self.errors.append(FieldError(place, each.id, violation.message, each.cure))


def repeated(values: Sequence[Hashable], path: str, member: str = "") -> Iterator[Violation]:
    """A violation for each value that stands earlier in the list already.

    The place is ``path[index]member``.
    """
    if len(values) < 2 or len(set(values)) == len(values):
        return
    first: dict[Hashable, int] = {}
    for index, value in enumerate(values):
        if value in first:
            yield Violation(f"{path}[{index}]{member}", f"repeats entry {first[value]}")
        else:
            first[value] = index
