"""Why a document does not fit its type: every fault, each with its path.

msgspec stops at the first fault, which is right for speed and wrong for people. This module walks
the same type a second time, only after msgspec refused, and tells them all. Knows msgspec's
description of types and the words that ``fields`` attached to patterns. Must not know any kind or
any rule of its own: what msgspec accepts never comes here. Values of base64 fields are never
shown, they may be secret.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import msgspec
from msgspec import inspect

from portway.core.api.errors import FieldError, printable, shown

# What guides write for a value of the reader's: <CLUSTER_DOMAIN>, ${DOMAIN}, {{ domain }}.
_PLACEHOLDER = re.compile(r"<[A-Za-z][\w -]{0,40}>|\$\{\w{1,40}\}|\{\{[^{}]{1,40}\}\}", re.ASCII)

_LISTS = (list, tuple, set, frozenset)


@cache
def description(cls: type) -> inspect.Type:
    """msgspec's description of a type."""
    return inspect.type_info(cls)


def faults(value: object, cls: type) -> list[FieldError]:
    """Everything in ``value`` that ``cls`` cannot hold, in document order."""
    return list(_faults(value, description(cls), ""))


def member(path: str, name: str) -> str:
    """The path of a member called ``name``."""
    return f"{path}.{name}" if path else name


def unwrapped(type_: inspect.Type) -> inspect.Type:
    """The type inside an annotation."""
    return type_.type if isinstance(type_, inspect.Metadata) else type_


def _faults(
    value: object, type_: inspect.Type, path: str, words: Mapping[str, Any] | None = None
) -> Iterator[FieldError]:
    match type_:
        case inspect.Metadata():
            yield from _faults(value, type_.type, path, type_.extra)
        case inspect.UnionType():
            yield from _union_faults(value, type_, path)
        case inspect.StructType():
            yield from _struct_faults(value, type_, path)
        case inspect.VarTupleType():
            yield from _list_faults(value, type_, path)
        case inspect.DictType():
            yield from _map_faults(value, type_, path)
        case inspect.StrType():
            yield from _text_faults(value, type_, path, words or {})
        case inspect.IntType():
            yield from _integer_faults(value, type_, path)
        case _:
            yield from _scalar_faults(value, type_, path)


def _struct_faults(value: object, type_: inspect.StructType, path: str) -> Iterator[FieldError]:
    if not isinstance(value, Mapping):
        yield _wrong_type(value, "a map", path)
        return
    yield from _key_faults(value, path)
    for field in type_.fields:
        place = member(path, field.encode_name)
        if field.encode_name in value:
            yield from _faults(value[field.encode_name], field.type, place)
        elif field.required:
            yield FieldError(place, "required", "is missing", f"add {field.encode_name}")


def _list_faults(value: object, type_: inspect.VarTupleType, path: str) -> Iterator[FieldError]:
    if not isinstance(value, _LISTS):
        yield _wrong_type(value, "a list", path)
        return
    yield from _count_faults(len(value), type_.min_length, type_.max_length, path)
    for index, item in enumerate(value):
        yield from _faults(item, type_.item_type, f"{path}[{index}]")


def _map_faults(value: object, type_: inspect.DictType, path: str) -> Iterator[FieldError]:
    if not isinstance(value, Mapping):
        yield _wrong_type(value, "a map", path)
        return
    yield from _count_faults(len(value), type_.min_length, type_.max_length, path)
    yield from _key_faults(value, path)
    for key, item in value.items():
        if isinstance(key, str):
            place = f"{path}[{printable(key)}]"
            yield from _faults(key, type_.key_type, place)
            yield from _faults(item, type_.value_type, place)


def _key_faults(value: Mapping[object, object], path: str) -> Iterator[FieldError]:
    for key in value:
        if not isinstance(key, str):
            yield FieldError(path, "type", f"has the key {shown(key)}, not text", "quote the key")


