"""What a Gateway's status says of certificates that the proxy refused.

A Secret has no conditions of its own, so its users carry the proxy's words: "InvalidCertificateRef"
of ResolvedRefs on each listener that names it. Knows that wording. Must not know which Secrets are
refused or what stands in for them: the caller says.
"""

from collections.abc import Mapping
from typing import TypeAlias

import msgspec

from portway.core import model


class RefusedCertificate(msgspec.Struct, frozen=True, gc=False):
    """`words` are the proxy's own; `served` tells whether an earlier version stands in."""

    words: str
    served: bool


Refusals: TypeAlias = Mapping[model.ObjectKey, RefusedCertificate]


def with_refused(gateway: model.Gateway, refused: Refusals) -> model.Gateway:
    """The Gateway as its status has to see it: with a finding for each refused certificate, and
    not serving where nothing stands in for it."""
    if not refused:
        return gateway
    listeners, findings = _seen(gateway.listeners, refused)
    return msgspec.structs.replace(
        gateway,
        listeners=listeners,
        findings=(*gateway.findings, *findings),
        sets=tuple(_set(each, refused) for each in gateway.sets),
    )


def _set(found: model.ListenerSet, refused: Refusals) -> model.ListenerSet:
    listeners, findings = _seen(found.listeners, refused)
    told = (*found.findings, *findings)
    return msgspec.structs.replace(found, listeners=listeners, findings=told)


def _seen(
    listeners: tuple[model.Listener, ...], refused: Refusals
) -> tuple[tuple[model.Listener, ...], list[model.Finding]]:
    seen, findings = [], []
    for each in listeners:
        about = [(key, refused[key]) for key in each.certificates if key in refused]
        findings += [_finding(each, key, one) for key, one in about]
        serving = each.serving and all(one.served for _, one in about)
        seen.append(msgspec.structs.replace(each, serving=serving))
    return tuple(seen), findings


def _finding(
    listener: model.Listener, key: model.ObjectKey, refused: RefusedCertificate
) -> model.Finding:
    message = f"{listener.key}: {key} was refused by the proxy: "
    message += refused.words.strip()
    if refused.served:
        message += " (the version before it is still served)"
    owner, name = listener.key.owner, listener.name
    return model.Finding(owner, name, "ResolvedRefs", "InvalidCertificateRef", message + ".")
