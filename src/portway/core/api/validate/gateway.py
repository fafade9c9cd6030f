"""Rules on Gateway, beyond those of its listeners.

Knows addresses and TLS per port. Must not know which addresses can be bound.
"""

import re
from collections.abc import Iterator, Sequence

from portway.core.api.errors import shown
from portway.core.api.gateway import FrontendTLSConfig, Gateway, GatewaySpecAddress
from portway.core.api.validate.address import ip_version
from portway.core.api.validate.listener import check_listeners
from portway.core.api.validate.rule import Report, Violation, Violations, repeated, rule

_LABEL = r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?"
_HOSTNAME = re.compile(rf"(?:\*\.)?{_LABEL}(?:\.{_LABEL})*")


@rule("address-ip", "write an IPv4 or IPv6 address, or leave value out to be assigned one")
def address_ip(address: GatewaySpecAddress) -> Violations:
    """The value must be what its type says."""
    if address.type == "IPAddress" and address.value and not ip_version(address.value):
        return (Violation(".value", f"{shown(address.value)} is not an IP address"),)
    return ()


@rule("address-hostname", "write a lower-case DNS name, or leave value out")
def address_hostname(address: GatewaySpecAddress) -> Violations:
    """The value must be what its type says."""
    if address.type != "Hostname" or not address.value or _HOSTNAME.fullmatch(address.value):
        return ()
    return (Violation(".value", f"{shown(address.value)} is not a host name"),)


@rule("address-unique", "write each address once")
def addresses_unique(addresses: Sequence[GatewaySpecAddress]) -> Iterator[Violation]:
    """Several entries without value ask for several addresses; other types are left open."""
    first: dict[tuple[str, str], int] = {}
    for index, each in enumerate(addresses):
        if not each.value or each.type not in ("IPAddress", "Hostname"):
            continue
        earlier = first.setdefault((each.type, each.value), index)
        if earlier != index:
            yield Violation(f"[{index}].value", f"repeats entry {earlier}")


@rule("port-tls-unique", "write one entry per port")
def ports_unique(frontend: FrontendTLSConfig) -> Violations:
    """The list is keyed by port."""
    return repeated([each.port for each in frontend.per_port], ".perPort", ".port")


ADDRESS_RULES = (address_ip, address_hostname)
ADDRESS_LIST_RULES = (addresses_unique,)
FRONTEND_RULES = (ports_unique,)
RULES = (*ADDRESS_RULES, *ADDRESS_LIST_RULES, *FRONTEND_RULES)


def check_gateway(gateway: Gateway, version: str, report: Report) -> None:
    """Every rule of a Gateway; both versions have the same."""
    spec = gateway.spec
    check_listeners(spec.listeners, report)
    report.apply(ADDRESS_LIST_RULES, spec.addresses, "spec.addresses")
    for index, address in enumerate(spec.addresses):
        report.apply(ADDRESS_RULES, address, f"spec.addresses[{index}]")
    if spec.tls is not None and spec.tls.frontend is not None:
        report.apply(FRONTEND_RULES, spec.tls.frontend, "spec.tls.frontend")