def _count_faults(
    count: int, least: int | None, most: int | None, path: str
) -> Iterator[FieldError]:
    if least is not None and count < least:
        yield FieldError(path, "min-items", f"has {count} entries", f"give at least {least}")
    if most is not None and count > most:
        yield FieldError(path, "max-items", f"has {count} entries", f"give at most {most}")


def _union_faults(value: object, type_: inspect.UnionType, path: str) -> Iterator[FieldError]:
    """Optional values, and ports that are a number or a name."""
    members = [unwrapped(each) for each in type_.types]
    others = [
        each
        for each, bare in zip(type_.types, members, strict=True)
        if not isinstance(bare, inspect.NoneType)
    ]
    if value is None and len(others) < len(members):
        return
    chosen = others[0]
    for each in others:
        if isinstance(value, str) and isinstance(unwrapped(each), inspect.StrType):
            chosen = each
    yield from _faults(value, chosen, path)


def _text_faults(
    value: object, type_: inspect.StrType, path: str, words: Mapping[str, Any]
) -> Iterator[FieldError]:
    if not isinstance(value, str):
        yield _wrong_type(value, "text", path)
    elif not _is_unicode(value):
        cure = "write valid Unicode text"
        yield FieldError(path, "unicode", f"{shown(value)} has half a surrogate pair", cure)
    elif type_.min_length is not None and len(value) < type_.min_length:
        yield FieldError(
            path,
            "min-length",
            f"{shown(value)} is too short",
            _length("at least", type_.min_length),
        )
    elif type_.max_length is not None and len(value) > type_.max_length:
        cure = _length("at most", type_.max_length)
        yield FieldError(path, "max-length", f"{shown(value)} is too long", cure)
    elif type_.pattern is not None and re.search(type_.pattern, value) is None:
        yield FieldError(
            path,
            words.get("rule", "pattern"),
            f"{shown(value)} {words.get('message', 'does not match')}",
            _placeholder(value) or words.get("cure", f"match {type_.pattern}"),
        )


def _placeholder(value: str) -> str:
    """The cure for text that was copied from a guide as it stands; empty for other text."""
    found = _PLACEHOLDER.search(value)
    return f"put your own value in the place of {found.group()}" if found else ""


def _is_unicode(text: str) -> bool:
    """False for text that JSON escapes can spell and UTF-8 cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _length(bound: str, count: int) -> str:
    return f"use {bound} {count} character{'' if count == 1 else 's'}"


def _integer_faults(value: object, type_: inspect.IntType, path: str) -> Iterator[FieldError]:
    if not isinstance(value, int) or isinstance(value, bool):
        yield _wrong_type(value, "a whole number", path)
    elif type_.ge is not None and value < type_.ge:
        yield FieldError(
            path, "minimum", f"{shown(value)} is too small", f"use at least {type_.ge}"
        )
    elif type_.le is not None and value > type_.le:
        yield FieldError(path, "maximum", f"{shown(value)} is too large", f"use at most {type_.le}")


def _scalar_faults(value: object, type_: inspect.Type, path: str) -> Iterator[FieldError]:
    match type_:
        case inspect.LiteralType(values=values):
            if not any(type(value) is type(each) and value == each for each in values):
                allowed = ", ".join(str(each) for each in values)
                yield FieldError(path, "enum", f"{shown(value)} is not known", f"use {allowed}")
        case inspect.BoolType():
            if not isinstance(value, bool):
                yield _wrong_type(value, "true or false", path)
        case inspect.BytesType():
            try:
                msgspec.convert(value, bytes)
            except (msgspec.ValidationError, UnicodeError):
                yield FieldError(
                    path, "base64", "is not base64 text", "encode the value, or use stringData"
                )


def _wrong_type(value: object, wanted: str, path: str) -> FieldError:
    cure = f"write {wanted}"
    if wanted == "text" and isinstance(value, int | float):
        cure = "put quotes around it"
    return FieldError(path, "type", f"is {_type_name(value)}, not {wanted}", cure)


def _type_name(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case str():
            return "text"
        case Mapping():
            return "a map"
        case list() | tuple() | set() | frozenset():
            return "a list"
        case _:
            return f"a {type(value).__name__}"
