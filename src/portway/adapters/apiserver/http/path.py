"""What a path of the API names.

Knows ``/api`` and ``/apis`` paths. Must not know which kinds exist.
"""

from typing import NamedTuple
from urllib.parse import unquote


class Target(NamedTuple):
    """A kind, or one object of it. ``plural`` is empty for a group version itself."""

    group: str
    version: str
    plural: str = ""
    namespace: str = ""
    name: str = ""
    subresource: str = ""
    deprecated_watch: bool = False


def parse(path: str) -> Target | None:
    """The target of a path below ``/api/v1`` or ``/apis/GROUP/VERSION``; None for other paths."""
    parts = [unquote(part) for part in path.strip("/").split("/")]
    if "" in parts or any("/" in part for part in parts):
        return None
    match parts:
        case ["api", version, *rest]:
            group = ""
        case ["apis", group, version, *rest]:
            pass
        case _:
            return None
    watch = bool(rest) and rest[0] == "watch"
    found = _target(group, version, rest[1:] if watch else rest)
    return found._replace(deprecated_watch=True) if found and watch else found


def _target(group: str, version: str, rest: list[str]) -> Target | None:
    match rest:
        case []:
            return Target(group, version)
        case ["namespaces", name, "status" | "finalize" as subresource] if not group:
            return Target(group, version, "namespaces", "", name, subresource)
        case ["namespaces", namespace, plural]:
            return Target(group, version, plural, namespace)
        case ["namespaces", namespace, plural, name]:
            return Target(group, version, plural, namespace, name)
        case ["namespaces", namespace, plural, name, subresource]:
            return Target(group, version, plural, namespace, name, subresource)
        case [plural]:
            return Target(group, version, plural)
        case [plural, name]:
            return Target(group, version, plural, "", name)
        case [plural, name, subresource]:
            return Target(group, version, plural, "", name, subresource)
    return None
