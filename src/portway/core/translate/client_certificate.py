"""The certificate that a Gateway shows to backends (GEP-3155), and what it changes about routes.

Knows `spec.tls.backend`, and what is wrong with a reference to such a certificate. What a rule
means is the same whoever its parents are, except for this: a Gateway with a certificate has
connections of its own to backends that are reached over TLS. Routes of Gateways without one are not
even looked at. Must not know what is verified of the backend.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from msgspec.structs import replace

from portway.core import api, model
from portway.core.translate.certificate import read_certificate
from portway.core.translate.reference import (
    Cause,
    Kinds,
    Referrer,
    Target,
    Unresolved,
    resolve_ref,
)
from portway.core.translate.world import World

_FIELD = "tls.backend.clientCertificateRef"


class Shown(NamedTuple):
    """The usable Secret, and what is wrong with the reference. Without a usable one backends are
    shown no certificate: whether that is enough is for them to say."""

    secret: model.ObjectKey | None = None
    findings: tuple[model.Finding, ...] = ()


class Place(NamedTuple):
    """Where such a reference stands, and the condition under which it is told that it is wrong."""

    key: model.ObjectKey
    field: str
    condition: str


def client_certificate(obj: api.Gateway, key: model.ObjectKey, world: World) -> Shown:
    """The certificate that a Gateway shows to backends."""
    backend = obj.spec.tls.backend if obj.spec.tls else None
    ref = backend.client_certificate_ref if backend else None
    return Shown() if ref is None else shown(ref, Place(key, _FIELD, "ResolvedRefs"), world)


def shown(ref: api.SecretObjectReference, place: Place, world: World) -> Shown:
    """The certificate that a reference to a Secret names."""
    key = place.key
    kinds: Kinds[api.Secret] = {api.GroupKind("", "Secret"): world.secret}
    target = Target(ref.group, ref.kind, ref.namespace or key.namespace, ref.name)
    found = resolve_ref(Referrer(*key, place.field), target, kinds, world)
    if isinstance(found, Unresolved):
        permitted = found.cause is not Cause.NOT_PERMITTED
        reason = "InvalidClientCertificateRef" if permitted else "RefNotPermitted"
        return Shown(findings=(model.Finding(key, "", place.condition, reason, found.message),))
    secret = model.ObjectKey("Secret", found.namespace, found.name)
    read = read_certificate(found)
    if isinstance(read, str):
        return Shown(findings=(_invalid(place, read),))
    refused = world.refused(secret)
    if refused is None:
        return Shown(secret)
    words = f"{secret} was refused by the proxy: {refused.words.strip()}."
    findings = (_invalid(place, words),) if refused.words else ()
    return Shown(secret if refused.instead is not None else None, findings)


def with_client(rules: tuple[model.Rule, ...], secret: model.ObjectKey) -> tuple[model.Rule, ...]:
    """The rules of a route under a Gateway that shows `secret`."""
    return tuple(_rule(each, secret) for each in rules)


def filters_of(
    listener: model.Listener, gateway: model.Gateway
) -> tuple[model.ExternalAuth, ...] | None:
    """The filters of a listener, as the Gateway's certificate is shown to whom they ask."""
    secret = gateway.client_certificate
    if secret is None or not listener.filters:
        return listener.filters
    return tuple(replace(each, backend=each.backend.showing(secret)) for each in listener.filters)


def backends_of_listeners(gateway: model.Gateway) -> tuple[model.ClusterKey, ...]:
    """Whom the filters of the listeners of a Gateway ask, each once, sorted."""
    asked = (filters_of(each, gateway) or () for each in gateway.every_listener)
    return tuple(sorted({each.backend for found in asked for each in found}))


def backends(
    rules: model.RouteRules, attachment: model.Attachment | None, world: World
) -> tuple[model.ClusterKey, ...]:
    """All the connections that a route needs under its Gateways, sorted."""
    found: set[model.ClusterKey] = set()
    for secret in _secrets(attachment, world):
        found.update(each.showing(secret) if secret else each for each in rules.clusters)
    return tuple(sorted(found)) if found else rules.clusters


def _secrets(attachment: model.Attachment | None, world: World) -> Iterator[model.ObjectKey | None]:
    """Of each Gateway of the route the certificate it shows."""
    for parent in attachment.parents if attachment else ():
        gateway = world.gateway(parent.gateway.namespace, parent.gateway.name)
        if gateway is not None:
            yield gateway.client_certificate


def _invalid(place: Place, words: str) -> model.Finding:
    message = f"{place.key}, {place.field}: {words}"
    return model.Finding(place.key, "", place.condition, "InvalidClientCertificateRef", message)


def _rule(rule: model.Rule, secret: model.ObjectKey) -> model.Rule:
    shares = tuple(_share(each, secret) for each in rule.action.shares)
    return replace(
        rule, action=model.Forward(shares), filters=tuple(_filters(rule.filters, secret))
    )


def _share(share: model.Share, secret: model.ObjectKey) -> model.Share:
    backend = None if share.backend is None else share.backend.showing(secret)
    picker = share.picker
    if picker is not None:
        picker = replace(picker, cluster=picker.cluster.showing(secret))
    return replace(
        share, backend=backend, picker=picker, filters=tuple(_filters(share.filters, secret))
    )


def _filters(found: Iterable[model.Filter], secret: model.ObjectKey) -> Iterator[model.Filter]:
    for each in found:
        if isinstance(each, model.Mirror | model.ExternalAuth):
            yield replace(each, backend=each.backend.showing(secret))
        else:
            yield each
