"""One listener of a Gateway or of a ListenerSet, by itself.

Knows protocols, certificates and what a listener may ask that is not served. Must not know its
neighbours (`conflict`) nor what is demanded of clients (`frontend`).
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from portway.core import api, model
from portway.core.translate.allowed import (
    SUPPORTED,
    allowed_routes,
    invalid_kinds,
    selector_problem,
    supported,
)
from portway.core.translate.certificate import read_certificate
from portway.core.translate.frontend import NOTHING, client_validation
from portway.core.translate.listener_filter import listener_filters
from portway.core.translate.reference import (
    Cause,
    Kinds,
    Referrer,
    Target,
    Unresolved,
    resolve_ref,
)
from portway.core.translate.world import World

SERVED = tuple(SUPPORTED)
"""The protocols that are served."""


class Judged(NamedTuple):
    """A listener, what is wrong with it, and the names its certificates are for."""

    listener: model.Listener
    findings: tuple[model.Finding, ...]
    names: tuple[str, ...] = ()


class _Certificates(NamedTuple):
    keys: tuple[model.ObjectKey, ...]
    findings: tuple[model.Finding, ...]
    names: tuple[str, ...]


def listener(
    gateway: api.Gateway, owner: model.ObjectKey, spec: api.Listener, world: World
) -> Judged:
    """The listener with every reference resolved, judged without its neighbours.

    `owner` is the Gateway or the ListenerSet it is written in, whose references these are: nothing
    that the Gateway may refer to is for that reason open to a ListenerSet (GEP-1713).
    """
    judge = _Judge(owner, spec)
    passed = listener_filters(owner, spec, world)
    findings = [*judge.protocol(), *judge.selector(), *judge.kinds(), *passed.findings]
    accepted = not any(each.condition == "Accepted" for each in findings)
    certificates = _Certificates((), (), ())
    demanded = NOTHING
    serving = accepted
    mode = _tls_mode(spec)
    if spec.protocol == "HTTPS" or mode == "Terminate":
        certificates = _certificates(judge, world)
        if spec.protocol == "HTTPS":  # what the Gateway demands holds for no others (GEP-91)
            demanded = client_validation(gateway, owner, spec, world)
        findings += [*certificates.findings, *demanded.findings]
        serving = accepted and bool(certificates.keys) and demanded.possible
    findings += judge.options()
    made = model.Listener(
        key=model.ListenerKey(_gateway_key(gateway), owner, spec.name),
        port=spec.port,
        protocol=spec.protocol,
        hostname=spec.hostname.lower(),
        allowed=allowed_routes(spec),
        accepted=accepted,
        serving=serving,
        certificates=certificates.keys,
        validation=demanded.validation,
        tls_mode=mode,
        filters=passed.filters,
    )
    return Judged(made, tuple(findings), certificates.names)


def _gateway_key(gateway: api.Gateway) -> model.ObjectKey:
    return model.ObjectKey("Gateway", gateway.namespace, gateway.name)


class _Judge(NamedTuple):
    """Says what is wrong with one listener, one subject at a time."""

    owner: model.ObjectKey
    spec: api.Listener

    def find(
        self, condition: str, reason: str, message: str, status: bool = False
    ) -> model.Finding:
        where = f"{self.owner}, listener {self.spec.name}: "
        return model.Finding(self.owner, self.spec.name, condition, reason, where + message, status)

    def protocol(self) -> Iterator[model.Finding]:
        protocol, tls = self.spec.protocol, self.spec.tls
        if protocol not in SERVED:
            message = f"protocol {protocol} is unknown to Portway; use {_listed(SERVED)}."
            yield self.find("Accepted", "UnsupportedProtocol", message)
        elif protocol == "HTTPS" and tls is not None and tls.mode != "Terminate":
            message = f"tls.mode {tls.mode} does not go with protocol HTTPS; use Terminate."
            yield self.find("Accepted", "UnsupportedValue", message)

    def selector(self) -> Iterator[model.Finding]:
        problem = selector_problem(self.spec)
        if problem:
            message = f"allowedRoutes.namespaces: {problem}. Until then no route can attach."
            yield self.find("Accepted", "UnsupportedValue", message)

    def kinds(self) -> Iterator[model.Finding]:
        invalid = invalid_kinds(self.spec)
        if invalid and self.spec.protocol in SERVED:
            names = ", ".join(f"{each.kind} (group {each.group!r})" for each in invalid)
            message = (
                f"allowedRoutes.kinds names {names}, which Portway does not serve on a listener "
                f"of protocol {self.spec.protocol}{self.mode()}; use "
                f"{_listed(each.kind for each in supported(self.spec))}."
            )
            yield self.find("ResolvedRefs", "InvalidRouteKinds", message)

    def mode(self) -> str:
        """The mode of a TLS listener, in words; the others have but one."""
        mode = _tls_mode(self.spec)
        return f" and mode {mode}" if mode else ""

    def options(self) -> Iterator[model.Finding]:
        options = self.spec.tls.options if self.spec.tls else {}
        if options:
            message = f"tls.options {', '.join(sorted(options))} are unknown and have no effect."
            yield self.find("Accepted", "Accepted", message, True)

    def certificate(self, reason: str, message: str) -> model.Finding:
        return self.find("ResolvedRefs", reason, message)


def _tls_mode(spec: api.Listener) -> str:
    if spec.protocol != "TLS":
        return ""
    return spec.tls.mode if spec.tls else "Terminate"


def _listed(words: Iterable[str]) -> str:
    """`A`, `A or B`, `A, B or C`."""
    *others, last = words
    return f"{', '.join(others)} or {last}" if others else last


def _certificates(judge: _Judge, world: World) -> _Certificates:
    """The usable certificates; one unusable reference does not spoil the others."""
    refs = judge.spec.tls.certificate_refs if judge.spec.tls else ()
    if not refs:
        message = (
            f"protocol {judge.spec.protocol} needs a certificate; add tls.certificateRefs with a "
            "TLS Secret."
        )
        return _Certificates((), (judge.certificate("InvalidCertificateRef", message),), ())
    keys: dict[model.ObjectKey, None] = {}
    findings: list[model.Finding] = []
    names: set[str] = set()
    for number, ref in enumerate(refs):
        found = _certificate(judge, ref, f"tls.certificateRefs[{number}]", world)
        if isinstance(found, model.Finding):
            findings.append(found)
        else:
            keys[found.key] = None
            names.update(found.names)
    return _Certificates(tuple(keys), tuple(findings), tuple(sorted(names)))


def _certificate(
    judge: _Judge, ref: api.SecretObjectReference, field: str, world: World
) -> model.Certificate | model.Finding:
    owner = judge.owner
    place = f"listener {judge.spec.name} {field}"
    kinds: Kinds[api.Secret] = {api.GroupKind("", "Secret"): world.secret}
    found = resolve_ref(
        Referrer(owner.kind, owner.namespace, owner.name, place),
        Target(ref.group, ref.kind, ref.namespace or owner.namespace, ref.name),
        kinds,
        world,
    )
    if isinstance(found, Unresolved):
        permitted = found.cause is not Cause.NOT_PERMITTED
        reason = "InvalidCertificateRef" if permitted else "RefNotPermitted"
        return model.Finding(owner, judge.spec.name, "ResolvedRefs", reason, found.message)
    read = read_certificate(found)
    if isinstance(read, str):
        return judge.certificate("InvalidCertificateRef", f"{field}: {read}")
    return read
