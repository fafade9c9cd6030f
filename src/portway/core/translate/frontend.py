"""What a Gateway demands of its clients: certificates of their own (GEP-91).

Knows `spec.tls.frontend`, which is about HTTPS listeners by port. Must not know what else a
listener is made of. A listener that demands something of clients which we cannot check is never
served without the check.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from portway.core import api, model
from portway.core.translate.authority import Named, named
from portway.core.translate.reference import Cause, Referrer, Target
from portway.core.translate.world import World

_FALLBACK = "AllowInsecureFallback"


class Demanded(NamedTuple):
    """What is asked of the clients of a listener, if anything. Not `possible`: there is nothing to
    check it with, so nobody is let in."""

    validation: model.ClientValidation | None = None
    possible: bool = True
    findings: tuple[model.Finding, ...] = ()


NOTHING = Demanded()


class _Configured(NamedTuple):
    """An entry of the Gateway and where it stands."""

    field: str
    validation: api.FrontendTLSValidation | None


def client_validation(
    gateway: api.Gateway, owner: model.ObjectKey, spec: api.Listener, world: World
) -> Demanded:
    """What the Gateway demands of the clients of an HTTPS listener, whoever its `owner` is: the
    references are the Gateway's, the findings are about the listener.

    Any reference that leads nowhere is told; with none that is of use the listener is not accepted
    (FrontendTLSValidation.caCertificateRefs), and its host name still belongs to it.
    """
    configured = _configured(gateway, spec.port)
    if configured is None or configured.validation is None:
        return NOTHING
    key = model.ObjectKey("Gateway", gateway.namespace, gateway.name)
    followed = tuple(_followed(key, spec, configured.field, configured.validation, world))
    found = tuple(_finding(owner, spec, each) for each in followed if each.problem)
    if not any(each.good for each in followed):
        message = (
            f"{owner}, listener {spec.name}: {configured.field} demands client certificates, and "
            "no CA certificate can be used to check them, so nobody is served rather than "
            "everybody; see ResolvedRefs."
        )
        refused = model.Finding(owner, spec.name, "Accepted", "NoValidCACertificate", message)
        return Demanded(None, False, (refused, *found))
    trust = model.TrustKey(tuple(sorted({each.key for each in followed if each.key})))
    required = configured.validation.mode != _FALLBACK
    return Demanded(model.ClientValidation(trust, required), True, found)


def frontend_findings(
    gateway: api.Gateway, key: model.ObjectKey, https: Iterable[int]
) -> Iterator[model.Finding]:
    """What is to be told of the Gateway as a whole; `https` are the ports of HTTPS listeners."""
    insecure = [
        each.field
        for each in _entries(gateway).values()
        if each.validation is not None and each.validation.mode == _FALLBACK
    ]
    if insecure:
        message = (
            f"{key}: {', '.join(insecure)} lets clients in without a valid certificate "
            f"({_FALLBACK}); whoever they are is for backends to find out."
        )
        yield model.Finding(
            key, "", "InsecureFrontendValidationMode", "ConfigurationChanged", message, True
        )
    idle = [each.field for port, each in _entries(gateway).items() if port not in (0, *https)]
    if idle:
        message = (
            f"{key}: {', '.join(idle)} has no effect; no HTTPS listener of the Gateway has that "
            "port."
        )
        yield model.Finding(key, "", "Accepted", "Accepted", message, True)


def _configured(gateway: api.Gateway, port: int) -> _Configured | None:
    """How clients of a port are validated; an entry for the port replaces the default whole."""
    entries = _entries(gateway)
    return entries.get(port, entries.get(0))


def _entries(gateway: api.Gateway) -> dict[int, _Configured]:
    """By port; the default is that of port 0, which no listener has."""
    frontend = gateway.spec.tls.frontend if gateway.spec.tls else None
    if frontend is None:
        return {}
    found = {0: _Configured("tls.frontend.default", frontend.default.validation)}
    for number, each in enumerate(frontend.per_port):
        found[each.port] = _Configured(f"tls.frontend.perPort[{number}]", each.tls.validation)
    return found


def _followed(
    key: model.ObjectKey,
    spec: api.Listener,
    field: str,
    validation: api.FrontendTLSValidation,
    world: World,
) -> Iterator[Named]:
    for number, ref in enumerate(validation.ca_certificate_refs):
        place = f"listener {spec.name}, {field}.validation.caCertificateRefs[{number}]"
        target = Target(ref.group, ref.kind, ref.namespace or key.namespace, ref.name)
        yield named(Referrer(key.kind, key.namespace, key.name, place), target, world)


def _finding(owner: model.ObjectKey, spec: api.Listener, read: Named) -> model.Finding:
    match read.cause:
        case Cause.KIND:
            reason = "InvalidCACertificateKind"
        case Cause.NOT_PERMITTED:
            reason = "RefNotPermitted"
        case _:
            reason = "InvalidCACertificateRef"
    return model.Finding(owner, spec.name, "ResolvedRefs", reason, read.problem)
