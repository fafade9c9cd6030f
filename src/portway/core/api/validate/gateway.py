"""Rules on Gateway, beyond those of its listeners.

Knows addresses and TLS per port. Must not know which addresses can be bound.
"""

import re
from collections.abc import Iterator, Sequence

from portway.core.api.cluster_trust_bundle import CERTIFICATES_GROUP, ClusterTrustBundle
from portway.core.api.errors import shown
from portway.core.api.gateway import (
    FrontendTLSConfig,
    FrontendTLSValidation,
    Gateway,
    GatewaySpecAddress,
)
from portway.core.api.validate.address import ip_version
from portway.core.api.validate.listener import check_listeners
from portway.core.api.validate.rule import Report, Violation, Violations, repeated, rule

_BUNDLE = (CERTIFICATES_GROUP, ClusterTrustBundle.kind)
_LABEL = r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?"
_SUBDOMAIN = rf"{_LABEL}(?:\.{_LABEL})*"
_HOSTNAME = re.compile(rf"(?:\*\.)?{_SUBDOMAIN}")
_SCOPE = re.compile(rf"({_SUBDOMAIN})/.+")
_RESERVED = "k8s.io"


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


@rule(
    "address-routability",
    "leave it out, or write Cluster or a name of the form example.com/scope; k8s.io is reserved",
)
def address_routability(address: GatewaySpecAddress) -> Violations:
    """What the specification defines, or something of somebody's own (GEP-5093)."""
    if address.routability in ("", "Cluster"):
        return ()
    found = _SCOPE.fullmatch(address.routability)
    if found is None:
        what = "is neither Cluster nor a name with a domain"
    elif f".{found[1]}".endswith(f".{_RESERVED}"):
        what = f"is in {_RESERVED}"
    else:
        return ()
    return (Violation(".routability", f"{shown(address.routability)} {what}"),)


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


ADDRESS_RULES = (address_ip, address_hostname, address_routability)
ADDRESS_LIST_RULES = (addresses_unique,)


@rule("trust-bundle-namespace", "leave namespace out: a ClusterTrustBundle is in none")
def bundle_in_no_namespace(validation: FrontendTLSValidation) -> Iterator[Violation]:
    """A namespace would say that there are several of one name (GEP-5075)."""
    for index, ref in enumerate(validation.ca_certificate_refs):
        if (ref.group, ref.kind) == _BUNDLE and ref.namespace:
            yield Violation(
                f".caCertificateRefs[{index}].namespace", "is set for a ClusterTrustBundle"
            )


FRONTEND_RULES = (ports_unique,)
VALIDATION_RULES = (bundle_in_no_namespace,)
RULES = (*ADDRESS_RULES, *ADDRESS_LIST_RULES, *FRONTEND_RULES, *VALIDATION_RULES)


def check_gateway(gateway: Gateway, version: str, report: Report) -> None:
    """Every rule of a Gateway; both versions have the same."""
    spec = gateway.spec
    check_listeners(spec.listeners, report)
    report.apply(ADDRESS_LIST_RULES, spec.addresses, "spec.addresses")
    for index, address in enumerate(spec.addresses):
        report.apply(ADDRESS_RULES, address, f"spec.addresses[{index}]")
    if spec.tls is not None and spec.tls.frontend is not None:
        _check_frontend(spec.tls.frontend, "spec.tls.frontend", report)


def _check_frontend(frontend: FrontendTLSConfig, path: str, report: Report) -> None:
    report.apply(FRONTEND_RULES, frontend, path)
    places = [(f"{path}.default", frontend.default)]
    places += [
        (f"{path}.perPort[{index}].tls", each.tls) for index, each in enumerate(frontend.per_port)
    ]
    for place, config in places:
        if config.validation is not None:
            report.apply(VALIDATION_RULES, config.validation, f"{place}.validation")
