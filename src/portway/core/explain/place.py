"""An endpoint as people write it.

Knows addresses and nothing else.
"""

from portway.core import model


def place_text(endpoint: model.Endpoint) -> str:
    """`ip:port`, `[ip]:port` or `unix:/path`."""
    if endpoint.address.startswith("unix:"):
        return endpoint.address
    address = f"[{endpoint.address}]" if ":" in endpoint.address else endpoint.address
    return f"{address}:{endpoint.port}"
