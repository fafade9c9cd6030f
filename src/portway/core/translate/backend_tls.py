"""BackendTLSPolicy: whose TLS it demands, what is verified, and which of two wins (GEP-1897).

Knows targets, precedence and CA certificates. Must not know routes. A policy that cannot be carried
out still counts: what it is about is never sent to in plain text, nor by the leave of another
policy that it would have beaten.
"""

from collections.abc import Iterator
from typing import NamedTuple

from portway.core import api, model
from portway.core.translate.authority import named
from portway.core.translate.backend_policy import (
    TARGETS,
    conflicted,
    precedence,
    unknown_targets,
)
from portway.core.translate.reference import Cause, Referrer, Target
from portway.core.translate.world import World

_SYSTEM = "System"


class Trusted(NamedTuple):
    """The authorities a policy names, None if none of them can be used; and what is wrong."""

    key: model.TrustKey | None
    findings: tuple[model.Finding, ...] = ()


def tls_policy(obj: api.BackendTLSPolicy, world: World) -> model.TLSPolicy:
    """The policy by itself, with every reference resolved."""
    key = model.ObjectKey(obj.kind, obj.namespace, obj.name)
    refused = world.refused(key)
    # What it is about is as it is written: nobody falls back to plain text for a bad edit.
    served = obj if refused is None else refused.instead
    trusted = _in_policy(key, obj.spec.validation, world)
    tls = None
    if isinstance(served, api.BackendTLSPolicy):
        validation = served.spec.validation
        if served is not obj:
            trusted = _in_policy(key, validation, world)
        if trusted.key is not None:
            tls = model.BackendTLS(validation.hostname, names_of(validation), trusted.key)
    return model.TLSPolicy(
        key=key,
        generation=obj.metadata.generation,
        created=obj.metadata.creation_timestamp,
        targets=tuple(
            model.TLSTarget(model.ObjectKey(kind, obj.namespace, ref.name), ref.section_name)
            for ref in obj.spec.target_refs
            if (kind := TARGETS.get((ref.group, ref.kind)))
        ),
        tls=tls,
        findings=(*trusted.findings, *_remarks(key, obj, refused.words if refused else "")),
    )


def in_force(backend: model.ObjectKey, section: str, world: World) -> model.TLSPolicy | None:
    """The policy for a port of a backend; `section` is the port's name, if it has one.

    One for the port beats one for the whole backend, then the oldest wins, then the first by name
    (BackendTLSPolicySpec.targetRefs). A policy without a creation time (a file being tried out) is
    the newest.
    """
    policies = sorted(world.tls_policies_of(backend), key=precedence)
    for wanted in dict.fromkeys((section, "")):
        for each in policies:
            if model.TLSTarget(backend, wanted) in each.targets:
                return each
    return None


def tls_policy_findings(policy: model.TLSPolicy, world: World) -> tuple[model.Finding, ...]:
    """What the status of a policy says: what is wrong with it and its targets, and who beat it."""
    targets = (each for target in policy.targets for each in _target(policy, target, world))
    return (*targets, *policy.findings)


def plain_words(policy: model.TLSPolicy) -> str:
    """Why a policy that cannot be carried out cannot, in words."""
    return " ".join(dict.fromkeys(each.message for each in policy.findings if not each.status))


def _target(
    policy: model.TLSPolicy, target: model.TLSTarget, world: World
) -> Iterator[model.Finding]:
    problem = _missing(target, world)
    if problem:
        message = f"{policy.key}: {problem}"
        yield model.Finding(policy.key, "", "Accepted", "TargetNotFound", message)
        return
    rivals = (each for each in world.tls_policies_of(target.backend) if target in each.targets)
    winner = min(rivals, key=precedence, default=policy)
    if winner.key != policy.key:
        yield conflicted(policy.key, winner.key, _said(target))


