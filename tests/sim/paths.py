"""Paths: normalisation, rewrites and Locations, the simulator's reading of Envoy.

Knows the path with its query. Must not know which route was chosen or why.
"""

import re
from typing import Any, TypeAlias

import re2

from tests.sim.hosts import without_port
from tests.sim.requests import Call

Json: TypeAlias = dict[str, Any]

_ESCAPED_SLASH = re.compile(r"%2f|%5c", re.IGNORECASE)
_ESCAPED = re.compile(r"%([0-9a-fA-F]{2})")
_UNRESERVED = re.compile(r"[A-Za-z0-9._~-]")
_DEFAULT_PORT = {"http": ":80", "https": ":443"}


def normalise(path: str) -> tuple[str, bool]:
    """The path with dot segments, doubled slashes and needless escapes gone; True when escaped
    slashes were in it, so that the client is sent there instead."""
    name, mark, query = path.partition("?")
    moved = bool(_ESCAPED_SLASH.search(name))
    name = _ESCAPED_SLASH.sub("/", name).replace("\\", "/")
    name = _ESCAPED.sub(_plain, name)
    # In this order: "/x//../a" loses an empty segment, not the x.
    return re.sub("/+", "/", _without_dots(name)) + mark + query, moved


def _plain(escaped: re.Match[str]) -> str:
    character = chr(int(escaped[1], 16))
    return character if _UNRESERVED.match(character) else escaped[0]


def _without_dots(path: str) -> str:
    """RFC 3986 section 5.2.4."""
    segments = path.split("/")[1:]
    kept: list[str] = []
    for at, segment in enumerate(segments):
        last = at == len(segments) - 1
        if segment == "..":
            kept = kept[:-1]
        elif segment != ".":
            kept.append(segment)
            continue
        if last:
            kept.append("")
    return "/" + "/".join(kept)


def rewritten(action: Json, match: Json, path: str) -> str:
    """The path after prefix_rewrite or regex_rewrite; the query stays."""
    name, mark, query = path.partition("?")
    if "prefix_rewrite" in action:
        matched = match.get("path_separated_prefix") or match.get("prefix") or match.get("path")
        assert matched is not None
        assert name.startswith(matched)
        name = action["prefix_rewrite"] + name[len(matched) :]
    elif "regex_rewrite" in action:
        rule = action["regex_rewrite"]
        name = re2.sub(rule["pattern"]["regex"], rule["substitution"], name)
    return name + mark + query


def location(redirect: Json, match: Json, call: Call) -> str:
    """The Location of a RedirectAction."""
    scheme = redirect.get("scheme_redirect", call.scheme)
    port = f":{redirect['port_redirect']}" if "port_redirect" in redirect else ""
    host = redirect.get("host_redirect", _request_host(call, scheme, port))
    if "path_redirect" in redirect:
        _, mark, query = call.path.partition("?")
        path = redirect["path_redirect"] + mark + query
    else:
        path = rewritten(redirect, match, call.path)
    return f"{scheme}://{host}{port}{path}"


def _request_host(call: Call, scheme: str, port: str) -> str:
    """The Host header; its port goes when another is given, or when it is the well-known one of
    the request's scheme and the scheme changes."""
    name = without_port(call.host)
    standard = call.host[len(name) :] == _DEFAULT_PORT[call.scheme]
    return name if port or (scheme != call.scheme and standard) else call.host
