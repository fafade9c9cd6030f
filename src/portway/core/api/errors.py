"""What is wrong with a document, field by field.

Knows how an error is told: the field, the rule, what is wrong and what to do; and how a hostile
value is shown. Must not know any
rule itself.
"""

from typing import NamedTuple

_SHOWN = 60


def printable(text: str) -> str:
    """Text that cannot break a line, a terminal or an encoding: what is not printable is escaped,
    and what is long is cut."""
    cut = text if len(text) <= _SHOWN else text[:_SHOWN] + "..."
    if cut.isprintable():
        return cut
    return "".join(
        each if each.isprintable() else each.encode("unicode_escape").decode("ascii")
        for each in cut
    )


def shown(value: object) -> str:
    """A value of a document for a message; text is quoted."""
    return f'"{printable(value)}"' if isinstance(value, str) else printable(repr(value))


class FieldError(NamedTuple):
    """One fault. ``path`` is like ``spec.rules[0].filters[1].type``; ``rule`` is stable."""

    path: str
    rule: str
    message: str
    cure: str

    def __str__(self) -> str:
        return f"{self.path or 'document'}: {self.message}; {self.cure} ({self.rule})"


class UnknownKind(Exception):
    """A document whose apiVersion and kind are not among the registered ones."""

    def __init__(self, api_version: str, kind: str, cure: str) -> None:
        super().__init__(f"apiVersion {api_version!r}, kind {kind!r}: {cure}")
        self.api_version = api_version
        self.kind = kind
        self.cure = cure


class InvalidResource(Exception):
    """A document of a known kind that breaks rules; ``errors`` is never empty."""

    def __init__(
        self, kind: str, namespace: str, name: str, errors: tuple[FieldError, ...]
    ) -> None:
        place = f"{namespace}/{name}" if namespace else name
        super().__init__(f"{kind} {place}: " + "; ".join(str(error) for error in errors))
        self.kind = kind
        self.namespace = namespace
        self.name = name
        self.errors = errors
