"""TLS towards clients, as the transport socket of a filter chain.

Knows TLS versions, ALPN and that certificates come apart (SDS), so that none of them ever drains a
chain. Must not know which chain it is for.
"""

from typing import Any

from portway.core import model
from portway.core.render import names
from portway.core.render.source import ads

_TYPE = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext"


def downstream_tls(listener: model.Listener) -> dict[str, Any]:
    """TLS 1.2 and later (RFC 8996), HTTP/2 preferred; each certificate by its SDS name."""
    return {
        "name": "envoy.transport_sockets.tls",
        "typed_config": {
            "@type": _TYPE,
            "common_tls_context": {
                "alpn_protocols": ["h2", "http/1.1"],
                "tls_params": {"tls_minimum_protocol_version": "TLSv1_2"},
                "tls_certificate_sds_secret_configs": [
                    {"name": names.secret(key), "sds_config": ads()}
                    for key in listener.certificates
                ],
            },
        },
    }
