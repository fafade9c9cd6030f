"""From a backend reference to the backend, or to the words that say why there is none.

Knows the kinds that can take traffic (Service, Backend, XBackend, InferencePool) and which
protocols we speak to them. Must not know routes, weights or filters: every reference to a backend,
a mirror's too, comes here.
"""

from typing import NamedTuple, TypeAlias

from portway.core import api, model
from portway.core.filters import Problem
from portway.core.translate.backend_tls import in_force, plain_words
from portway.core.translate.picker import endpoint_picker
from portway.core.translate.reference import (
    Cause,
    Kinds,
    Referrer,
    Target,
    Unresolved,
    resolve_ref,
)
from portway.core.translate.referred_pool import ReferredPool
from portway.core.translate.service import ENDPOINTS_ANNOTATION, Referred
from portway.core.translate.world import World

PROTOCOLS = {
    "": model.Protocol.HTTP1,
    "http": model.Protocol.HTTP1,
    "https": model.Protocol.HTTP1,
    "grpc": model.Protocol.H2C,
    "kubernetes.io/h2c": model.Protocol.H2C,
    "kubernetes.io/ws": model.Protocol.WEBSOCKET,
    "kubernetes.io/wss": model.Protocol.WEBSOCKET,
}
"""What we speak to a backend, by `appProtocol` in lower case. Whether it is spoken over TLS is up
to BackendTLSPolicies (GEP-1897): only they say whose certificate to expect."""

GRPC_PROTOCOLS = dict.fromkeys(
    ("", "http", "https", "grpc", "kubernetes.io/h2c"), model.Protocol.H2C
)
"""The same for a GRPCRoute: it says itself that gRPC is spoken, and that is HTTP/2."""

OVER_TLS = ("https", "kubernetes.io/wss")
"""Those that cannot be spoken without TLS."""

Found: TypeAlias = Referred | api.Backend | ReferredPool | model.External
"""What a reference of a rule may lead to."""

REASONS = {
    Cause.KIND: "InvalidKind",
    Cause.NOT_PERMITTED: "RefNotPermitted",
    Cause.MISSING: "BackendNotFound",
}


def backend(
    ref: api.BackendObjectReference, referrer: Referrer, world: World
) -> model.ClusterKey | Problem:
    """The backend a reference of `referrer` leads to."""
    target = Target(ref.group, ref.kind, ref.namespace or referrer.namespace, ref.name)
    kinds: Kinds[Found] = {**backend_kinds(world), **external_kinds(world)}
    if referrer.kind == "HTTPRoute":
        kinds = {**kinds, **pool_kinds(world)}
    found: Found | Unresolved = resolve_ref(referrer, target, kinds, world)
    if isinstance(found, Unresolved):
        return _problem(REASONS[found.cause], found.message)
    if isinstance(found, model.External):
        return _external(found, ref.port, referrer)
    if isinstance(found, ReferredPool):
        return _pool(found, referrer, world)
    if isinstance(found, Referred):
        return _service(found, ref.port, referrer, world)
    return _backend(found, ref.port, referrer, world)


def backend_kinds(world: World) -> Kinds[Referred | api.Backend]:
    """The kinds that can take traffic of every kind of route."""
    return {
        api.GroupKind("", "Service"): world.service,
        api.GroupKind(api.PORTWAY_GROUP, "Backend"): world.backend,
    }


def _problem(reason: str, message: str) -> Problem:
    return Problem("ResolvedRefs", reason, message)


def external_kinds(world: World) -> Kinds[model.External]:
    """The kind that takes requests, and no whole connections."""
    return {api.GroupKind(api.EXPERIMENTAL_GROUP, "XBackend"): world.external}


def pool_kinds(world: World) -> Kinds[ReferredPool]:
    """The kind that takes traffic of HTTPRoutes alone (Inference Extension)."""
    return {api.GroupKind(api.INFERENCE_GROUP, "InferencePool"): world.pool}


