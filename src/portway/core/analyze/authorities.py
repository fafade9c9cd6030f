"""CA certificates that are out of date, or soon will be.

Knows who relies on which object; today's date is handed in, there is no clock here.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from portway.core import api, model
from portway.core.analyze.inventory import Inventory
from portway.core.analyze.issue import Issue, issue
from portway.core.explain.view import View
from portway.core.translate.authority import Authorities, Holder, read_authorities

_SOON = timedelta(days=14)
_FIELD = {"ConfigMap": "data", "ClusterTrustBundle": "spec.trustBundle"}


def issues(view: View, inventory: Inventory, now: datetime | None) -> Iterator[Issue]:
    """PW045 and PW046, once for each object that is relied on; only when `now` (aware) is
    given."""
    for key in sorted(set(_relied_on(view))) if now else ():
        holder = _holder(inventory, key)
        read = read_authorities(holder) if holder else None
        if now is None or not isinstance(read, Authorities):
            continue
        end = datetime.fromisoformat(read.expires)
        if end < now:
            yield issue("PW045", key, _FIELD[key.kind], f"a certificate expired on {end:%Y-%m-%d}")
        elif end - now < _SOON:
            yield issue("PW046", key, _FIELD[key.kind], f"a certificate expires on {end:%Y-%m-%d}")


def _holder(inventory: Inventory, key: model.ObjectKey) -> Holder | None:
    if key.kind == "ClusterTrustBundle":
        return inventory.get(api.ClusterTrustBundle, key.namespace, key.name)
    return inventory.get(api.ConfigMap, key.namespace, key.name)


def _relied_on(view: View) -> Iterator[model.ObjectKey]:
    for policy in view.tls_policies():
        if policy.tls is not None:
            yield from policy.tls.trust.authorities
    for gateway in view.gateways():
        for listener in gateway.every_listener:
            if listener.validation is not None:
                yield from listener.validation.trust.authorities
