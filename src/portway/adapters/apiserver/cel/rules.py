"""The rules of a schema, and a document held against them.

Knows where in a schema rules may stand, which part of the old document a part of the new one is
compared with, and how a broken rule is told. Must not know the language.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from portway.adapters.apiserver.cel.language import CelError, Program, compiled
from portway.adapters.apiserver.cel.values import Schema, in_cel
from portway.adapters.apiserver.problem import Cause

KEY: Final = "x-kubernetes-validations"
_DEPTH: Final = 64


class Rule(NamedTuple):
    """One rule. `message_of` makes the message, if there is an expression for it."""

    program: Program
    message: str
    message_of: Program | None
    reason: str
    field: str


class Node(NamedTuple):
    """The rules at one place of a schema and below it; a place without any has no node."""

    schema: Schema
    rules: tuple[Rule, ...]
    properties: Mapping[str, "Node"]
    items: "Node | None"
    rest: "Node | None"


class Broken(NamedTuple):
    """A rule that cannot be carried out."""

    place: str
    rule: str
    why: str

    def __str__(self) -> str:
        return f"the rule {self.rule!r} at {self.place} is not enforced: {self.why}"


def read_rules(schema: Schema, broken: list[Broken], place: str = "") -> Node | None:
    """The rules of a schema; those that cannot be carried out are added to ``broken``."""
    return _node(schema, broken, place, _DEPTH)


def _node(schema: Any, broken: list[Broken], place: str, depth: int) -> Node | None:
    if not isinstance(schema, Mapping) or depth == 0:
        return None
    rules = tuple(_rules(schema, broken, place or "the root"))
    properties = {}
    for name, below in (schema.get("properties") or {}).items():
        found = _node(below, broken, f"{place}.{name}" if place else name, depth - 1)
        if found is not None:
            properties[name] = found
    items = _node(schema.get("items"), broken, f"{place}[*]", depth - 1)
    rest = _node(schema.get("additionalProperties"), broken, f"{place}[*]", depth - 1)
    if not rules and not properties and items is None and rest is None:
        return None
    return Node(schema, rules, properties, items, rest)


def _rules(schema: Schema, broken: list[Broken], place: str) -> Iterator[Rule]:
    for given in schema.get(KEY) or ():
        text = str(given.get("rule", "")).strip()
        try:
            program = compiled(text, optional_old=bool(given.get("optionalOldSelf")))
            expression = given.get("messageExpression")
            message_of = compiled(expression) if expression else None
        except CelError as error:
            broken.append(Broken(place, text, str(error)))
            continue
        yield Rule(
            program,
            given.get("message") or f"failed rule: {text}",
            message_of,
            given.get("reason") or "FieldValueInvalid",
            given.get("fieldPath") or "",
        )


class _Part(NamedTuple):
    """A part of a document and its counterpart in the old one."""

    now: Any
    before: Any
    has_before: bool


def broken_by(node: Node, now: Any, before: Any, *, changed: bool) -> Iterator[Cause]:
    """Every rule that a document breaks. ``changed``: it takes the place of ``before``."""
    yield from _faults(node, _Part(now, before, changed), "")


def _faults(node: Node, part: _Part, path: str) -> Iterator[Cause]:
    if part.now is None:
        return
    if node.rules:
        now = in_cel(part.now, node.schema)
        before = in_cel(part.before, node.schema) if part.has_before else None
        for rule in node.rules:
            if rule.program.of_change and not rule.program.optional and not part.has_before:
                continue
            yield from _held(rule, now, before, part.has_before, _Place(node.schema, path))
    if isinstance(part.now, dict):
        yield from _members(node, part, path)
    elif isinstance(part.now, list) and node.items is not None:
        known = _by_key(part, node.schema)
        for number, each in enumerate(part.now):
            key = _key(each, node.schema)
            before = known.get(key) if key is not None else None
            below = _Part(each, before, before is not None)
            yield from _faults(node.items, below, f"{path}[{number}]")


def _members(node: Node, part: _Part, path: str) -> Iterator[Cause]:
    old = part.before if isinstance(part.before, dict) else {}
    for name, value in part.now.items():
        below = node.properties.get(name)
        if below is None and name not in (node.schema.get("properties") or {}):
            below = node.rest
        if below is not None:
            place = f"{path}.{name}" if path else name
            yield from _faults(below, _Part(value, old.get(name), name in old), place)


def _by_key(part: _Part, schema: Schema) -> dict[Any, Any]:
    """The old items by what tells them apart; items of an atomic list have no counterparts."""
    if not isinstance(part.before, list):
        return {}
    return {_key(each, schema): each for each in part.before if _key(each, schema) is not None}


def _key(item: Any, schema: Schema) -> tuple[Any, ...] | None:
    if schema.get("x-kubernetes-list-type") != "map" or not isinstance(item, dict):
        return None
    defaults = (schema.get("items") or {}).get("properties") or {}
    return tuple(
        str(item.get(name, (defaults.get(name) or {}).get("default")))
        for name in schema.get("x-kubernetes-list-map-keys") or ()
    )


class _Place(NamedTuple):
    schema: Schema
    path: str


def _held(rule: Rule, now: Any, before: Any, has_before: bool, place: _Place) -> Iterator[Cause]:
    try:
        held = rule.program.run(now, before, has_before=has_before)
    except CelError as error:
        yield _cause(place, rule, f"{error} evaluating rule: {rule.message}")
        return
    if held is not True:
        yield _cause(place, rule, _message(rule, now, before, has_before))


def _message(rule: Rule, now: Any, before: Any, has_before: bool) -> str:
    """What the expression says; the fixed message where it says nothing in one line."""
    if rule.message_of is None:
        return rule.message
    try:
        said = rule.message_of.run(now, before, has_before=has_before)
    except CelError:
        return rule.message
    told = said.strip() if isinstance(said, str) else ""
    return rule.message if not told or "\n" in told else told


def _cause(place: _Place, rule: Rule, message: str) -> Cause:
    field = f"{place.path}{rule.field}".removeprefix(".")
    if rule.reason == "FieldValueRequired":
        return Cause(field, f"Required value: {message}", rule.reason)
    if rule.reason == "FieldValueForbidden":
        return Cause(field, f"Forbidden: {message}", rule.reason)
    what = place.schema.get("type", "value")
    word = "Duplicate value" if rule.reason == "FieldValueDuplicate" else "Invalid value"
    return Cause(field, f'{word}: "{what}": {message}', rule.reason)