def _pool(pool: ReferredPool, referrer: Referrer, world: World) -> model.ClusterKey | Problem:
    """A pool is one backend, whatever `port` the reference has: its own ports count (API: the
    gateway MUST ignore it). Where a picker that must be asked cannot be, nothing is sent; the
    pool's status says why, since the reference to it is right."""
    where = f"{referrer}: InferencePool {pool.namespace}/{pool.name}"
    if pool.endpoints_problem:
        words = f"{where}: {ENDPOINTS_ANNOTATION} {pool.endpoints_problem}."
        return _problem("BackendNotFound", words)
    if pool.picker is not None and pool.picker.failure_mode == "FailClose":
        picker = endpoint_picker(pool.namespace, pool.picker, world)
        if isinstance(picker, str):
            words = f"{where}, spec.endpointPickerRef: {picker} Until then its share fails."
            return _problem("ResolvedRefs", words)._replace(status=True)
    return model.ClusterKey("InferencePool", pool.namespace, pool.name, 0, pool.protocol)


EXTERNAL_PROTOCOLS = {
    "": model.Protocol.HTTP1,
    "HTTP": model.Protocol.HTTP1,
    "HTTP11": model.Protocol.HTTP1,
    "HTTP2": model.Protocol.H2C,
    "H2C": model.Protocol.H2C,
    "GRPC": model.Protocol.H2C,
    # JSON over HTTP, with answers that may be streams of events: nothing of it needs the proxy.
    "MCP": model.Protocol.HTTP1,
    "WSS": model.Protocol.WEBSOCKET,
}
"""What we speak to an XBackend, by its `protocol`; TLS is another field's matter. TCP is not among
them: a rule takes requests."""

_EXTERNAL_GRPC = ("", "HTTP", "HTTP2", "H2C", "GRPC")


def _external(
    found: model.External, port: int | None, referrer: Referrer
) -> model.ClusterKey | Problem:
    where = f"{referrer}: {found.key}"
    if port is not None and port != found.endpoint.port:
        return _problem(
            "BackendNotFound",
            f"{where} has port {found.endpoint.port}, not {port}; remove backendRef.port.",
        )
    protocol = EXTERNAL_PROTOCOLS.get(found.protocol)
    if referrer.kind == "GRPCRoute":
        protocol = model.Protocol.H2C if found.protocol in _EXTERNAL_GRPC else None
    if protocol is None:
        return _problem(
            "UnsupportedProtocol",
            f"{where} has protocol {found.protocol}, which cannot carry what a {referrer.kind} "
            "sends; use another, or leave it out.",
        )
    if found.encrypted and found.tls is None:
        told = " ".join(dict.fromkeys(each.message for each in found.findings))
        words = (
            f"{where} must be reached over TLS, and its spec.tls cannot be carried out: its share "
            f"fails, and nothing is sent in plain text. {told}"
        )
        return _problem("ResolvedRefs", words)._replace(status=True)
    return model.ClusterKey(*found.key, found.endpoint.port, protocol, found.policy)


def _service(
    service: Referred, port: int | None, referrer: Referrer, world: World
) -> model.ClusterKey | Problem:
    found = service_port(service, port, referrer, "TCP", "HTTP")
    if isinstance(found, Problem):
        return found
    return _service_port(service, found, referrer, world)


def service_port(
    service: Referred, port: int | None, referrer: Referrer, transport: str, speaker: str
) -> api.ServicePort | Problem:
    """The port of a Service that a reference means, or why there is none that can be used.
    `speaker` is what needs the transport, in words."""
    where = f"{referrer}: Service {service.namespace}/{service.name}"
    if service.type == "ExternalName":
        # Spec: SHOULD NOT be supported, since it lets a namespace reach any host (CVE-2021-25740).
        return _problem(
            "BackendNotFound",
            f"{where} is of type ExternalName, which has no endpoints a gateway may use; refer to "
            "a Backend (group portway.dev) with a hostname instead.",
        )
    if port is None:
        return _problem("BackendNotFound", f"{where} needs a port; add backendRef.port.")
    at_port = [each for each in service.ports if each.port == port]
    if not at_port:
        known = ", ".join(str(each.port) for each in service.ports) or "none"
        return _problem("BackendNotFound", f"{where} has no port {port}; its ports are {known}.")
    found = next((each for each in at_port if each.protocol == transport), None)
    if found is None:
        return _problem(
            "UnsupportedProtocol",
            f"{where} offers port {port} over {at_port[0].protocol}, and {speaker} needs "
            f"{transport}.",
        )
    if service.endpoints_problem:
        words = f"{where}: {ENDPOINTS_ANNOTATION} {service.endpoints_problem}."
        return _problem("BackendNotFound", words)
    return found


