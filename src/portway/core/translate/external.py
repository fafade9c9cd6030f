"""XBackends: where they are, what is spoken to them, and what is wrong with them.

Knows the kind's own TLS settings, which say what a BackendTLSPolicy says of other backends. Must
not know routes. One whose TLS cannot be carried out is never sent to in plain text.
"""

import msgspec

from portway.core import api, model
from portway.core.translate.backend_tls import names_of, trusted
from portway.core.translate.client_certificate import Place, Shown, shown
from portway.core.translate.world import World

_CLIENT = "tls.clientCertificateRef"


def external(obj: api.XBackend, world: World) -> model.External:
    """The backend with every reference resolved."""
    key = model.ObjectKey(obj.kind, obj.namespace, obj.name)
    spec = obj.spec
    host = spec.external_hostname.hostname if spec.external_hostname else ""
    found = model.External(
        key, obj.metadata.generation, model.Endpoint(host, spec.port.value), spec.protocol
    )
    validation = spec.tls.validation if spec.tls else None
    if spec.tls is None or validation is None:
        return found
    trust = trusted(key, validation, world, "tls.validation")
    ref = spec.tls.client_certificate_ref
    client = shown(ref, Place(key, _CLIENT, "Accepted"), world) if ref else Shown()
    wrong = [*trust.findings, *client.findings]
    tls = None
    # A backend that asks for a certificate is not tried without.
    if trust.key is not None and (ref is None or client.secret is not None):
        tls = model.BackendTLS(validation.hostname, names_of(validation), trust.key, client.secret)
    findings = _told(key, wrong, fatal=tls is None)
    return msgspec.structs.replace(found, encrypted=True, tls=tls, findings=findings)


def _told(
    key: model.ObjectKey, wrong: list[model.Finding], *, fatal: bool
) -> tuple[model.Finding, ...]:
    """Everything that is wrong under the one condition that an XBackend has."""
    if not wrong:
        return ()
    words = " ".join(each.message for each in wrong)
    if not fatal:
        return (model.Finding(key, "", "Accepted", "Accepted", words, True),)
    # What makes it unusable comes before what is wrong with one of several references.
    reason = next((each.reason for each in wrong if each.condition == "Accepted"), wrong[0].reason)
    return (model.Finding(key, "", "Accepted", reason, words),)
