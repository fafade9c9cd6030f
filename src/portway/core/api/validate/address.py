"""Whether text is an IP address.

Knows the textual forms of addresses. Must not know which resource holds one.
"""

from ipaddress import AddressValueError, IPv4Address, IPv6Address


def ip_version(text: str) -> int:
    """4 or 6, or 0 if the text is not an address. Zones (``fe80::1%eth0``) are not accepted."""
    try:
        IPv4Address(text)
    except AddressValueError:
        pass
    else:
        return 4
    try:
        IPv6Address(text)
    except AddressValueError:
        return 0
    return 0 if "%" in text else 6
