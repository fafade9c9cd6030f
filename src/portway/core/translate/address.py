"""Endpoints written as text: `127.0.0.1:3000,[::1]:3000`.

Knows the text form only. Must not know Services.
"""

from ipaddress import ip_address

from portway.core import model


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
    if "%" in text:
        return None
    try:
        return str(ip_address(text))
    except ValueError:
        return None


def _cure(piece: str) -> str:
    return f"has the entry {piece!r}; write address:port pairs, as in 127.0.0.1:3000,[::1]:3000"
