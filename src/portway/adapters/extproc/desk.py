"""What a conversation asks of whoever decides.

Knows the questions and the shapes of the answers. Must not know how they are found.
"""

from collections.abc import Mapping
from typing import Protocol

import msgspec


class Request(msgspec.Struct, frozen=True):
    """A request as a gateway shows it. ``body`` may be a first part only (``whole`` False).
    Header names are in lower case. ``subset``: the endpoints it offers; None: all of the pool."""

    headers: Mapping[str, str]
    body: bytes = b""
    whole: bool = True
    subset: frozenset[str] | None = None


class Held(Protocol):
    """A request that has an endpoint, until `done`."""

    def served(self, address: str) -> None:
        """Who answers it; "" where the gateway does not say."""

    def done(self, status: int) -> None:
        """It is over. ``status`` of HTTP; 0: nobody answered it. A second time does nothing."""


class Why(msgspec.Struct, frozen=True):
    """A pick in a few words and numbers, for the gateway's log. ``cached`` of the prompt's
    ``blocks`` are at the endpoint."""

    reason: str
    cached: int = 0
    blocks: int = 0


class Picked(msgspec.Struct, frozen=True):
    """``destination``: `ip:port[,ip:port...]`. ``body``: another one to send instead, None for the
    same. ``headers`` go to the endpoint, ``answer_headers`` to the client. ``scores`` are for
    later filters of the gateway, ``why`` for its access log."""

    destination: str
    held: Held
    body: bytes | None = None
    headers: Mapping[str, str] = {}
    answer_headers: Mapping[str, str] = {}
    scores: Mapping[str, float] = {}
    why: Why | None = None


class Refused(msgspec.Struct, frozen=True):
    """Nobody gets the request: status of HTTP, the reason in a word, and words for people."""

    status: int
    reason: str
    words: str


class Desk(Protocol):
    """Who decides, for one pool."""

    prefix_bytes: int
    """How much of a body is looked at; what comes after goes by unseen."""

    def whole_bodies(self, headers: Mapping[str, str]) -> bool:
        """Whether a body has to be here whole before it is decided, since it may be changed."""

    async def decide(self, request: Request) -> Picked | Refused:
        """Who gets it. May take as long as a request may wait; cancelled when its client goes."""
