"""What a sample backend says about a request: as JSON, or as a page of plain text.

Knows the answers' shapes. Must not know how requests arrive. The JSON keeps every value of a
repeated header and the path as it was sent, because the point of the answer is to show what a
gateway changed on the way.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from starlette.requests import Request


class Answer(Enum):
    """What a path that asks for nothing special is answered with."""

    ECHO = "echo"
    PAGE = "page"


@dataclass(frozen=True, slots=True)
class Identity:
    """Who answers."""

    namespace: str
    service: str
    pod: str


def echo(request: Request, identity: Identity) -> dict[str, object]:
    """The request as the backend received it, as a JSON-ready value."""
    return {
        "path": request_target(request),
        "host": request.headers.get("host", ""),
        "method": request.method,
        "proto": f"HTTP/{request.scope['http_version']}",
        "headers": _headers(request),
        "namespace": identity.namespace,
        "service": identity.service,
        "pod": identity.pod,
    }


def page(request: Request, identity: Identity) -> str:
    """The request as lines of plain text, beginning with `Server name:`."""
    server = request.scope.get("server") or ("", 0)
    return (
        f"Server address: {server[0]}:{server[1]}\n"
        f"Server name: {identity.pod}\n"
        f"Service: {identity.namespace}/{identity.service}\n"
        f"Host: {request.headers.get('host', '')}\n"
        f"URI: {request_target(request)}\n"
    )


def request_target(request: Request) -> str:
    """Path and query, percent-encoded as sent."""
    raw: bytes = request.scope.get("raw_path") or request.scope["path"].encode()
    query: bytes = request.scope["query_string"]
    return (raw + (b"?" + query if query else b"")).decode("latin-1")


def _headers(request: Request) -> Mapping[str, list[str]]:
    """Every header but Host, which has a field of its own. Names are in lower case."""
    found: dict[str, list[str]] = {}
    for name, value in request.headers.items():
        if name != "host":
            found.setdefault(name, []).append(value)
    return found
