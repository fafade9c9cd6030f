"""TLS towards backends, as the transport socket of a cluster or of some of its endpoints.

Knows TLS versions, SNI and names. CA certificates and the certificate that is shown come apart
(SDS), so that renewing them replaces no cluster. What is verified of a name stands here, together
with the SNI: the two change at once. Must not know which protocol is spoken inside: Envoy offers
that of the cluster (ALPN).
"""

from typing import Any, TypeAlias

from portway.core import model
from portway.core.render import names
from portway.core.render.source import ads
from portway.core.render.trust import validated

Json: TypeAlias = dict[str, Any]

_TYPE = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext"
_SAN_TYPES = {"Hostname": "DNS", "URI": "URI"}


def upstream_tls(tls: model.BackendTLS) -> Json:
    """An envoy.config.core.v3.TransportSocket; equal values give equal ones."""
    demands = {"match_typed_subject_alt_names": [_name(each) for each in tls.names]}
    common: Json = {
        "tls_params": _versions(),
        **validated(tls.trust, demands),
    }
    if tls.client is not None:
        common["tls_certificate_sds_secret_configs"] = [
            {"name": names.secret(tls.client), "sds_config": ads()}
        ]
    return {
        "name": "envoy.transport_sockets.tls",
        "typed_config": {"@type": _TYPE, "common_tls_context": common, "sni": tls.server_name},
    }


def unverified_tls() -> Json:
    """TLS to whoever answers, which endpoint pickers are asked over: they make themselves a
    certificate at every start."""
    common = {"tls_params": _versions(), "alpn_protocols": ["h2"]}
    return {
        "name": "envoy.transport_sockets.tls",
        "typed_config": {"@type": _TYPE, "common_tls_context": common},
    }


def _versions() -> Json:
    """RFC 8996; Envoy would stop at 1.2 towards backends."""
    return {
        "tls_minimum_protocol_version": "TLSv1_2",
        "tls_maximum_protocol_version": "TLSv1_3",
    }


def _name(name: model.PeerName) -> Json:
    """A DNS name of a certificate may be a wildcard that covers this one (RFC 6125)."""
    return {"san_type": _SAN_TYPES[name.kind], "matcher": {"exact": name.value}}
