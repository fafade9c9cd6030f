"""From a backend reference of a TLSRoute, TCPRoute or UDPRoute to the backend.

Knows that bytes are handed on as they are: what the backend speaks (`appProtocol`) does not matter,
only whether the port takes TCP or UDP. Must not know weights, nor whether connections are decrypted
before they get there.
"""

from typing import NamedTuple

from portway.core import api, model
from portway.core.filters import Problem
from portway.core.translate.backend import (
    REASONS,
    backend_kinds,
    service_port,
)
from portway.core.translate.backend_tls import in_force
from portway.core.translate.reference import Referrer, Target, Unresolved, resolve_ref
from portway.core.translate.service import Referred
from portway.core.translate.world import World

TRANSPORTS = {"TLSRoute": "TCP", "TCPRoute": "TCP", "UDPRoute": "UDP"}
"""What carries the traffic of each kind of route."""

_PROTOCOLS = {"TCP": model.Protocol.TCP, "UDP": model.Protocol.UDP}


class L4Backend(NamedTuple):
    """A backend, and the BackendTLSPolicy that demands TLS towards it (empty: none)."""

    key: model.ClusterKey
    policy: str = ""


def l4_backend(
    ref: api.BackendObjectReference, referrer: Referrer, world: World
) -> L4Backend | Problem:
    """The backend a reference of `referrer` leads to."""
    transport = TRANSPORTS[referrer.kind]
    target = Target(ref.group, ref.kind, ref.namespace or referrer.namespace, ref.name)
    found: Referred | api.Backend | Unresolved = resolve_ref(
        referrer, target, backend_kinds(world), world
    )
    if isinstance(found, Unresolved):
        return Problem("ResolvedRefs", REASONS[found.cause], found.message)
    if isinstance(found, Referred):
        port = service_port(found, ref.port, referrer, transport, referrer.kind)
        if isinstance(port, Problem):
            return port
        key = _key("Service", found.namespace, found.name, port.port, transport)
        return _demanded(key, port.name, world)
    return _backend(found, ref.port, referrer, transport, world)


def _demanded(key: model.ClusterKey, section: str, world: World) -> L4Backend:
    """The policy for the port called `section`; there is none over UDP."""
    if key.protocol == model.Protocol.UDP:
        return L4Backend(key)
    policy = in_force(key.backend, section, world)
    return L4Backend(key, f"{policy.key.namespace}/{policy.key.name}" if policy else "")


def _backend(
    found: api.Backend, port: int | None, referrer: Referrer, transport: str, world: World
) -> L4Backend | Problem:
    where = f"{referrer}: Backend {found.namespace}/{found.name}"
    if transport == "UDP" and any(each.unix is not None for each in found.spec.endpoints):
        return Problem(
            "ResolvedRefs",
            "UnsupportedProtocol",
            f"{where} has a unix socket among its endpoints, which takes connections and no "
            "datagrams; give it endpoints with an IP address or a host name.",
        )
    ports = {
        each.port
        for endpoint in found.spec.endpoints
        for each in (endpoint.ip, endpoint.hostname)
        if each is not None
    }
    if port is not None and ports != {port}:
        return Problem(
            "ResolvedRefs",
            "BackendNotFound",
            f"{where} has its ports in its endpoints, and not all of them are {port}; remove "
            "backendRef.port.",
        )
    key = _key("Backend", found.namespace, found.name, 0, transport)
    return _demanded(key, "", world)


def _key(kind: str, namespace: str, name: str, port: int, transport: str) -> model.ClusterKey:
    return model.ClusterKey(kind, namespace, name, port, _PROTOCOLS[transport])