def _missing(target: model.TLSTarget, world: World) -> str:
    backend, section = target
    if backend.kind == "Backend":
        if world.backend(backend.namespace, backend.name) is None:
            return f"{backend} does not exist; create it or correct the name."
        if section:
            return f"{backend} has no ports with names; remove sectionName {section}."
        return ""
    service = world.service(backend.namespace, backend.name)
    if service is None:
        return f"{backend} does not exist; create it or correct the name."
    names = [each.name for each in service.ports]
    if section and section not in names:
        known = ", ".join(each for each in names if each) or "none with a name"
        return f"{backend} has no port named {section}; its ports are {known}."
    return ""


def _said(target: model.TLSTarget) -> str:
    return f"port {target.section} of {target.backend}" if target.section else str(target.backend)


def _remarks(
    key: model.ObjectKey, obj: api.BackendTLSPolicy, words: str
) -> Iterator[model.Finding]:
    if words:
        message = f"{key}: refused by the proxy: {words}"
        yield model.Finding(key, "", "Accepted", "RejectedByProxy", message)
    yield from unknown_targets(key, obj.spec.target_refs)
    if obj.spec.options:
        names = ", ".join(sorted(obj.spec.options))
        message = f"{key}: options {names} are unknown and have no effect."
        yield model.Finding(key, "", "Accepted", "Accepted", message, True)


def _in_policy(
    key: model.ObjectKey, validation: api.BackendTLSPolicyValidation, world: World
) -> Trusted:
    return trusted(key, validation, world, "validation")


def names_of(validation: api.BackendTLSPolicyValidation) -> tuple[model.PeerName, ...]:
    """The names that a backend's certificate may have. With subject alternative names, the host
    name is for SNI alone (spec: hostname)."""
    named = tuple(
        model.PeerName(each.type, each.hostname if each.type == "Hostname" else each.uri)
        for each in validation.subject_alt_names
    )
    return named or (model.PeerName("Hostname", validation.hostname),)


def trusted(
    key: model.ObjectKey, validation: api.BackendTLSPolicyValidation, world: World, where: str
) -> Trusted:
    """The authorities that the validation at a field of an object names."""
    if not validation.ca_certificate_refs:
        return _well_known(key, validation.well_known_ca_certificates, world, where)
    found: list[model.Finding] = []
    authorities: set[model.ObjectKey] = set()
    good = False
    for number, ref in enumerate(validation.ca_certificate_refs):
        field = f"{where}.caCertificateRefs[{number}]"
        target = Target(ref.group, ref.kind, key.namespace, ref.name)
        read = named(Referrer(key.kind, key.namespace, key.name, field), target, world)
        good = good or read.good
        if read.key is not None:
            authorities.add(read.key)
        if read.problem:
            reason = "InvalidKind" if read.cause is Cause.KIND else "InvalidCACertificateRef"
            found.append(model.Finding(key, "", "ResolvedRefs", reason, read.problem))
    if good:
        return Trusted(model.TrustKey(tuple(sorted(authorities))), tuple(found))
    message = f"{key}: no CA certificate can be used, so nothing is sent to what it is about."
    refused = model.Finding(key, "", "Accepted", "NoValidCACertificate", message)
    return Trusted(None, (refused, *found))


def _well_known(key: model.ObjectKey, name: str, world: World, where: str) -> Trusted:
    """Those of the machine, and only if it has any."""
    if name == _SYSTEM and world.system_authorities:
        return Trusted(model.TrustKey())
    if name == _SYSTEM:
        words = (
            "is System, and no file with CA certificates was found where Portway runs; install "
            "them (ca-certificates), name their file in SSL_CERT_FILE, or use caCertificateRefs"
        )
    else:
        words = f"is {name}, and Portway knows System only; use System, or caCertificateRefs"
    message = f"{key}: {where}.wellKnownCACertificates {words}. Until then nothing is sent."
    return Trusted(None, (model.Finding(key, "", "Accepted", "Invalid", message),))
