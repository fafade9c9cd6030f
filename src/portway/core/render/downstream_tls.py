"""TLS towards clients, as the transport socket of a filter chain.

Knows TLS versions, ALPN, client certificates and that all certificates come apart (SDS), so that
none of them ever drains a chain. Must not know which chain it is for.
"""

from typing import Any, TypeAlias

from portway.core import model
from portway.core.render import names
from portway.core.render.source import ads
from portway.core.render.trust import validated

Json: TypeAlias = dict[str, Any]

_TYPE = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext"


HTTP = ("h2", "http/1.1")
"""The application protocols of HTTP, the preferred one first."""


def downstream_tls(listener: model.Listener, alpn: tuple[str, ...] = HTTP) -> Json:
    """TLS 1.2 and later (RFC 8996); each certificate by its SDS name."""
    common: Json = {
        "tls_params": {"tls_minimum_protocol_version": "TLSv1_2"},
        "tls_certificate_sds_secret_configs": [
            {"name": names.secret(key), "sds_config": ads()} for key in listener.certificates
        ],
    }
    if alpn:
        common["alpn_protocols"] = list(alpn)
    asked = {} if listener.validation is None else _asked(listener.validation, common)
    return {
        "name": "envoy.transport_sockets.tls",
        "typed_config": {"@type": _TYPE, "common_tls_context": common, **asked},
    }


def client_details(validation: model.ClientValidation | None) -> Json:
    """The HttpConnectionManager fields that say who the client is, in x-forwarded-client-cert.

    What a client writes there is taken away, always. Backends are told of a certificate only where
    it was checked: of one that anybody may have made, nothing must be believed.
    """
    if validation is None or not validation.required:
        return {"forward_client_cert_details": "SANITIZE"}
    return {
        "forward_client_cert_details": "SANITIZE_SET",
        "set_current_client_cert_details": {"subject": True, "uri": True, "dns": True},
    }


def _asked(validation: model.ClientValidation, common: Json) -> Json:
    """Adds to `common` what client certificates are held against; returns what stands beside it.

    No session is resumed: it would be by the certificate that was good when the session began,
    whatever became of the authorities since.
    """
    if validation.required:
        common.update(validated(validation.trust))
    else:
        untrusted = {"trust_chain_verification": "ACCEPT_UNTRUSTED"}
        common.update(validated(validation.trust, untrusted))
    return {
        "require_client_certificate": validation.required,
        "disable_stateless_session_resumption": True,
        "disable_stateful_session_resumption": True,
    }
