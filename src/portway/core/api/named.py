"""Which Secrets and ConfigMaps an object names.

Knows the fields that name them, of every kind that has any. Must not know whether a reference is
permitted, nor what is made of what it names: a source has to know what to read before anything else
can be known.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from portway.core.api.backend_tls_policy import BackendTLSPolicy
from portway.core.api.gateway import Gateway
from portway.core.api.listener import Listener
from portway.core.api.listener_set import ListenerSet
from portway.core.api.meta import Resource
from portway.core.api.x_backend import XBackend

NAMED_KINDS: Final = ("Secret", "ConfigMap")
"""The kinds of which nothing is worth reading but what is named."""


ADAPTERS_ANNOTATION: Final = "portway.dev/adapters"
"""Of an HTTPRoute: the ConfigMaps of its namespace that say which adapters a base model has."""


class Named(NamedTuple):
    """An object of one of those kinds, there or not."""

    kind: str
    namespace: str
    name: str


def named(obj: Resource) -> frozenset[Named]:
    """What it names of those kinds; in its own namespace where it does not say another."""
    found = _REFERENCES.get(obj.kind)
    if found is None:
        return frozenset()
    return frozenset(
        Named(ref.kind, getattr(ref, "namespace", "") or obj.namespace, ref.name)
        for ref in found(obj)
        if ref is not None and not ref.group and ref.kind in NAMED_KINDS
    )


class _Ref(NamedTuple):
    """A reference that has no fields of its own."""

    name: str
    kind: str = "ConfigMap"
    group: str = ""


def adapter_maps(obj: Resource) -> tuple[str, ...]:
    """The names of the ConfigMaps with adapters that a route goes by, in order."""
    text = obj.metadata.annotations.get(ADAPTERS_ANNOTATION, "")
    return tuple(dict.fromkeys(each.strip() for each in text.split(",") if each.strip()))


def _of_http_route(obj: Resource) -> Iterator[Any]:
    return map(_Ref, adapter_maps(obj))


def _of_gateway(obj: Gateway) -> Iterator[Any]:
    yield from _of_listeners(obj.spec.listeners)
    tls = obj.spec.tls
    if tls is None:
        return
    if tls.backend is not None:
        yield tls.backend.client_certificate_ref
    if tls.frontend is not None:
        for each in (tls.frontend.default, *(port.tls for port in tls.frontend.per_port)):
            if each.validation is not None:
                yield from each.validation.ca_certificate_refs


def _of_listeners(listeners: Iterable[Listener]) -> Iterator[Any]:
    for each in listeners:
        if each.tls is not None:
            yield from each.tls.certificate_refs


def _of_listener_set(obj: ListenerSet) -> Iterator[Any]:
    return _of_listeners(obj.spec.listeners)


def _of_policy(obj: BackendTLSPolicy) -> Iterable[Any]:
    return obj.spec.validation.ca_certificate_refs


def _of_x_backend(obj: XBackend) -> Iterator[Any]:
    tls = obj.spec.tls
    if tls is None:
        return
    yield tls.client_certificate_ref
    if tls.validation is not None:
        yield from tls.validation.ca_certificate_refs


_REFERENCES: Final[Mapping[str, Callable[[Any], Iterable[Any]]]] = {
    "Gateway": _of_gateway,
    "HTTPRoute": _of_http_route,
    "ListenerSet": _of_listener_set,
    "BackendTLSPolicy": _of_policy,
    "XBackend": _of_x_backend,
}
