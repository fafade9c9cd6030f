"""Sets of field paths in the form managedFields has them (FieldsV1).

A set is a tree of dictionaries: ``{"f:spec": {"f:port": {}}}`` holds spec.port alone; a node with
children is a member only if it has the child ``"."``. Knows paths and sets. Must not know schemas
or objects.
"""

from collections.abc import Iterator
from typing import Any

import msgspec

FieldSet = dict[str, Any]
SELF = "."


def member(node: FieldSet) -> bool:
    """Whether the node itself is in the set, not only something below it."""
    return not node or SELF in node


def union(a: FieldSet, b: FieldSet) -> FieldSet:
    """Everything in either set."""
    if not a:
        return b
    if not b:
        return a
    out = dict(a)
    for key, below in b.items():
        mine = out.get(key)
        out[key] = below if mine is None else _union_node(mine, below)
    return out


def minus(a: FieldSet, b: FieldSet) -> FieldSet:
    """Everything in ``a`` that is not in ``b``."""
    if not a or not b:
        return a
    out: FieldSet = {}
    for key, mine in a.items():
        if key == SELF:
            continue
        theirs = b.get(key)
        if theirs is None:
            out[key] = mine
            continue
        left = _minus_node(mine, theirs)
        if left is not None:
            out[key] = left
    return out


def common(a: FieldSet, b: FieldSet) -> FieldSet:
    """Everything in both sets."""
    out: FieldSet = {}
    for key, mine in a.items():
        theirs = b.get(key)
        if key == SELF or theirs is None:
            continue
        both = common(mine, theirs)
        if member(mine) and member(theirs):
            out[key] = {SELF: {}, **both} if both else {}
        elif both:
            out[key] = both
    return out


def paths(fields: FieldSet, prefix: str = "") -> Iterator[str]:
    """The paths as messages write them: ``.spec.ports[port=80,protocol="TCP"].name``."""
    for key, below in fields.items():
        if key == SELF:
            continue
        here = prefix + _element(key)
        if member(below):
            yield here
        yield from paths(below, here)


def _element(key: str) -> str:
    kind, _, rest = key.partition(":")
    if kind == "f":
        return f".{rest}"
    if kind == "k":
        keys = msgspec.json.decode(rest)
        told = ",".join(f"{k}={msgspec.json.encode(v).decode()}" for k, v in sorted(keys.items()))
        return f"[{told}]"
    return f"[={rest}]" if kind == "v" else f"[{rest}]"


def _union_node(a: FieldSet, b: FieldSet) -> FieldSet:
    both = member(a) or member(b)
    out = union(
        {k: v for k, v in a.items() if k != SELF}, {k: v for k, v in b.items() if k != SELF}
    )
    return {SELF: {}, **out} if out and both else out


def _minus_node(a: FieldSet, b: FieldSet) -> FieldSet | None:
    keep = member(a) and not member(b)
    below = minus(a, b) if a else {}
    below = {k: v for k, v in below.items() if k != SELF}
    if below:
        return {SELF: {}, **below} if keep else below
    return {} if keep else None
