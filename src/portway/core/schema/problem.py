"""What can be wrong with a value, and where in it.

Knows paths in the spelling users read in Envoy's own messages: `virtual_hosts[0].match.prefix`,
with map keys quoted in brackets. Must not know how a value is walked.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

Step = str | int
"""One step of a path: a field name, a list index, or a map key written by `key_step`."""


class SchemaError(ValueError):
    """The value does not have the shape the schema asks for.

    Attributes:
        path: where, such as `virtual_hosts[0].routes[2].match.prefix`; empty for the whole value.
        message: what is wrong there.
    """

    def __init__(self, path: str, message: str) -> None:
        super().__init__(f"{path}: {message}" if path else message)
        self.path = path
        self.message = message


@dataclass(frozen=True, slots=True)
class Violation:
    """One broken rule of the schema.

    Attributes:
        path: where, spelled as in `SchemaError`.
        rule: the rule's name, such as `string.min_len`, `required`, `oneof.required`,
            `deprecated`, `disallowed_by_default`, or `type` where the shape itself is wrong.
        message: what the rule asks for and what it found.
    """

    path: str
    rule: str
    message: str


class Fault(Exception):
    """A problem on its way up: every level it passes adds its own step, innermost first."""

    def __init__(self, message: str, *steps: Step) -> None:
        super().__init__(message)
        self.message = message
        self.steps: list[Step] = list(steps)

    def at(self, step: Step) -> Fault:
        """Adds the step of the level it is passing."""
        self.steps.append(step)
        return self

    def error(self) -> SchemaError:
        """The finished error, read from the outside in."""
        return SchemaError(spell(reversed(self.steps)), self.message)


def key_step(key: object) -> str:
    """The step for a map entry: `["key"]`."""
    return f'["{key}"]'


def spell(steps: Iterable[Step]) -> str:
    """A path in words: dots before names, brackets around indices and keys."""
    path = ""
    for step in steps:
        if isinstance(step, int):
            path += f"[{step}]"
        elif step.startswith("["):
            path += step
        else:
            path += f".{step}" if path else step
    return path


def kind(value: object) -> str:
    """What a JSON value is, in the words a user would use."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, int | float):
        return f"the number {value}"
    if isinstance(value, str):
        return f"the string {value[:40]!r}"
    if isinstance(value, list | tuple):
        return "a list"
    return "an object" if hasattr(value, "items") else type(value).__name__
