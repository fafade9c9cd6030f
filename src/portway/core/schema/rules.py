"""Field validation rules, from the options the descriptors carry to functions over values.

Knows the `validate.FieldRules` message of protoc-gen-validate and what each rule means for one
value. Must not know messages, presence or recursion: that is `violations`.

Rules that need a clock (`timestamp.lt_now`) or a resolver's idea of a name (`string.hostname`,
`uri`, `email`, ...) are not checked here; none of Envoy's fields uses them, and Envoy checks
whatever is left over itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import re2

Broken = tuple[str, str]
"""A broken rule's name and what it asks for."""
Check = Callable[[Any], Broken | None]
"""One rule applied to one value: None when it holds."""

_NUMBERS = frozenset(
    (
        *("float", "double", "int32", "int64", "uint32", "uint64", "sint32", "sint64"),
        *("fixed32", "fixed64", "sfixed32", "sfixed64"),
    )
)
# RFC 9110 field names (with HTTP/2's leading colon) and values. The range from + to . lets a comma
# through, as the validators generated into Envoy do. The lenient form only keeps out what would
# end a header line, and lets the empty string pass for a name too.
_STRICT = {1: r"^:?[0-9A-Za-z!#$%&'*+-.^_|~`]+$", 2: r"^[^\x00-\x08\x0a-\x1f\x7f]*$"}
_LENIENT = r"^[^\x00\n\r]*$"
_WORDS = {1: "an HTTP header name", 2: "an HTTP header value"}


def checks(rules: Any, known_numbers: frozenset[int]) -> tuple[Check, ...]:
    """The rules of one FieldRules message that apply to a single value.

    Args:
        rules: a `validate.FieldRules`.
        known_numbers: the numbers of the field's enum; empty for other fields.
    """
    which = rules.WhichOneof("type")
    if which is None:
        return ()
    inner = getattr(rules, which)
    if which in _NUMBERS:
        return _ordered(which, inner, _same)
    if which == "duration":
        return _ordered(which, inner, nanoseconds)
    if which == "string":
        return (*_members(which, inner, _same), *_lengths(which, inner), *_text(inner))
    if which == "bytes":
        return (*_members(which, inner, _same), *_lengths(which, inner))
    if which == "enum":
        return (*_members(which, inner, _same), *_defined(inner, known_numbers))
    if which == "bool":
        return _members(which, inner, _same)
    if which == "any":
        return _members(which, inner, lambda value: value.type_url)
    if which == "repeated":
        return _sizes(which, inner, ("min_items", "max_items"), "item")
    if which == "map":
        return _sizes(which, inner, ("min_pairs", "max_pairs"), "entry")
    return ()


def required(rules: Any) -> bool:
    """Whether a message field must be set."""
    which = rules.WhichOneof("type")
    if which in ("any", "duration", "timestamp"):
        return bool(getattr(rules, which).required)
    return bool(rules.message.required)


def ignores_empty(rules: Any) -> bool:
    """Whether the field's default value is always allowed."""
    which = rules.WhichOneof("type")
    return which is not None and bool(getattr(getattr(rules, which), "ignore_empty", False))


def nanoseconds(duration: Any) -> int:
    """A Duration as an integer, so that durations compare like numbers."""
    return int(duration.seconds) * 1_000_000_000 + int(duration.nanos)


def _same(value: Any) -> Any:
    return value


def _ordered(kind: str, rules: Any, read: Callable[[Any], Any]) -> tuple[Check, ...]:
    """gt, gte, lt, lte, and the membership rules."""
    lower = next((name for name in ("gt", "gte") if rules.HasField(name)), None)
    upper = next((name for name in ("lt", "lte") if rules.HasField(name)), None)
    bounds = [
        (name, getattr(rules, name), read(getattr(rules, name)))
        for name in (lower, upper)
        if name is not None
    ]
    if len(bounds) == 2 and bounds[1][2] <= bounds[0][2]:
        # A lower bound above the upper one asks for a value outside the two.
        pair = tuple(_bound(kind, *bound, read) for bound in bounds)

        def outside(value: Any) -> Broken | None:
            answers = [check(value) for check in pair]
            return answers[0] if all(answers) else None

        return (outside, *_members(kind, rules, read))
    return (
        *(_bound(kind, *bound, read) for bound in bounds),
        *_members(kind, rules, read),
    )


def _bound(kind: str, name: str, shown: Any, limit: Any, read: Callable[[Any], Any]) -> Check:
    comparisons: dict[str, tuple[str, Callable[[Any], bool]]] = {
        "gt": ("greater than", lambda value: read(value) > limit),
        "gte": ("at least", lambda value: read(value) >= limit),
        "lt": ("less than", lambda value: read(value) < limit),
        "lte": ("at most", lambda value: read(value) <= limit),
    }
    words, holds = comparisons[name]
    asked = f"must be {words} {_shown(shown)}"
    rule = f"{kind}.{name}"
    return lambda value: None if holds(value) else (rule, f"{asked}, is {_shown(value)}")


def _shown(value: Any) -> str:
    """A value in a message; durations in seconds."""
    return f"{nanoseconds(value) / 1e9:g}s" if hasattr(value, "nanos") else f"{value!r}"


