"""Endpoints written as text: `127.0.0.1:3000,[::1]:3000`.

Knows the text form only. Must not know Services.
"""

import re
from ipaddress import ip_address
from typing import Final

from portway.core import model

# An IPv4 address has one form only; to read and write it again takes seven times as long, and at a
# start there are tens of thousands.
_BYTE: Final = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_IPV4: Final = re.compile(rf"(?:{_BYTE}\.){{3}}{_BYTE}", re.ASCII)


def parse_endpoints(text: str) -> tuple[model.Endpoint, ...] | str:
    """The endpoints, sorted and each once, or what is wrong with the text and what to do."""
    found: set[model.Endpoint] = set()
    for item in text.split(","):
        piece = item.strip()
        address, _, port = piece.rpartition(":")
        if not (port.isascii() and port.isdigit() and 1 <= int(port[:6]) <= 65535):
            return _cure(piece)
        bracketed = address.startswith("[") and address.endswith("]")
        ip = canonical_ip(address[1:-1] if bracketed else address)
        if ip is None or bracketed != (":" in ip):
            return _cure(piece)
        found.add(model.Endpoint(ip, int(port)))
    return tuple(sorted(found))


def canonical_ip(text: str) -> str | None:
    """An IP address in its usual form; None if the text is none (a zone is not part of one)."""
    if _IPV4.fullmatch(text):
        return text
    if "%" in text:
        return None
    try:
        return str(ip_address(text))
    except ValueError:
        return None


def _cure(piece: str) -> str:
    return f"has the entry {piece!r}; write address:port pairs, as in 127.0.0.1:3000,[::1]:3000"
