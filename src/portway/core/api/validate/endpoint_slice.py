"""Rules on EndpointSlice. Loopback addresses pass: on one machine they are the backends.

Knows address types and ports. Must not know the Service.
"""

import re
from collections.abc import Callable, Iterator

from portway.core.api.endpoint_slice import EndpointSlice
from portway.core.api.errors import shown
from portway.core.api.validate.address import ip_version
from portway.core.api.validate.rule import Report, Violation, Violations, repeated, rule

_LABEL = r"[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?"
_FQDN = re.compile(rf"(?!.{{254}}){_LABEL}(?:\.{_LABEL})*")


def _is_fqdn(text: str) -> bool:
    return _FQDN.fullmatch(text) is not None


def _is_ipv4(text: str) -> bool:
    return ip_version(text) == 4


def _is_ipv6(text: str) -> bool:
    return ip_version(text) == 6


_FITS: dict[str, Callable[[str], bool]] = {"IPv4": _is_ipv4, "IPv6": _is_ipv6, "FQDN": _is_fqdn}


@rule("endpoint-address", "write addresses of the slice's addressType, or use another slice")
def addresses_fit(slice_: EndpointSlice) -> Iterator[Violation]:
    """All addresses of a slice have one type."""
    fits = _FITS[slice_.address_type]
    for index, endpoint in enumerate(slice_.endpoints):
        for number, address in enumerate(endpoint.addresses):
            if not fits(address):
                yield Violation(
                    f"endpoints[{index}].addresses[{number}]",
                    f"{shown(address)} is not of type {slice_.address_type}",
                )


@rule("endpoint-addresses-unique", "write each address of an endpoint once")
def addresses_unique(slice_: EndpointSlice) -> Iterator[Violation]:
    """The list is a set."""
    for index, endpoint in enumerate(slice_.endpoints):
        if len(endpoint.addresses) > 1:
            yield from repeated(endpoint.addresses, f"endpoints[{index}].addresses")


@rule("endpoint-port-name-unique", "give each port its own name; only one may be without")
def port_names_unique(slice_: EndpointSlice) -> Violations:
    """Services find their ports here by name."""
    return repeated([port.name for port in slice_.ports], "ports", ".name")


SLICE_RULES = (addresses_fit, addresses_unique, port_names_unique)
RULES = SLICE_RULES


def check_endpoint_slice(slice_: EndpointSlice, version: str, report: Report) -> None:
    """Every rule of an EndpointSlice."""
    report.apply(SLICE_RULES, slice_, "")
