"""The ports of a Gateway as those of a Service.

Knows the names that others look for: KServe and Knative want the first port of HTTP to be called
`http2`, and the first of HTTPS `https`.
"""

from collections.abc import Iterable

from portway.core import model
from portway.core.infra.parts import Document

_FIRST = {"HTTP": "http2", "HTTPS": "https"}


def service_ports(bound: Iterable[model.Port]) -> list[Document]:
    """In the order of their numbers."""
    left = dict(_FIRST)
    return [
        {
            "name": left.pop(each.protocol, f"{each.protocol.lower()}-{each.key.port}"),
            "port": each.key.port,
            "protocol": each.key.transport,
            "targetPort": each.bound_port,
        }
        for each in sorted(bound, key=lambda each: each.key)
    ]
