"""The request somebody asks about, and how a URL becomes one.

Knows what a client puts on the wire (curl is the model: the URL's host goes into DNS and SNI, a
Host header replaces only the authority). Knows nothing of routes.
"""

import ipaddress
from collections.abc import Iterable
from urllib.parse import SplitResult, urlsplit

import msgspec

WELL_KNOWN = {"http": 80, "https": 443}
GRPC = {"grpc": "http", "grpcs": "https"}
"""Schemes of gRPC calls, and what carries them."""
WHOLE = ("tls", "tcp", "udp")
"""Schemes of connections nobody looks into; their URLs have a port and no path."""


_GRPC_CONTENT = ("content-type", "application/grpc")


class RequestError(ValueError):
    """What was asked is not a request. The message says which part and how to write it."""


class Request(msgspec.Struct, frozen=True):
    """One request as the client sends it, before anything is normalised.

    `host` is the authority (with its port, if the client sends one), `path` has no query, `query`
    has no question mark. Header names are in lower case and keep their order. `sni` is empty when
    the client sends none (an IP address in the URL) and for plain HTTP. `address` is the IP
    address dialled; empty means that a name is dialled and DNS decides. `model` is what the body
    names as its model: None without a body, empty if it names none. `body` is None where nothing is
    said of it; a long one may be given in its first part, with its `content-length`.
    """

    method: str
    scheme: str
    host: str
    port: int
    path: str = "/"
    query: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    sni: str = ""
    address: str = ""
    model: str | None = None
    body: bytes | None = None

    @property
    def length(self) -> int | None:
        """How long the body is, as a proxy sees it before it comes; None where that is not said
        (chunked), or there is no body."""
        if self.header("transfer-encoding"):
            return None
        said = next(iter(self.header("content-length")), "")
        if said.isdecimal():
            return int(said)
        return len(self.body) if self.body else None

    @property
    def grpc(self) -> bool:
        """Whether it is a gRPC request: the content type says so, and gRPC-Web is none."""
        kinds = (each.partition("+")[0] for each in self.header("content-type"))
        return "application/grpc" in kinds

    def header(self, name: str) -> tuple[str, ...]:
        """The values of a header, one per line it was sent in; a rule needs one of them to fit."""
        if name in ("host", ":authority"):
            return (self.host,)
        return tuple(value for key, value in self.headers if key == name)


def from_url(
    method: str,
    url: str,
    headers: Iterable[str] = (),
    sni: str | None = None,
    model: str | None = None,
) -> Request:
    """Reads `URL` (a scheme is optional: http) and `Name: value` headers. A call,
    `grpc://HOST/package.Service/Method`, is the POST request that it is on the wire.

    Raises RequestError.
    """
    parts, port = _split(url)
    name = (parts.hostname or "").lower()
    pairs = tuple(_header(each) for each in headers)
    scheme = GRPC.get(parts.scheme, parts.scheme)
    if scheme != parts.scheme:
        method = "POST"
        pairs = (*(pair for pair in pairs if pair[0] != "content-type"), _GRPC_CONTENT)
    authority = next((value for key, value in pairs if key == "host"), None)
    literal = _is_address(name)
    if sni is None:
        sni = name if scheme in ("https", "tls") and not literal else ""
    shown = f"[{name}]" if ":" in name else name
    return Request(
        method=method,
        scheme=scheme,
        host=authority or (shown if port == WELL_KNOWN.get(scheme) else f"{shown}:{port}"),
        port=port,
        path=parts.path or "/",
        query=parts.query,
        headers=tuple(pair for pair in pairs if pair[0] != "host"),
        sni=sni.lower().rstrip("."),
        address=name if literal else "",
        model=model,
    )


def _split(url: str) -> tuple[SplitResult, int]:
    try:
        parts = urlsplit(url if "://" in url else f"http://{url}")
        port = parts.port
    except ValueError as error:
        raise RequestError(f"{url!r} is not a URL: {error}") from None
    if parts.scheme not in (*WELL_KNOWN, *GRPC, *WHOLE):
        known = ", ".join((*WELL_KNOWN, *GRPC, *WHOLE))
        raise RequestError(f"scheme {parts.scheme!r} in {url!r}: only {known} are routed")
    if not parts.hostname:
        raise RequestError(f"{url!r} names no host: write http://HOST/PATH")
    if port is None and parts.scheme in WHOLE:
        raise RequestError(f"{url!r} names no port: write {parts.scheme}://{parts.hostname}:PORT")
    if port is not None:
        return parts, port
    return parts, WELL_KNOWN[GRPC.get(parts.scheme, parts.scheme)]


def _header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon or not name.strip():
        raise RequestError(f"header {text!r}: write it as 'Name: value'")
    return name.strip().lower(), value.strip()


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
