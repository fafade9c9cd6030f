"""Functions of IP addresses and networks (the Kubernetes CEL library's `ip` and `cidr`)."""

import ipaddress
from collections.abc import Callable, Iterator
from typing import Any

from portway.adapters.apiserver.cel.function import Function, member, plain, valid

Map = dict[str, Any]
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def _parsed(text: str) -> Address:
    if "%" in text:
        raise ValueError(f"IP address {text!r} has a zone, which is not allowed")
    found = ipaddress.ip_address(text)
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
        raise ValueError(f"IPv4-mapped IPv6 address {text!r} is not allowed")
    return found


def _network(text: str) -> tuple[Address, Network]:
    address, slash, bits = text.partition("/")
    if not slash or not bits.isdigit():
        raise ValueError(f"{text!r} is no network: an address, a slash and a number of bits")
    return _parsed(address), ipaddress.ip_network(text, strict=False)


def _as_ip(address: Address) -> Map:
    return {"ip": str(address)}


def _as_cidr(text: str) -> Map:
    address, network = _network(text)
    return {"cidr": f"{address}/{network.prefixlen}"}


def _contains_ip(cidr: Map, ip: str | Map) -> bool:
    address = _parsed(ip if isinstance(ip, str) else ip["ip"])
    return address in _network(cidr["cidr"])[1]


def _contains_cidr(cidr: Map, other: str | Map) -> bool:
    inner = _network(other if isinstance(other, str) else other["cidr"])[1]
    outer = _network(cidr["cidr"])[1]
    return inner.version == outer.version and inner.subnet_of(outer)  # type: ignore[arg-type]


def functions() -> Iterator[Function]:
    """All of them."""
    yield plain("ip", "text", "map", lambda text: _as_ip(_parsed(text)))
    yield plain("isIP", "text", "bool", valid(_parsed))
    yield plain("ip.isCanonical", "text", "bool", lambda text: str(_parsed(text)) == text)
    yield member("family", "map", "int", lambda ip: _parsed(ip["ip"]).version)
    tests: dict[str, Callable[[Address], bool]] = {
        "isUnspecified": lambda each: each.is_unspecified,
        "isLoopback": lambda each: each.is_loopback,
        "isLinkLocalMulticast": _link_local_multicast,
        "isLinkLocalUnicast": lambda each: each.is_link_local and not each.is_multicast,
        "isGlobalUnicast": _global_unicast,
    }
    for name, test in tests.items():
        yield member(name, "map", "bool", lambda ip, test=test: test(_parsed(ip["ip"])))
    yield plain("cidr", "text", "map", _as_cidr)
    yield plain("isCIDR", "text", "bool", valid(_network))
    for kind in ("text", "map"):
        yield member("containsIP", f"map {kind}", "bool", _contains_ip)
        yield member("containsCIDR", f"map {kind}", "bool", _contains_cidr)
    yield member("ip", "map", "map", lambda cidr: _as_ip(_network(cidr["cidr"])[0]))
    yield member("masked", "map", "map", lambda cidr: {"cidr": str(_network(cidr["cidr"])[1])})
    yield member("prefixLength", "map", "int", lambda cidr: _network(cidr["cidr"])[1].prefixlen)


def _link_local_multicast(address: Address) -> bool:
    ranges = (
        ("224.0.0.0/24",) if address.version == 4 else tuple(f"ff{n}2::/16" for n in "01234567")
    )
    return any(address in ipaddress.ip_network(each) for each in ranges)


def _global_unicast(address: Address) -> bool:
    """Go's meaning, which private addresses have too."""
    return not (
        address.is_unspecified
        or address.is_loopback
        or address.is_multicast
        or address.is_link_local
        or str(address) == "255.255.255.255"
    )
