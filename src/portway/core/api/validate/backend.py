"""Rules on our own Backend.

Knows which endpoints can stand in one list. Must not know how they are dialled.
"""

from collections.abc import Iterator

from portway.core.api.backend import Backend, BackendEndpoint, BackendIP, BackendSpec
from portway.core.api.validate.address import ip_version
from portway.core.api.validate.rule import Report, Violation, Violations, repeated, rule


@rule("backend-one-member", "keep exactly one of ip, hostname and unix")
def one_member(endpoint: BackendEndpoint) -> Violations:
    """An endpoint is reached in one way."""
    count = sum(each is not None for each in (endpoint.ip, endpoint.hostname, endpoint.unix))
    return () if count == 1 else (Violation("", f"has {count} members"),)


@rule("backend-address-ip", "write an IPv4 or IPv6 address, or use hostname")
def address_ip(ip: BackendIP) -> Violations:
    """Names have a member of their own, because they must be resolved."""
    return () if ip_version(ip.address) else (Violation(".address", "is not an IP address"),)


@rule("backend-endpoint-unique", "write each endpoint once")
def endpoints_unique(spec: BackendSpec) -> Violations:
    """A repeated endpoint would silently get twice the traffic."""
    # An endpoint with no member at all is the matter of another rule.
    return repeated(
        [each if each != BackendEndpoint() else index for index, each in enumerate(spec.endpoints)],
        ".endpoints",
    )


@rule("backend-names-and-sockets", "put host names and unix sockets into two Backends")
def names_and_sockets(spec: BackendSpec) -> Iterator[Violation]:
    """A list with names is resolved again and again; a socket has no name to resolve."""
    if any(each.hostname is not None for each in spec.endpoints):
        for index, each in enumerate(spec.endpoints):
            if each.unix is not None and each.hostname is None:
                yield Violation(f".endpoints[{index}].unix", "stands in a list with host names")


BACKEND_RULES = (endpoints_unique, names_and_sockets)
ENDPOINT_RULES = (one_member,)
IP_RULES = (address_ip,)
RULES = (*BACKEND_RULES, *ENDPOINT_RULES, *IP_RULES)


def check_backend(backend: Backend, version: str, report: Report) -> None:
    """Every rule of a Backend."""
    report.apply(BACKEND_RULES, backend.spec, "spec")
    for index, endpoint in enumerate(backend.spec.endpoints):
        path = f"spec.endpoints[{index}]"
        report.apply(ENDPOINT_RULES, endpoint, path)
        if endpoint.ip is not None:
            report.apply(IP_RULES, endpoint.ip, f"{path}.ip")
