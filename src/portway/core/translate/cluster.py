"""Where a backend's endpoints are, and whether they are reached over TLS.

Knows EndpointSlices, the Backend and XBackend kinds, pools and the Service annotation that stands
in for slices. Must not know who sends traffic there. Asked only for backends that resolved;
whatever has vanished in between has no endpoints.
"""

from collections.abc import Iterable, Iterator

import msgspec

from portway.core import api, model
from portway.core.translate.address import canonical_ip, parse_endpoints
from portway.core.translate.pool import pool_endpoints
from portway.core.translate.service import ENDPOINTS_ANNOTATION
from portway.core.translate.traffic import traffic_in_force
from portway.core.translate.world import World


def cluster(key: model.ClusterKey, world: World) -> model.Cluster | None:
    """The backend as a cluster: resolved by the proxy if it has host names, listed if not. None
    where its policy has vanished in between: without it nothing may be sent."""
    if key.kind == "InferencePool":
        pool = world.pool(key.namespace, key.name)
        picked = pool is not None and pool.picker is not None
        return model.Cluster(key, picked=picked, hashed=not picked)
    if key.kind == "XBackend":
        found = world.external(key.namespace, key.name)
        if found is None or found.policy != key.policy:
            return None
        return model.Cluster(key, model.Discovery.NAMED, (found.endpoint,), found.tls)
    tls = _tls(key, world)
    if key.tls_policy and tls is None:
        return None
    backend = world.backend(key.namespace, key.name) if key.kind == "Backend" else None
    policy = traffic_in_force(key.backend, world)
    budget = policy.budget if policy else None
    if backend is None or not any(each.hostname for each in backend.spec.endpoints):
        return model.Cluster(key, tls=tls, budget=budget)
    named = {each for endpoint in backend.spec.endpoints for each in _of_backend(endpoint)}
    return model.Cluster(key, model.Discovery.NAMED, tuple(sorted(named)), tls, budget=budget)


def by_name(key: model.ClusterKey, world: World) -> bool:
    """Whether the proxy has to find the endpoints of a backend by host names."""
    if key.kind == "XBackend":
        return True
    found = world.backend(key.namespace, key.name) if key.kind == "Backend" else None
    return found is not None and any(each.hostname for each in found.spec.endpoints)


def _tls(key: model.ClusterKey, world: World) -> model.BackendTLS | None:
    demanded = key.tls_policy
    policy = world.tls_policy(demanded.namespace, demanded.name) if demanded else None
    if policy is None or policy.tls is None:
        return None
    return msgspec.structs.replace(policy.tls, client=key.client)


def endpoints(key: model.ClusterKey, world: World) -> model.Endpoints:
    """The ready endpoints of a listed cluster, sorted, each once."""
    if key.kind == "Backend":
        found = world.backend(key.namespace, key.name)
        if found is None or any(each.hostname for each in found.spec.endpoints):
            return model.Endpoints(key)
        return _sorted(key, (each for one in found.spec.endpoints for each in _of_backend(one)))
    if key.kind == "InferencePool":
        pool = world.whole_pool(key.namespace, key.name)
        return _sorted(key, () if pool is None else pool_endpoints(pool, world))
    service = world.whole_service(key.namespace, key.name)
    if service is None:
        return model.Endpoints(key)
    transport = "UDP" if key.protocol == model.Protocol.UDP else "TCP"
    return _sorted(key, _of_service(service, key.port, transport, world))


def _sorted(key: model.ClusterKey, found: Iterable[model.Endpoint]) -> model.Endpoints:
    return model.Endpoints(key, tuple(sorted(set(found))))


def _of_backend(endpoint: api.BackendEndpoint) -> Iterator[model.Endpoint]:
    if endpoint.ip is not None:
        ip = canonical_ip(endpoint.ip.address)
        if ip is not None:
            yield model.Endpoint(ip, endpoint.ip.port)
    if endpoint.hostname is not None:
        yield model.Endpoint(endpoint.hostname.name, endpoint.hostname.port)
    if endpoint.unix is not None:
        yield model.Endpoint(f"unix:{endpoint.unix.path}", 0)


def _of_service(
    service: api.Service, number: int, transport: str, world: World
) -> Iterator[model.Endpoint]:
    short = service.metadata.annotations.get(ENDPOINTS_ANNOTATION)
    if short is not None:
        parsed = parse_endpoints(short)
        if not isinstance(parsed, str):
            yield from parsed
        return
    ports = service.spec.ports
    at = (each for each in ports if each.port == number and each.protocol == transport)
    port = next(at, None)
    if port is None:
        return
    for piece in world.slices(service.namespace, service.name):
        yield from _of_slice(piece, port)


def _of_slice(piece: api.EndpointSlice, port: api.ServicePort) -> Iterator[model.Endpoint]:
    # An FQDN slice holds names that anyone who may write the slice could point anywhere;
    # kube-proxy ignores them too, and Kubernetes 1.34 deprecates them.
    if piece.address_type == "FQDN":
        return
    numbers = sorted(_target_ports(piece, port))
    for endpoint in piece.endpoints:
        if not endpoint.ready:
            continue
        ip = canonical_ip(endpoint.addresses[0])
        if ip is not None:
            yield from (model.Endpoint(ip, number) for number in numbers)


def _target_ports(piece: api.EndpointSlice, port: api.ServicePort) -> Iterator[int]:
    """A slice's port belongs to the Service's port of the same name; the slice has already
    resolved a named targetPort. A slice port without a number stands for every port."""
    for each in piece.ports:
        if each.name != port.name or each.protocol != port.protocol:
            continue
        target = port.effective_target_port
        if each.port is not None:
            yield each.port
        elif isinstance(target, int):
            yield target
