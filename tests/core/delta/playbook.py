"""Conversations with a stream: `>>` is what the proxy says or what changes, `<<` the answer.

What its tests share: resources of each type, requests, and a playbook that runs and compares.
"""

from collections.abc import Mapping
from typing import NamedTuple

import pytest

from portway.core.delta import (
    CDS,
    EDS,
    LDS,
    RDS,
    Key,
    Removed,
    Request,
    Resource,
    ResourceSet,
    Response,
    Stream,
)


def cluster(name: str, version: str = "1", *needs: Key) -> Resource:
    return Resource(CDS, name, version, b"", needs)


def endpoints(name: str, version: str = "1") -> Resource:
    return Resource(EDS, name, version, b"")


def listener(name: str, version: str = "1", *needs: Key) -> Resource:
    return Resource(LDS, name, version, b"", needs)


def route(name: str, version: str, *clusters: str) -> Resource:
    return Resource(RDS, name, version, b"", tuple((CDS, cluster) for cluster in clusters))


class Answer(NamedTuple):
    """An ACK, or a NACK when there is an error, of the last response of a type."""

    type_url: str
    error: str | None = None
    subscribe: tuple[str, ...] = ()
    nonce: str | None = None


class Sent(NamedTuple):
    """An expected response, without its nonce."""

    resources: tuple[Resource, ...] = ()
    removed: tuple[Key, ...] = ()
    empty: str = ""

    @property
    def type_url(self) -> str:
        return (*(r.type_url for r in self.resources), *(k[0] for k in self.removed), self.empty)[0]


def sent(*resources: Resource) -> Sent:
    return Sent(resources)


def gone(type_url: str, *names: str) -> Sent:
    return Sent((), tuple((type_url, name) for name in names))


class Playbook:
    """Runs a conversation and compares; a mismatch shows all of it."""

    def __init__(self, *resources: Resource) -> None:
        self.resources = ResourceSet()
        self.resources.apply(resources)
        self.stream = Stream(self.resources)
        self._log: list[str] = []
        self._unread: list[Response] = []
        self._nonces: dict[str, str] = {}

    def __rshift__(
        self,
        said: "Request | Answer | Resource | Removed | list[Resource | Removed]",
    ) -> "Playbook":
        self._nothing_unread()
        self._log.append(f">> {said}")
        match said:
            case Request():
                self._unread = self.stream.on_request(said)
            case Answer(type_url, error, subscribe, nonce):
                nonce = self._nonces[type_url] if nonce is None else nonce
                request = Request(type_url, subscribe, response_nonce=nonce, error=error)
                self._unread = self.stream.on_request(request)
            case _:
                self.resources.apply(said if isinstance(said, list) else [said])
                self._unread = self.stream.on_change()
        for response in self._unread:
            self._nonces[response.type_url] = response.nonce
        return self

    def __lshift__(self, expected: Sent) -> "Playbook":
        if not self._unread:
            self._fail(f"<< expected {expected}, got nothing")
        got = self._unread.pop(0)
        self._log.append(f"<< {got}")
        removed = tuple((got.type_url, name) for name in got.removed)
        if (got.type_url, got.resources, removed) != (
            expected.type_url,
            expected.resources,
            expected.removed,
        ):
            self._fail(f"<< expected {expected}")
        return self

    def __bool__(self) -> bool:
        self._nothing_unread()
        return True

    def _nothing_unread(self) -> None:
        if self._unread:
            self._fail(f"<< unexpected {self._unread}")

    def _fail(self, message: str) -> None:
        pytest.fail("\n".join([*self._log, message]), pytrace=False)


def ask(type_url: str, *names: str, initial: Mapping[str, str] | None = None) -> Request:
    return Request(type_url, subscribe=names, initial_resource_versions=initial or {})


def leave(type_url: str, *names: str) -> Request:
    return Request(type_url, unsubscribe=names)
