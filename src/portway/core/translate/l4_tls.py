"""TLS from here to the backends of whole connections (BackendTLSPolicy, TLSRoute and TCPRoute).

Knows that it is for connections that are not encrypted when they leave a listener: what passes
through is the client's TLS, and nobody else's business. Must not know places, nor how a proxy is
told. A pool is reached in one way, so backends of one route that differ in that cannot share it.
"""

from collections.abc import Iterable
from typing import NamedTuple

from msgspec.structs import replace

from portway.core import model
from portway.core.translate.backend_tls import plain_words
from portway.core.translate.world import World


class Way(NamedTuple):
    """How a share is reached: the policy that demands TLS, if any, and what it means."""

    share: model.L4Share
    policy: model.TLSPolicy | None

    @property
    def tls(self) -> model.BackendTLS | None:
        return self.policy.tls if self.policy else None


def secured(share: model.L4Share, shown: model.ObjectKey | None) -> model.L4Share:
    """The share with its policy as a part of where it leads; `shown` is the Secret with the
    Gateway's certificate."""
    if share.backend is None or not share.policy:
        return share
    backend = share.backend._replace(policy=share.policy.partition("/")[2])
    return replace(share, backend=backend.showing(shown) if shown else backend)


def findings(route: model.L4Route, world: World) -> Iterable[model.Finding]:
    """What is wrong with how the backends of a route are to be reached."""
    ways = [_way(each, world) for each in route.shares if each.weight and each.backend]
    for each in dict.fromkeys(way.policy for way in ways):
        if each is not None and each.tls is None:
            words = (
                f"{route.key}: a backend must be reached over TLS, and {each.key} cannot be "
                "carried out: its share is refused, and nothing is sent in plain text. "
                f"{plain_words(each)}"
            )
            yield model.Finding(route.key, "", "ResolvedRefs", "BackendNotFound", words, True)
    usable = [each for each in ways if each.policy is None or each.tls is not None]
    other = [each for each in usable if each.tls != usable[0].tls]
    if other:
        told = ", ".join(dict.fromkeys(_told(each.policy) for each in (usable[0], *other)))
        words = (
            f"{route.key}: backends of one {route.key.kind} have to be reached in the same way, "
            f"and these are not: {told}. Those that differ from the first are refused; give them a "
            "route of their own, or the same policy."
        )
        yield model.Finding(route.key, "", "ResolvedRefs", "UnsupportedProtocol", words)


def _way(share: model.L4Share, world: World) -> Way:
    namespace, _, name = share.policy.partition("/")
    return Way(share, world.tls_policy(namespace, name) if name else None)


def _told(policy: model.TLSPolicy | None) -> str:
    return f"TLS by {policy.key}" if policy else "plain text"
