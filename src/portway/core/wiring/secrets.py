"""What is sent apart from those who refer to it: certificates, and the authorities of others.

    ports ────► certificates and authorities of listeners ─┐
    clusters ─► those of backends, less the above ─────────┴─► secret resources

So renewing one of them changes no listener and no cluster. Knows who refers to which; must not know
what is in them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from portway.core import delta, graph, model, translate
from portway.core.wiring import emit

if TYPE_CHECKING:
    from portway.core.wiring.core import Core

K = TypeVar("K")
Make: TypeAlias = "Callable[[graph.Context, K, object], delta.Resource | None]"
User: TypeAlias = model.Cluster | model.L4Pool
Resources: TypeAlias = "graph.Collection[K, delta.Resource]"


class Secrets:
    """The collections of secret resources.

    What listeners and backends both refer to is made for the listeners, so that no name is in two
    collections.
    """

    def __init__(self, core: Core, emitter: emit.Emitter) -> None:
        self._core = core
        self._emitter = emitter
        self.certificates: list[Resources[model.ObjectKey]] = []
        self.authorities: list[Resources[model.TrustKey]] = []

    def of_listeners(
        self, g: graph.Graph, ports: graph.Collection[model.PortKey, model.Port]
    ) -> Resources[model.ObjectKey]:
        """What listeners show, and hold the certificates of clients against. Returns the former."""
        self._shown = g.distinct("wanted certificates", ports, _shown_by_listeners)
        self._trusted = g.distinct("wanted authorities", ports, _trusted_by_listeners)
        shown: Resources[model.ObjectKey] = g.map(
            "secret resources", self._shown, self._certificate
        )
        self.certificates.append(shown)
        self.authorities.append(g.map("authority resources", self._trusted, self._trust))
        return shown

    def of_backends(self, g: graph.Graph, users: Sequence[graph.Collection[Any, Any]]) -> None:
        """What is shown to backends, and what their certificates are held against. `users` are
        clusters and pools."""
        shown = g.union(
            "certificates for backends",
            [g.distinct(f"certificates for {e.name}", e, _shown_to_backends) for e in users],
        )
        trusted = g.union(
            "authorities of backends",
            [g.distinct(f"authorities of {e.name}", e, _trusted_of_backends) for e in users],
        )
        certificate = _unless(self._shown, self._certificate)
        trust = _unless(self._trusted, self._trust)
        self.certificates.append(g.map("secret resources for backends", shown, certificate))
        self.authorities.append(g.map("authority resources of backends", trusted, trust))

    def resource_collections(self) -> Iterable[graph.Collection[Any, delta.Resource]]:
        """Every collection of resources."""
        return (*self.certificates, *self.authorities)

    def _certificate(
        self, ctx: graph.Context, key: model.ObjectKey, _: object
    ) -> delta.Resource | None:
        certificate = translate.certificate(key, self._core.world(ctx))
        return None if certificate is None else self._emitter.secret(certificate)

    def _trust(self, ctx: graph.Context, key: model.TrustKey, _: object) -> delta.Resource | None:
        trust = translate.trust(key, self._core.world(ctx))
        return None if trust is None else self._emitter.trust(trust)


def _unless(made: graph.Collection[K, bool], make: Make[K]) -> Make[K]:
    """Makes what is not made for somebody else."""

    def resource(ctx: graph.Context, key: K, wanted: object) -> delta.Resource | None:
        return None if ctx.get(made, key) else make(ctx, key, wanted)

    return resource


def _shown_by_listeners(_: model.PortKey, port: model.Port) -> set[model.ObjectKey]:
    return {key for each in port.listeners for key in each.certificates}


def _trusted_by_listeners(_: model.PortKey, port: model.Port) -> set[model.TrustKey]:
    return {each.validation.trust for each in port.listeners if each.validation is not None}


def _shown_to_backends(_: object, user: User) -> tuple[model.ObjectKey, ...]:
    client = user.tls.client if user.tls else None
    return () if client is None else (client,)


def _trusted_of_backends(_: object, user: User) -> tuple[model.TrustKey, ...]:
    return () if user.tls is None else (user.tls.trust,)
