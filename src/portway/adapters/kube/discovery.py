"""Which of the kinds we read there are in a cluster, and in which version each is served.

Knows Kubernetes' discovery documents. Must not know what a kind means. Asks group by group: what
is wrong with somebody else's group does not concern us.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple, TypeVar

import msgspec

from portway.adapters.kube.client import Client
from portway.adapters.kube.failure import NOT_FOUND, ApiFailure, Garbled
from portway.core.api import KINDS, KindInfo

_T = TypeVar("_T")


class Served(NamedTuple):
    """A kind as this cluster serves it."""

    kind: str
    api_version: str
    path: str
    """Of the list of all its objects."""
    namespaced: bool = True


class _Version(msgspec.Struct):
    version: str


class _Group(msgspec.Struct):
    name: str
    versions: list[_Version]


class _Groups(msgspec.Struct):
    groups: list[_Group]


class _Resource(msgspec.Struct):
    name: str
    kind: str
    verbs: list[str] = []


class _Resources(msgspec.Struct):
    resources: list[_Resource] | None = None


class Found(NamedTuple):
    """What discovery found: kinds to read, and those there are in versions we cannot read."""

    served: tuple[Served, ...]
    unreadable: Mapping[str, tuple[str, ...]]


async def discover(client: Client, kinds: Mapping[str, KindInfo] = KINDS) -> Found:
    """Look once. Raises ApiFailure, Unreachable or Garbled; then nothing is known."""
    groups = _decode(await client.get("/apis"), _Groups).groups
    there = {each.name: tuple(version.version for version in each.versions) for each in groups}
    there[""] = ("v1",)
    lists: dict[str, frozenset[str]] = {}
    for group in sorted({info.group for info in kinds.values()} & there.keys()):
        for version in there[group]:
            lists[f"{group}/{version}"] = await _plurals(client, group, version)
    served: list[Served] = []
    unreadable: dict[str, tuple[str, ...]] = {}
    for kind, info in kinds.items():
        versions = there.get(info.group, ())
        offered = tuple(each for each in versions if info.plural in lists[f"{info.group}/{each}"])
        chosen = next((each for each in info.versions if each in offered), None)
        if chosen is not None:
            path = f"{_root(info.group, chosen)}/{info.plural}"
            version = f"{info.group}/{chosen}".lstrip("/")
            served.append(Served(kind, version, path, info.namespaced))
        elif offered:
            unreadable[kind] = offered
    return Found(tuple(served), unreadable)


async def _plurals(client: Client, group: str, version: str) -> frozenset[str]:
    """The names of the lists of a version that can be followed."""
    try:
        body = await client.get(_root(group, version))
    except ApiFailure as failure:
        # It went between the two questions.
        if failure.status == NOT_FOUND:
            return frozenset()
        raise
    return _followed(_decode(body, _Resources).resources or ())


def _followed(resources: Iterable[_Resource]) -> frozenset[str]:
    return frozenset(each.name for each in resources if {"list", "watch"} <= set(each.verbs))


def _root(group: str, version: str) -> str:
    return f"/apis/{group}/{version}" if group else f"/api/{version}"


def _decode(body: bytes, type_: type[_T]) -> _T:
    try:
        return msgspec.json.decode(body, type=type_)
    except msgspec.DecodeError as error:
        raise Garbled(f"this is no discovery document: {error}") from None
