"""XBackends: where they are, what is spoken to them, and what is wrong with them.

Knows the kind's own TLS settings, which say what a BackendTLSPolicy says of other backends. Must
not know routes. One whose TLS cannot be carried out is never sent to in plain text.
"""

import msgspec

from portway.core import api, model
from portway.core.translate.backend_tls import names_of, trusted
from portway.core.translate.certificate import read_certificate
from portway.core.translate.reference import Cause, Kinds, Referrer, Target, Unresolved, resolve_ref
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
    client, problem = _client(key, spec.tls, world)
    wrong = [*trust.findings, *([problem] if problem else [])]
    tls = None
    if trust.key is not None and problem is None:
        tls = model.BackendTLS(validation.hostname, names_of(validation), trust.key, client)
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


def _client(
    key: model.ObjectKey, tls: api.XBackendTLS, world: World
) -> tuple[model.ObjectKey | None, model.Finding | None]:
    """The Secret with the certificate that is shown, or what is wrong with it. A backend that asks
    for one is not tried without."""
    ref = tls.client_certificate_ref
    if ref is None:
        return None, None
    kinds: Kinds[api.Secret] = {api.GroupKind("", "Secret"): world.secret}
    target = Target(ref.group, ref.kind, ref.namespace or key.namespace, ref.name)
    found = resolve_ref(Referrer(*key, _CLIENT), target, kinds, world)
    if isinstance(found, Unresolved):
        permitted = found.cause is not Cause.NOT_PERMITTED
        reason = "InvalidClientCertificateRef" if permitted else "RefNotPermitted"
        return None, model.Finding(key, "", "Accepted", reason, found.message)
    read = read_certificate(found)
    if isinstance(read, str):
        words = f"{key}, {_CLIENT}: {read}"
        return None, model.Finding(key, "", "Accepted", "InvalidClientCertificateRef", words)
    return model.ObjectKey("Secret", found.namespace, found.name), None