def _service_port(
    service: Referred, port: api.ServicePort, referrer: Referrer, world: World
) -> model.ClusterKey | Problem:
    where = f"{referrer}: Service {service.namespace}/{service.name}"
    key = model.ObjectKey("Service", service.namespace, service.name)
    at = f"{where} port {port.port}"
    protocol = _protocol(port.app_protocol, at, referrer)
    return _reached(_Place(key, port.port, port.name, port.app_protocol), protocol, at, world)


class _Place(NamedTuple):
    """A port of a backend; `number` is 0 and `section` empty where each endpoint has its own."""

    backend: model.ObjectKey
    number: int
    section: str
    app_protocol: str


def _reached(
    place: _Place, protocol: model.Protocol | Problem, where: str, world: World
) -> model.ClusterKey | Problem:
    """The port with what is spoken to it, over TLS where a policy demands that."""
    if isinstance(protocol, Problem):
        return protocol
    policy = in_force(place.backend, place.section, world)
    if policy is None and place.app_protocol.lower() in OVER_TLS:
        words = (
            f"{where} has appProtocol {place.app_protocol}, which is TLS, and nothing says whose "
            "certificate to expect; add a BackendTLSPolicy for it."
        )
        return _problem("UnsupportedProtocol", words)
    if policy is None:
        return model.ClusterKey(*place.backend, place.number, protocol)
    if policy.tls is None:
        words = (
            f"{where} must be reached over TLS, and {policy.key} cannot be carried out: its share "
            f"fails, and nothing is sent in plain text. {plain_words(policy)}"
        )
        return _problem("ResolvedRefs", words)._replace(status=True)
    return model.ClusterKey(*place.backend, place.number, protocol, policy.key.name)


def _backend(
    found: api.Backend, port: int | None, referrer: Referrer, world: World
) -> model.ClusterKey | Problem:
    where = f"{referrer}: Backend {found.namespace}/{found.name}"
    ports = {
        each.port
        for endpoint in found.spec.endpoints
        for each in (endpoint.ip, endpoint.hostname)
        if each is not None
    }
    if port is not None and ports != {port}:
        return _problem(
            "BackendNotFound",
            f"{where} has its ports in its endpoints, and not all of them are {port}; remove "
            "backendRef.port.",
        )
    key = model.ObjectKey("Backend", found.namespace, found.name)
    protocol = _protocol(found.spec.app_protocol, where, referrer)
    return _reached(_Place(key, 0, "", found.spec.app_protocol), protocol, where, world)


def _protocol(app_protocol: str, where: str, referrer: Referrer) -> model.Protocol | Problem:
    grpc = referrer.kind == "GRPCRoute"
    known = (GRPC_PROTOCOLS if grpc else PROTOCOLS).get(app_protocol.lower())
    if known is not None:
        return known
    if grpc:
        return _problem(
            "UnsupportedProtocol",
            f"{where} has appProtocol {app_protocol}, which cannot carry gRPC; use "
            "kubernetes.io/h2c, or https with a BackendTLSPolicy, or none.",
        )
    return _problem(
        "UnsupportedProtocol",
        f"{where} has appProtocol {app_protocol}, which Portway does not speak to backends; use "
        "https, kubernetes.io/h2c, kubernetes.io/ws, kubernetes.io/wss, or none for HTTP/1.1.",
    )
