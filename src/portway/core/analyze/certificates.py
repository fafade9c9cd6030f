"""Listeners whose certificates are missing, cover the wrong name or are out of date.

Knows how names cover names; today's date is handed in, there is no clock here.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from portway.core import api, model
from portway.core.analyze.inventory import Inventory
from portway.core.analyze.issue import Issue, issue
from portway.core.explain.view import View
from portway.core.translate.certificate import read_certificate

_SOON = timedelta(days=14)


def issues(view: View, inventory: Inventory, now: datetime | None) -> Iterator[Issue]:
    """PW040 to PW043. Dates are checked only when `now` (aware) is given."""
    owners = (each for gateway in view.gateways() for each in gateway.owners)
    for owner in owners:
        yield from _missing(inventory, owner)
        for index, listener in enumerate(owner.listeners):
            field = f"spec.listeners[{index}].tls.certificateRefs"
            for key in listener.certificates:
                secret = inventory.get(api.Secret, key.namespace, key.name)
                read = read_certificate(secret) if secret else None
                if isinstance(read, model.Certificate):
                    yield from _one(owner.key, listener, read, field, now)


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


def _missing(inventory: Inventory, owner: model.Gateway | model.ListenerSet) -> Iterator[Issue]:
    for finding in dict.fromkeys(owner.findings):
        if finding.reason != "InvalidCertificateRef":
            continue
        index = next(
            (i for i, each in enumerate(owner.listeners) if each.name == finding.parent), 0
        )
        field = f"spec.listeners[{index}].tls.certificateRefs"
        cure = _elsewhere(inventory, owner.key, finding.parent)
        yield issue("PW040", owner.key, field, finding.message, cure)


def _elsewhere(inventory: Inventory, owner: model.ObjectKey, listener: str) -> str:
    """Where Secrets of the wanted names are, and the two ways to use them from here."""
    name = (owner.namespace, owner.name)
    of_set = owner.kind == "ListenerSet"
    written: api.Gateway | api.ListenerSet | None = (
        inventory.get(api.ListenerSet, *name) if of_set else inventory.get(api.Gateway, *name)
    )
    refs = [
        ref
        for each in (written.spec.listeners if written else ())
        if each.name == listener and each.tls is not None
        for ref in each.tls.certificate_refs
    ]
    hints: list[str] = []
    for ref in refs:
        wanted = model.ObjectKey("Secret", ref.namespace or owner.namespace, ref.name)
        if wanted in inventory:
            continue
        hints += [_copy_or_grant(owner, each) for each in inventory.elsewhere(wanted)]
    return "; ".join(hints)


def _copy_or_grant(owner: model.ObjectKey, there: model.ObjectKey) -> str:
    return (
        f"{there.kind} {there.name} is in namespace {there.namespace}: copy it to "
        f"{owner.namespace}, or set certificateRefs[].namespace: {there.namespace} and add a "
        f"ReferenceGrant there (from {owner.kind} in {owner.namespace}, to Secret {there.name})"
    )


def _one(
    owner: model.ObjectKey,
    listener: model.Listener,
    certificate: model.Certificate,
    field: str,
    now: datetime | None,
) -> Iterator[Issue]:
    key = certificate.key
    if listener.hostname and not covered(certificate.names, listener.hostname):
        message = (
            f"{key} is for {', '.join(certificate.names) or 'no DNS name'}, "
            f"listener {listener.name} serves {listener.hostname}"
        )
        yield issue("PW041", owner, field, message)
    if now is None or not certificate.expires:
        return
    end = datetime.fromisoformat(certificate.expires)
    if end < now:
        yield issue("PW042", owner, field, f"{key} expired on {end:%Y-%m-%d}")
    elif end - now < _SOON:
        yield issue("PW043", owner, field, f"{key} expires on {end:%Y-%m-%d}")
