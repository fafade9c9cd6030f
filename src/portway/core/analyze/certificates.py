"""Listeners whose certificates are missing, cover the wrong name or are out of date.

Knows X.509 names and dates; today's date is handed in, there is no clock here.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.x509.oid import NameOID

from portway.core import api, model
from portway.core.analyze.inventory import Inventory
from portway.core.analyze.issue import Issue, issue
from portway.core.explain.view import View

_SOON = timedelta(days=14)


def issues(view: View, inventory: Inventory, now: datetime | None) -> Iterator[Issue]:
    """PW040 to PW043. Dates are checked only when `now` (aware) is given."""
    for gateway in view.gateways():
        yield from _missing(inventory, gateway)
        for index, listener in enumerate(gateway.listeners):
            field = f"spec.listeners[{index}].tls.certificateRefs"
            for key in listener.certificates:
                secret = inventory.get(api.Secret, key.namespace, key.name)
                certificate = _leaf(secret) if secret else None
                if certificate is not None:
                    yield from _one(gateway, listener, key, certificate, field, now)


def covered(names: tuple[str, ...], hostname: str) -> bool:
    """Whether a certificate for `names` is good for `hostname` (RFC 6125 §6.4.3: a wildcard
    stands for one label, so only an equal name covers a wildcard hostname)."""
    for each in (name.lower() for name in names):
        if each == hostname:
            return True
        label, _, rest = hostname.partition(".")
        if each.startswith("*.") and label != "*" and each[2:] == rest:
            return True
    return False


def names(certificate: x509.Certificate) -> tuple[str, ...]:
    """The DNS names; the common name only where there are none."""
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        common = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        return tuple(str(each.value) for each in common)
    return tuple(found.value.get_values_for_type(x509.DNSName))


def _missing(inventory: Inventory, gateway: model.Gateway) -> Iterator[Issue]:
    for finding in dict.fromkeys(gateway.findings):
        if finding.reason != "InvalidCertificateRef":
            continue
        index = next(
            (i for i, each in enumerate(gateway.listeners) if each.name == finding.parent), 0
        )
        field = f"spec.listeners[{index}].tls.certificateRefs"
        cure = _elsewhere(inventory, gateway.key, finding.parent)
        yield issue("PW040", gateway.key, field, finding.message, cure)


def _elsewhere(inventory: Inventory, gateway: model.ObjectKey, listener: str) -> str:
    """Where Secrets of the wanted names are, and the two ways to use them from here."""
    written = inventory.get(api.Gateway, gateway.namespace, gateway.name)
    refs = [
        ref
        for each in (written.spec.listeners if written else ())
        if each.name == listener and each.tls is not None
        for ref in each.tls.certificate_refs
    ]
    hints: list[str] = []
    for ref in refs:
        wanted = model.ObjectKey("Secret", ref.namespace or gateway.namespace, ref.name)
        if wanted in inventory:
            continue
        hints += [_copy_or_grant(gateway, each) for each in inventory.elsewhere(wanted)]
    return "; ".join(hints)


def _copy_or_grant(gateway: model.ObjectKey, there: model.ObjectKey) -> str:
    return (
        f"{there.kind} {there.name} is in namespace {there.namespace}: copy it to "
        f"{gateway.namespace}, or set certificateRefs[].namespace: {there.namespace} and add a "
        f"ReferenceGrant there (from Gateway in {gateway.namespace}, to Secret {there.name})"
    )


def _leaf(secret: api.Secret) -> x509.Certificate | None:
    """The first certificate; None where translation has already complained about it."""
    try:
        return x509.load_pem_x509_certificate(secret.data.get("tls.crt", b""))
    except ValueError:
        return None


def _one(
    gateway: model.Gateway,
    listener: model.Listener,
    key: model.ObjectKey,
    certificate: x509.Certificate,
    field: str,
    now: datetime | None,
) -> Iterator[Issue]:
    dns = names(certificate)
    if listener.hostname and not covered(dns, listener.hostname):
        message = (
            f"{key} is for {', '.join(dns) or 'no DNS name'}, "
            f"listener {listener.name} serves {listener.hostname}"
        )
        yield issue("PW041", gateway.key, field, message)
    if now is None:
        return
    end = certificate.not_valid_after_utc
    if end < now or certificate.not_valid_before_utc > now:
        span = f"{certificate.not_valid_before_utc:%Y-%m-%d} to {end:%Y-%m-%d}"
        yield issue("PW042", gateway.key, field, f"{key} is valid from {span}")
    elif end - now < _SOON:
        yield issue("PW043", gateway.key, field, f"{key} expires on {end:%Y-%m-%d}")
