"""What a Gateway's status says of certificates that the proxy refused.

A Secret has no conditions of its own, so its users carry the proxy's words: "InvalidCertificateRef"
of ResolvedRefs on each listener that names it. Knows that wording. Must not know which Secrets are
refused or what stands in for them: the caller says.
"""

from collections.abc import Mapping

import msgspec

from portway.core import model


class RefusedCertificate(msgspec.Struct, frozen=True, gc=False):
    """`words` are the proxy's own; `served` tells whether an earlier version stands in."""

    words: str
    served: bool


def with_refused(
    gateway: model.Gateway, refused: Mapping[model.ObjectKey, RefusedCertificate]
) -> model.Gateway:
    """The Gateway as its status has to see it: with a finding for each refused certificate, and
    not serving where nothing stands in for it."""
    if not refused:
        return gateway
    listeners, findings = [], list(gateway.findings)
    for each in gateway.listeners:
        about = [(key, refused[key]) for key in each.certificates if key in refused]
        findings += [_finding(each, key, one) for key, one in about]
        serving = each.serving and all(one.served for _, one in about)
        listeners.append(msgspec.structs.replace(each, serving=serving))
    return msgspec.structs.replace(gateway, listeners=tuple(listeners), findings=tuple(findings))


def _finding(
    listener: model.Listener, key: model.ObjectKey, refused: RefusedCertificate
) -> model.Finding:
    gateway = listener.key.gateway
    message = f"{gateway}, listener {listener.name}: {key} was refused by the proxy: "
    message += refused.words.strip()
    if refused.served:
        message += " (the version before it is still served)"
    return model.Finding(
        gateway, listener.name, "ResolvedRefs", "InvalidCertificateRef", message + "."
    )
