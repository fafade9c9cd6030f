"""The columns of each kind, as kubectl prints them from the CRDs' printer columns.

Knows documents (spec and status as JSON) and which of their fields people look for. Must not know
where they come from.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

Document = dict[str, Any]


class Column(NamedTuple):
    """`wide` columns are shown with -o wide only."""

    heading: str
    cell: Callable[[Document], str]
    wide: bool = False


def condition(status: Document, kind: str) -> str:
    """The status of a condition, empty when it is not there."""
    return next((str(c["status"]) for c in status.get("conditions", ()) if c["type"] == kind), "")


def _status(document: Document) -> Document:
    found: Document = document.get("status") or {}
    return found


def _addresses(document: Document) -> str:
    return ",".join(each.get("value", "") for each in _status(document).get("addresses", ()))


def _of_parents(kind: str) -> Callable[[Document], str]:
    """True when every parent says so, else the first that does not, with its reason."""

    def cell(document: Document) -> str:
        found = [
            each
            for parent in _status(document).get("parents", ())
            for each in parent.get("conditions", ())
            if each["type"] == kind
        ]
        for each in found:
            if each["status"] != "True":
                return f"{each['status']} ({each['reason']})"
        return "True" if found else ""

    return cell


def _listeners(document: Document) -> str:
    return ",".join(
        f"{each['name']}:{each.get('attachedRoutes', 0)}"
        for each in _status(document).get("listeners", ())
    )


def _parents(document: Document) -> str:
    refs = (document.get("spec") or {}).get("parentRefs", ())
    return ",".join(each.get("name", "") for each in refs)


def _gateway(document: Document) -> str:
    ref = (document.get("spec") or {}).get("parentRef", {})
    namespace = ref.get("namespace") or (document.get("metadata") or {}).get("namespace", "")
    return f"{namespace}/{ref.get('name', '')}"


_ROUTE = (
    Column("ACCEPTED", _of_parents("Accepted")),
    Column("RESOLVEDREFS", _of_parents("ResolvedRefs")),
    Column("PARENTS", _parents, wide=True),
)

_HOSTNAMES = Column(
    "HOSTNAMES", lambda d: ",".join((d.get("spec") or {}).get("hostnames", ())) or "*"
)

_BY_KIND: dict[str, tuple[Column, ...]] = {
    "GatewayClass": (
        Column("CONTROLLER", lambda d: (d.get("spec") or {}).get("controllerName", "")),
        Column("ACCEPTED", lambda d: condition(_status(d), "Accepted")),
    ),
    "Gateway": (
        Column("CLASS", lambda d: (d.get("spec") or {}).get("gatewayClassName", "")),
        Column("ADDRESS", _addresses),
        Column("PROGRAMMED", lambda d: condition(_status(d), "Programmed")),
        Column("LISTENERS:ROUTES", _listeners, wide=True),
    ),
    "ListenerSet": (
        Column("GATEWAY", _gateway),
        Column("ACCEPTED", lambda d: condition(_status(d), "Accepted")),
        Column("PROGRAMMED", lambda d: condition(_status(d), "Programmed")),
        Column("LISTENERS:ROUTES", _listeners, wide=True),
    ),
    "HTTPRoute": (_HOSTNAMES, *_ROUTE),
    "GRPCRoute": (_HOSTNAMES, *_ROUTE),
    "TLSRoute": (_HOSTNAMES, *_ROUTE),
    "TCPRoute": _ROUTE,
    "UDPRoute": _ROUTE,
}


def of(kind: str, wide: bool) -> tuple[Column, ...]:
    """The columns of a kind between NAME and AGE."""
    return tuple(each for each in _BY_KIND.get(kind, ()) if wide or not each.wide)


def age(document: Document, now: datetime) -> str:
    """Since creation, in kubectl's short form; `now` is aware."""
    created = (document.get("metadata") or {}).get("creationTimestamp", "")
    if not created:
        return "<unknown>"
    seconds = max(0, int((now - datetime.fromisoformat(created)).total_seconds()))
    for size, unit, limit in ((1, "s", 120), (60, "m", 120), (3600, "h", 48)):
        if seconds < size * limit:
            return f"{seconds // size}{unit}"
    return f"{seconds // 86400}d"
