"""Which rules a whole message breaks: presence, oneofs, lists, maps, nested messages, Any.

Knows how protoc-gen-validate walks a message, and Envoy's annotations for deprecated fields and
enum values. Must not know what one rule means (`rules`) or how a value became a message.

A plan per message type is compiled at first use. What an absent field breaks is known when the
plan is compiled, so a walk touches only the fields that are set.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias

from google.protobuf.descriptor import (
    Descriptor,
    EnumDescriptor,
    FieldDescriptor,
    OneofDescriptor,
)
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import Message

from portway.core.schema import rules as rule_set
from portway.core.schema.decode import FindClass, payload
from portway.core.schema.encode import ANY
from portway.core.schema.problem import Fault, Step, Violation, key_step, spell
from portway.core.schema.rules import Broken, Check
from portway.core.schema.wellknown import READERS, WRAPPERS

Path: TypeAlias = "tuple[Path, Step] | None"
"""From the inside out, since few are ever read: the path of what it is in, and the last step."""
Found = list[tuple[Path, Broken]]
Walk = Callable[[Any, Path, Found], None]
"""Looks at one set field: its value, the path to it, and where to report."""


@dataclass(slots=True)
class _Plan:
    """What to look at in one message type. Fields are found by their descriptors, which are the
    same objects every time; asking one for its name makes a string."""

    fields: dict[FieldDescriptor, tuple[str, tuple[Walk, ...]]]
    absent: tuple[tuple[FieldDescriptor, str, Broken], ...]
    oneofs: tuple[str, ...]


class Rules:
    """The validation rules of one descriptor pool, compiled per message type at first use."""

    def __init__(self, pool: DescriptorPool, find: FindClass) -> None:
        self._options = _Options(pool, find)
        self._find = find
        self._plans: dict[Descriptor, _Plan | None] = {}  # None: an Any

    def broken(self, message: Message) -> tuple[Violation, ...]:
        """Every rule the message breaks, in the order of its fields."""
        found: Found = []
        self._walk(message, None, found)
        return tuple(Violation(spell(_steps(path)), rule, text) for path, (rule, text) in found)

    def _walk(self, message: Any, path: Path, found: Found) -> None:
        descriptor = message.DESCRIPTOR
        try:
            plan = self._plans[descriptor]
        except KeyError:
            any_ = descriptor.full_name == ANY
            plan = self._plans[descriptor] = None if any_ else self._compile(descriptor)
        if plan is None:
            self._walk_any(message, path, found)
            return
        present = message.ListFields()
        for field, value in present:
            looks = plan.fields.get(field)
            if looks is not None:
                place = (path, looks[0])
                for look in looks[1]:
                    look(value, place, found)
        if plan.absent:
            there = {field for field, _ in present}
            for field, name, broken in plan.absent:
                if field not in there:
                    found.append(((path, name), broken))
        for oneof in plan.oneofs:
            if message.WhichOneof(oneof) is None:
                members = ", ".join(each.name for each in descriptor.oneofs_by_name[oneof].fields)
                found.append(((path, oneof), ("oneof.required", f"one of {members} must be set")))

    def _walk_any(self, message: Any, path: Path, found: Found) -> None:
        if not message.type_url:
            return
        try:
            inner = payload(self._find, message)
        except Fault as fault:
            for step in reversed(fault.steps):
                path = (path, step)
            found.append((path, ("any.type", fault.message)))
            return
        self._walk(inner, path, found)

    def _compile(self, descriptor: Descriptor) -> _Plan:
        fields: dict[FieldDescriptor, tuple[str, tuple[Walk, ...]]] = {}
        absent: list[tuple[FieldDescriptor, str, Broken]] = []
        oneofs: tuple[str, ...] = ()
        if descriptor.full_name not in READERS and descriptor.full_name not in WRAPPERS:
            unchecked = self._options.unchecked(descriptor)
            for field in descriptor.fields:
                rules = None if unchecked else self._options.rules(field)
                looks = tuple(self._looks(field, rules))
                if looks:
                    fields[field] = (field.name, looks)
                if rules is not None:
                    absent += [(field, field.name, broken) for broken in self._absent(field, rules)]
            if not unchecked:
                oneofs = tuple(
                    each.name for each in descriptor.oneofs if self._options.required(each)
                )
        return _Plan(fields, tuple(absent), oneofs)

    def _absent(self, field: FieldDescriptor, rules: Any) -> Iterable[Broken]:
        """What the field breaks by not being set; a member of a oneof breaks nothing by that."""
        if field.containing_oneof is not None:
            return
        if field.message_type is not None and not field.is_repeated:
            if rule_set.required(rules):
                yield ("required", "must be set")
            return
        if field.has_presence or rule_set.ignores_empty(rules):
            return
        default: Any = () if field.is_repeated else field.default_value
        for check in rule_set.checks(rules, _numbers(field.enum_type)):
            broken = check(default)
            if broken is not None:
                yield broken

    def _looks(self, field: FieldDescriptor, rules: Any) -> Iterable[Walk]:
        """What to look at when the field is set."""
        note = self._options.deprecation(field)
        if note is not None:
            yield _constant(note)
        of_enum = self._options.deprecated_values(field.enum_type)
        if of_enum:
            yield _each(_enum_note(of_enum)) if field.is_repeated else _enum_note(of_enum)
        if rules is not None:
            yield from self._value_looks(field, rules)
        if field.message_type is not None and not (
            rules is not None and rules.HasField("message") and rules.message.skip
        ):
            yield from self._descents(field)

    def _value_looks(self, field: FieldDescriptor, rules: Any) -> Iterable[Walk]:
        found = rule_set.checks(rules, _numbers(field.enum_type))
        wrapper = field.message_type is not None and field.message_type.full_name in WRAPPERS
        if found:
            yield _checked(found, wrapper=wrapper, lenient=rule_set.ignores_empty(rules))
        which = rules.WhichOneof("type")
        if which == "repeated" and rules.repeated.HasField("items"):
            items = rule_set.checks(rules.repeated.items, _numbers(field.enum_type))
            if items:
                yield _each(_checked(items, wrapper=False, lenient=False))
        if which == "map":
            entry = field.message_type
            assert entry is not None
            values = _numbers(entry.fields_by_name["value"].enum_type)
            yield _entries(
                rule_set.checks(rules.map.keys, frozenset()),
                rule_set.checks(rules.map.values, values),
            )

    def _descents(self, field: FieldDescriptor) -> Iterable[Walk]:
        """Into nested messages; well-known types have nothing inside to check."""
        inner = field.message_type
        assert inner is not None
        if inner.GetOptions().map_entry:
            value = inner.fields_by_name["value"].message_type
            if value is not None and not _opaque(value):
                yield self._walk_map
        elif not _opaque(inner):
            yield _each(self._walk) if field.is_repeated else self._walk

    def _walk_map(self, value: Any, path: Path, found: Found) -> None:
        for key in sorted(value):
            self._walk(value[key], (path, key_step(key)), found)


class _Options:
    """Field, oneof and message options, with the extensions read through the pool's own classes.

    `GetOptions()` gives a message of the default pool, which has none of the extensions: its bytes
    are parsed again by the class of the pool that does.
    """

    def __init__(self, pool: DescriptorPool, find: FindClass) -> None:
        self._pool = pool
        self._find = find

    def rules(self, field: FieldDescriptor) -> Any:
        """The field's `validate.FieldRules`, or None."""
        return self._extension(field, "google.protobuf.FieldOptions", "validate.rules")

    def required(self, oneof: OneofDescriptor) -> bool:
        """Whether one member of the oneof must be set."""
        return bool(self._extension(oneof, "google.protobuf.OneofOptions", "validate.required"))

    def unchecked(self, message: Descriptor) -> bool:
        """Whether the message's rules are switched off."""
        options = "google.protobuf.MessageOptions"
        return bool(
            self._extension(message, options, "validate.disabled")
            or self._extension(message, options, "validate.ignored")
        )

    def deprecation(self, field: FieldDescriptor) -> Broken | None:
        """What is to be said about setting this field."""
        options = "google.protobuf.FieldOptions"
        if self._extension(field, options, "envoy.annotations.disallowed_by_default"):
            return ("disallowed_by_default", "refused by Envoy unless a runtime flag allows it")
        if not field.GetOptions().deprecated:
            return None
        since = self._extension(field, options, "envoy.annotations.deprecated_at_minor_version")
        return ("deprecated", f"deprecated since {since}" if since else "deprecated")

    def deprecated_values(self, enum: EnumDescriptor | None) -> dict[int, Broken]:
        """Numbers of an enum that should not be used, with what is to be said about them."""
        found: dict[int, Broken] = {}
        for value in enum.values if enum is not None else ():
            if self._extension(
                value,
                "google.protobuf.EnumValueOptions",
                "envoy.annotations.disallowed_by_default_enum",
            ):
                found[value.number] = (
                    "disallowed_by_default",
                    f"{value.name} is refused by Envoy unless a runtime flag allows it",
                )
            elif value.GetOptions().deprecated:
                found[value.number] = ("deprecated", f"{value.name} is deprecated")
        return found

    def _extension(self, described: Any, options: str, name: str) -> Any:
        """The extension's value in the options of a descriptor; None when it is not set."""
        body = described.GetOptions().SerializeToString()
        if not body:
            return None
        try:
            extension = self._pool.FindExtensionByName(name)
        except KeyError:
            return None
        message: Any = self._find(options).FromString(body)
        return message.Extensions[extension] if message.HasExtension(extension) else None


