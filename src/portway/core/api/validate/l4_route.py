"""Rules on TLSRoute, TCPRoute and UDPRoute.

Knows that v1 takes less than v1alpha2: exactly one rule, and host names for TLSRoute. Must not
know what a listener does with a route.
"""

from collections.abc import Iterator, Sequence
from typing import TypeAlias

from portway.core.api.l4_route import (
    TCPRoute,
    TCPRouteRule,
    TLSRoute,
    TLSRouteRule,
    TLSRouteSpec,
    UDPRoute,
    UDPRouteRule,
)
from portway.core.api.validate.address import ip_version
from portway.core.api.validate.http_route import RULE_NAME_RULES
from portway.core.api.validate.reference import BACKEND_RULES, check_parents
from portway.core.api.validate.rule import Report, Violation, Violations, rule

L4Rule: TypeAlias = TLSRouteRule | TCPRouteRule | UDPRouteRule


@rule("single-rule", "split the route into one route per rule")
def single_rule(rules: Sequence[L4Rule]) -> Violations:
    """Rules of these kinds match nothing, so only the first could ever be used."""
    return (Violation("", f"are {len(rules)}, and v1 takes one"),) if len(rules) > 1 else ()


@rule("hostnames-required", "add the host names (SNI) the route serves")
def hostnames_required(spec: TLSRouteSpec) -> Violations:
    """A TLSRoute without host names would take every connection of its listener."""
    return () if spec.hostnames else (Violation(".hostnames", "is missing or empty"),)


@rule("hostname-is-ip", "use a DNS name; SNI never carries an address (RFC 6066 section 3)")
def hostname_is_ip(spec: TLSRouteSpec) -> Iterator[Violation]:
    """Such a route could never match."""
    for index, hostname in enumerate(spec.hostnames):
        if ip_version(hostname):
            yield Violation(f".hostnames[{index}]", f'"{hostname}" is an IP address')


COUNT_RULES = (single_rule,)
TLS_V1_RULES = (hostnames_required, hostname_is_ip)
RULES = (*COUNT_RULES, *TLS_V1_RULES)


def check_tls_route(route: TLSRoute, version: str, report: Report) -> None:
    """Every rule of a TLSRoute in the version it was written in."""
    if version != "v1alpha2":
        report.apply(TLS_V1_RULES, route.spec, "spec")
    check_l4_route(route, version, report)


def check_l4_route(route: TLSRoute | TCPRoute | UDPRoute, version: str, report: Report) -> None:
    """Every rule the three kinds share, in the version the route was written in."""
    check_parents(route.spec, report)
    rules: Sequence[L4Rule] = route.spec.rules
    report.apply(RULE_NAME_RULES if version == "v1alpha2" else COUNT_RULES, rules, "spec.rules")
    for index, each in enumerate(rules):
        for number, backend in enumerate(each.backend_refs):
            report.apply(BACKEND_RULES, backend, f"spec.rules[{index}].backendRefs[{number}]")
