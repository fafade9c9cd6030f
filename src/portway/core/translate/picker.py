"""The endpoint picker of an InferencePool: where it is and how it is reached.

Knows the reference and the protocols towards pickers. Must not know routes. A picker is asked over
TLS, and its certificate is verified only where a BackendTLSPolicy says by what: pickers make
themselves a certificate that nobody could verify, and everybody expects them to be asked that way.
"""

from msgspec.structs import replace

from portway.core import api, model
from portway.core.translate.backend_tls import in_force, plain_words
from portway.core.translate.world import World

PLAIN = "kubernetes.io/h2c"
"""The `appProtocol` of the picker's Service port by which it is asked in plain text."""


def endpoint_picker(namespace: str, ref: api.EndpointPickerRef, world: World) -> model.Picker | str:
    """The picker that a pool of a namespace refers to, or why it cannot be asked."""
    if (ref.group, ref.kind) != ("", "Service"):
        return f"kind {ref.kind} of group {ref.group!r} cannot be used here; use a Service."
    service = world.service(namespace, ref.name)
    where = f"Service {namespace}/{ref.name}"
    if service is None:
        return f"{where} does not exist; create it or correct the name."
    if service.type == "ExternalName":
        # API: implementations MUST NOT support ExternalName Services here.
        return f"{where} is of type ExternalName, which is not allowed; use one with a selector."
    number = ref.port.number if ref.port else 0
    port = next((p for p in service.ports if (p.port, p.protocol) == (number, "TCP")), None)
    if port is None:
        known = ", ".join(str(each.port) for each in service.ports) or "none"
        return f"{where} has no TCP port {number}; its ports are {known}."
    key = model.ObjectKey("Service", namespace, ref.name)
    policy = in_force(key, port.name, world)
    open_ = ref.failure_mode == "FailOpen"
    if policy is None:
        plain = port.app_protocol.lower() == PLAIN
        protocol = model.Protocol.PLAIN_PICKER if plain else model.Protocol.PICKER
        return model.Picker(model.ClusterKey(*key, number, protocol), open_)
    if policy.tls is None:
        return f"{policy.key} cannot be carried out, so {where} is not asked. {plain_words(policy)}"
    cluster = model.ClusterKey(*key, number, model.Protocol.PICKER, policy.key.name)
    return model.Picker(cluster, open_)


def has_picker(backend: model.ClusterKey, world: World) -> bool:
    """Whether a backend is a pool that names a picker, reachable or not."""
    if backend.kind != "InferencePool":
        return False
    pool = world.pool(backend.namespace, backend.name)
    return pool is not None and pool.picker is not None


def explained(backend: model.ClusterKey | None, world: World) -> bool:
    """Whether a backend is a pool whose clients may ask who was picked."""
    if backend is None or backend.kind != "InferencePool":
        return False
    pool = world.pool(backend.namespace, backend.name)
    return pool is not None and pool.explains


def picker_of(backend: model.ClusterKey | None, world: World) -> model.Picker | None:
    """Who is asked before something is sent to a backend; nobody for most."""
    if backend is None or backend.kind != "InferencePool":
        return None
    pool = world.pool(backend.namespace, backend.name)
    if pool is None or pool.picker is None:
        return None
    found = endpoint_picker(pool.namespace, pool.picker, world)
    return None if isinstance(found, str) else replace(found, light=pool.light)
