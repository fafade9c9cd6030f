"""What `kubectl get` prints for each kind: columns, and a row for an object with its status.

Knows the printer columns of the CRDs. Must not know widths, colours or ages in words: an AGE cell
holds the creation time, since there is no clock here.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple, TypeAlias

import msgspec

from portway.core import api
from portway.core.status.condition import Document

Cell: TypeAlias = Callable[[api.Resource, Document], str]

AGE = "AGE"
"""The column whose cells are RFC 3339 creation times; whoever has a clock makes ages of them."""

_UNKNOWN = "Unknown"


class Column(NamedTuple):
    """A heading and how its cell is read from the object and its status."""

    heading: str
    cell: Cell


def columns(kind: str) -> tuple[Column, ...]:
    """The columns of a kind; a kind without a table of its own has NAME and AGE."""
    return (_NAME, *_TABLES.get(kind, ()), _AGE)


def headings(kind: str) -> tuple[str, ...]:
    """The headings of a kind's table."""
    return tuple(each.heading for each in columns(kind))


def row(obj: api.Resource, status: Document | None) -> tuple[str, ...]:
    """The cells of an object; `status` is None while nobody has written one."""
    return tuple(each.cell(obj, status or {}) for each in columns(obj.kind))


def _condition(type_: str) -> Cell:
    def cell(_: api.Resource, status: Document) -> str:
        found = (each for each in status.get("conditions", ()) if each["type"] == type_)
        return next((str(each["status"]) for each in found), _UNKNOWN)

    return cell


def _class(obj: api.Resource, _: Document) -> str:
    return obj.spec.gateway_class_name if isinstance(obj, api.Gateway) else ""


def _controller(obj: api.Resource, _: Document) -> str:
    return obj.spec.controller_name if isinstance(obj, api.GatewayClass) else ""


def _addresses(_: api.Resource, status: Document) -> str:
    return " ".join(str(each["value"]) for each in status.get("addresses", ()))


def _hostnames(obj: api.Resource, _: Document) -> str:
    names = obj.spec.hostnames if isinstance(obj, api.HTTPRoute | api.GRPCRoute) else ()
    # A column that is a list is printed as JSON.
    return msgspec.json.encode(names).decode() if names else ""


_NAME = Column("NAME", lambda obj, _: obj.name)
_AGE = Column(AGE, lambda obj, _: obj.metadata.creation_timestamp)
_HOSTNAMES = (Column("HOSTNAMES", _hostnames),)
_TABLES: Mapping[str, tuple[Column, ...]] = MappingProxyType(
    {
        "GatewayClass": (
            Column("CONTROLLER", _controller),
            Column("ACCEPTED", _condition("Accepted")),
        ),
        "Gateway": (
            Column("CLASS", _class),
            Column("ADDRESS", _addresses),
            Column("PROGRAMMED", _condition("Programmed")),
        ),
        "ListenerSet": (
            Column("ACCEPTED", _condition("Accepted")),
            Column("PROGRAMMED", _condition("Programmed")),
        ),
        "HTTPRoute": _HOSTNAMES,
        "GRPCRoute": _HOSTNAMES,
    }
)
