"""Lists and watches as the API server writes them, decoded no further than needed.

Knows the envelopes: ListMeta, WatchEvent, and of an object its place and revision. Must not know
kinds: objects stay bytes. Kubernetes API concepts, "Efficient detection of changes".
"""

from typing import Final, NamedTuple

import msgspec

from portway.adapters.kube.failure import Garbled

INITIAL_END: Final = "k8s.io/initial-events-end"


class Place(NamedTuple):
    """Where an object is; without a namespace where its kind has none."""

    namespace: str
    name: str


class Metadata(msgspec.Struct, rename="camel"):
    """What of an object's metadata the reflector reads."""

    name: str = ""
    namespace: str = ""
    resource_version: str = ""
    annotations: dict[str, str] | None = None


class Head(msgspec.Struct):
    """An object, seen from afar."""

    metadata: Metadata

    @property
    def place(self) -> Place:
        """Where it is."""
        return Place(self.metadata.namespace, self.metadata.name)

    @property
    def revision(self) -> str:
        """``metadata.resourceVersion``."""
        return self.metadata.resource_version


class ListMeta(msgspec.Struct, rename={"resource_version": "resourceVersion", "more": "continue"}):
    """``more`` asks for the next piece of a list; empty at its end."""

    resource_version: str = ""
    more: str = ""


class Page(msgspec.Struct):
    """A piece of a list."""

    metadata: ListMeta
    items: list[msgspec.Raw] | None = None


class WatchEvent(msgspec.Struct):
    """One line of a watch."""

    type: str
    object: msgspec.Raw


_pages = msgspec.json.Decoder(Page)
_events = msgspec.json.Decoder(WatchEvent)
_heads = msgspec.json.Decoder(Head)


def page(body: bytes) -> Page:
    """Raises Garbled."""
    try:
        return _pages.decode(body)
    except msgspec.DecodeError as error:
        raise Garbled(f"this is no list: {error}") from None


def event(line: bytes) -> WatchEvent:
    """Raises Garbled."""
    try:
        return _events.decode(line)
    except msgspec.DecodeError as error:
        raise Garbled(f"this is no event: {error}") from None


def head(raw: msgspec.Raw) -> Head:
    """Raises Garbled."""
    try:
        return _heads.decode(raw)
    except msgspec.DecodeError as error:
        raise Garbled(f"this is no object: {error}") from None


def newer(revision: str, than: str) -> bool:
    """Whether a revision came after another. They are numbers in every API server there is, and
    by contract since Kubernetes 1.35; were they not, what comes later would count as newer."""
    if revision.isascii() and revision.isdigit() and than.isascii() and than.isdigit():
        return int(revision) > int(than)
    return revision != than
