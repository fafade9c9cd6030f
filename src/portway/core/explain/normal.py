"""How the hardened proxy rewrites a request's host and path before it looks at any route.

Knows Envoy's `normalize_path`, `merge_slashes`, `path_with_escaped_slashes_action:
UNESCAPE_AND_REDIRECT`, `strip_any_host_port` and `strip_trailing_host_dot`, written down a second
time on purpose: explain must not ask the proxy what the proxy would do. Knows no routes.
"""

import re

import msgspec

_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_ESCAPED_SLASH = re.compile(r"%(?:2[Ff]|5[Cc])")
_DOTS_WITH_PARAMETER = re.compile(r"(?<=/)(\.\.?);[^/]*")
_UNSAFE = re.compile(r'[ "<>^`{|}]')
_SLASHES = re.compile(r"/{2,}")


class Path(msgspec.Struct, frozen=True):
    """`value` is the path routes are matched against. `redirected` means that the client is sent
    there first (307), since an escaped slash changed which path was meant."""

    value: str
    redirected: bool = False


def host(authority: str) -> str:
    """The name virtual hosts are chosen by: no port, no trailing dot, lower case."""
    name = authority.strip().lower()
    if name.startswith("["):
        name = name[: name.find("]") + 1] if "]" in name else name
    else:
        name = name.partition(":")[0]
    return name.removesuffix(".")


def path(raw: str) -> Path:
    """The path routes are matched against. `raw` has no query."""
    text = _ESCAPED_SLASH.sub(lambda hit: "/" if hit[0].lower() == "%2f" else "\\", raw)
    redirected = text != raw
    # A dot segment with a parameter (`..;x`) is a dot segment, but only if it is spelled so: some
    # backends climb on it. Envoy cuts the parameter before it decodes anything.
    text = _DOTS_WITH_PARAMETER.sub(r"\1", text.replace("\\", "/"))
    text = _UNSAFE.sub(lambda hit: f"%{ord(hit[0]):02X}", _ESCAPE.sub(_decoded, text))
    return Path(_SLASHES.sub("/", _without_dots(text)), redirected)


def _decoded(escape: re.Match[str]) -> str:
    char = chr(int(escape[1], 16))
    return char if char in _UNRESERVED else escape[0]


def _without_dots(text: str) -> str:
    """RFC 3986 §5.2.4. Empty segments count as segments here: slashes are merged afterwards."""
    out: list[str] = []
    segments = text.removeprefix("/").split("/")
    for segment in segments:
        if segment == "..":
            del out[-1:]
        elif segment != ".":
            out.append(segment)
    if segments[-1] in (".", ".."):
        out.append("")
    return "/" + "/".join(out)