def _members(kind: str, rules: Any, read: Callable[[Any], Any]) -> tuple[Check, ...]:
    """const, in, not_in."""
    found: list[Check] = []
    names = rules.DESCRIPTOR.fields_by_name
    if "const" in names and rules.HasField("const"):
        found.append(_member(f"{kind}.const", [rules.const], read, wanted=True))
    for name, wanted in (("in", True), ("not_in", False)):
        if name in names and len(getattr(rules, name)):
            found.append(_member(f"{kind}.{name}", list(getattr(rules, name)), read, wanted=wanted))
    return tuple(found)


def _member(rule: str, listed: list[Any], read: Callable[[Any], Any], *, wanted: bool) -> Check:
    keys = [each if isinstance(each, str | bytes) else read(each) for each in listed]
    words = ("must be " if wanted else "must not be ") + " or ".join(_shown(v) for v in listed)
    return lambda value: (
        None if (read(value) in keys) is wanted else (rule, f"{words}, is {_shown(value)}")
    )


def _defined(rules: Any, numbers: frozenset[int]) -> tuple[Check, ...]:
    if not rules.defined_only:
        return ()
    return (
        lambda value: (
            None
            if value in numbers
            else ("enum.defined_only", f"must be a defined value, is {value}")
        ),
    )


def _lengths(kind: str, rules: Any) -> tuple[Check, ...]:
    """Lengths of strings (in characters or bytes) and of bytes."""
    unit = "character" if kind == "string" else "byte"
    found: list[Check] = []
    for name, measure, each in (
        ("min_len", len, unit),
        ("max_len", len, unit),
        ("len", len, unit),
        ("min_bytes", _byte_length, "byte"),
        ("max_bytes", _byte_length, "byte"),
        ("len_bytes", _byte_length, "byte"),
    ):
        if name in rules.DESCRIPTOR.fields_by_name and rules.HasField(name):
            found.append(_size(f"{kind}.{name}", name, getattr(rules, name), measure, each))
    return tuple(found)


def _byte_length(value: str) -> int:
    return len(value.encode())


def _sizes(kind: str, rules: Any, names: tuple[str, ...], unit: str) -> tuple[Check, ...]:
    """Numbers of list items or map entries, and uniqueness."""
    found = [
        _size(f"{kind}.{name}", name, getattr(rules, name), len, unit)
        for name in names
        if rules.HasField(name)
    ]
    if kind == "repeated" and rules.unique:
        found.append(_unique)
    return tuple(found)


def _size(rule: str, name: str, limit: int, measure: Callable[[Any], int], unit: str) -> Check:
    plural = unit if limit == 1 else f"{unit[:-1]}ies" if unit.endswith("y") else f"{unit}s"
    if name.startswith("min"):
        return lambda value: (
            None
            if (size := measure(value)) >= limit
            else (rule, f"must have at least {limit} {plural}, has {size}")
        )
    if name.startswith("max"):
        return lambda value: (
            None
            if (size := measure(value)) <= limit
            else (rule, f"must have at most {limit} {plural}, has {size}")
        )
    return lambda value: (
        None
        if (size := measure(value)) == limit
        else (rule, f"must have {limit} {plural}, has {size}")
    )


def _unique(value: Any) -> Broken | None:
    items = [each if isinstance(each, str | int | float | bytes) else str(each) for each in value]
    if len(set(items)) == len(items):
        return None
    twice = next(each for each in items if items.count(each) > 1)
    return ("repeated.unique", f"must not repeat an item, has {twice!r} more than once")


def _text(rules: Any) -> tuple[Check, ...]:
    """What a string must start with, end with, contain, or match."""
    found: list[Check] = []
    for name, words, holds in (
        ("prefix", "must start with", str.startswith),
        ("suffix", "must end with", str.endswith),
        ("contains", "must contain", str.__contains__),
    ):
        if rules.HasField(name):
            found.append(_affix(f"string.{name}", words, getattr(rules, name), holds))
    if rules.HasField("not_contains"):
        part = rules.not_contains
        found.append(
            lambda value: (
                ("string.not_contains", f"must not contain {part!r}") if part in value else None
            )
        )
    if rules.HasField("pattern"):
        found.append(_pattern("string.pattern", rules.pattern, f"must match {rules.pattern}"))
    regex = rules.well_known_regex if rules.WhichOneof("well_known") == "well_known_regex" else 0
    if regex in _WORDS:
        # `strict` is on unless the options say otherwise.
        strict = rules.strict or not rules.HasField("strict")
        pattern = _STRICT[regex] if strict else _LENIENT
        found.append(_pattern("string.well_known_regex", pattern, f"must be {_WORDS[regex]}"))
    return tuple(found)


def _affix(rule: str, words: str, part: str, holds: Callable[[str, str], bool]) -> Check:
    return lambda value: (
        None if holds(value, part) else (rule, f"{words} {part!r}, is {value[:60]!r}")
    )


def _pattern(rule: str, pattern: str, words: str) -> Check:
    search = re2.compile(pattern).search
    return lambda value: None if search(value) else (rule, f"{words}, is {value[:60]!r}")