def _steps(path: Path) -> list[Step]:
    """From the outside in."""
    found: list[Step] = []
    while path is not None:
        path, step = path
        found.append(step)
    found.reverse()
    return found


def _opaque(message: Descriptor) -> bool:
    return message.full_name in READERS or message.full_name in WRAPPERS


def _numbers(enum: EnumDescriptor | None) -> frozenset[int]:
    return frozenset() if enum is None else frozenset(value.number for value in enum.values)


def _constant(broken: Broken) -> Walk:
    def look(_: Any, path: Path, found: Found) -> None:
        found.append((path, broken))

    return look


def _enum_note(notes: dict[int, Broken]) -> Walk:
    def look(value: Any, path: Path, found: Found) -> None:
        if value in notes:
            found.append((path, notes[value]))

    return look


def _checked(checks: tuple[Check, ...], *, wrapper: bool, lenient: bool) -> Walk:
    """Applies checks to a value, or to what a wrapper holds; `lenient` lets defaults pass."""

    def look(value: Any, path: Path, found: Found) -> None:
        plain = value.value if wrapper else value
        if lenient and not plain:
            return
        for check in checks:
            broken = check(plain)
            if broken is not None:
                found.append((path, broken))

    return look


def _each(look: Walk) -> Walk:
    def items(value: Any, path: Path, found: Found) -> None:
        for index, item in enumerate(value):
            look(item, (path, index), found)

    return items


def _entries(keys: tuple[Check, ...], values: tuple[Check, ...]) -> Walk:
    """Checks on a map's keys and values."""

    def look(value: Any, path: Path, found: Found) -> None:
        for key in sorted(value):
            broken = [check(key) for check in keys]
            broken += [check(value[key]) for check in values]
            found.extend(((path, key_step(key)), each) for each in broken if each is not None)

    return look
