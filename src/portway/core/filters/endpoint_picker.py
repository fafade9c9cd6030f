"""Asking the endpoint picker of an InferencePool (Endpoint Picker Protocol, over Envoy's ext_proc).

Knows the protocol's names and what of a request the picker sees: all of it, as it comes (full
duplex), both ways, or in the light mode only what a pick needs. Must not know pools. The filter
stands in every chain, turned off; a share of a route turns it on and says what to show to whom, so
neither a pool nor its picker ever changes a listener. Where a chain is made before the route is
known (see render/scope.py) the filter is there for every request, so by itself it shows nothing to
anybody.
"""

from typing import Any, Final, TypeAlias

Json: TypeAlias = dict[str, Any]

NAME = "envoy.filters.http.ext_proc"
METADATA = "envoy.lb"
DESTINATION = "x-gateway-destination-endpoint"
"""The picker's answer: `ip:port`, or several with commas, the best one first."""
SERVED = "x-gateway-destination-endpoint-served"
"""Who answered in the end, told to the picker with the response."""

_TYPE = "type.googleapis.com/envoy.extensions.filters.http.ext_proc.v3."
_HINTS = "envoy.lb.subset_hint"
# A name that no cluster has: whoever turns the filter on says whom to ask.
_NOBODY = "portway.dev/no-backend"
# Pickers may keep a request in a queue for as long as it takes; what limits it is the request's own
# timeout.
_PATIENCE = "3600s"


def http_filter() -> Json:
    """The filter as it stands in the chain: off."""
    return {
        "name": NAME,
        "disabled": True,
        "typed_config": {
            "@type": f"{_TYPE}ExternalProcessor",
            "grpc_service": _service(_NOBODY),
            "processing_mode": _mode("SKIP", "NONE"),
            "message_timeout": _PATIENCE,
            "metadata_options": {
                "forwarding_namespaces": {"untyped": [METADATA, _HINTS]},
                "receiving_namespaces": {"untyped": [METADATA]},
            },
            # Another route would have another picker, which nobody has asked.
            "route_cache_action": "RETAIN",
            "status_on_error": {"code": "ServiceUnavailable"},
        },
    }


def settings(cluster: str, *, fail_open: bool, light: bool = False) -> Json:
    """What turns the filter on for a share: the `typed_per_filter_config` under its name.

    ``light``: the picker sees the headers and the beginning of the body, as far as it is buffered,
    and nothing comes back from it but the pick; of the answer it sees the headers and the end. So
    what it costs does not grow with the length of an answer.
    """
    return {
        "@type": f"{_TYPE}ExtProcPerRoute",
        "overrides": {
            "grpc_service": _service(cluster),
            "processing_mode": _LIGHT if light else _mode("SEND", "FULL_DUPLEX_STREAMED"),
            "failure_mode_allow": fail_open,
        },
    }


def _mode(parts: str, bodies: str) -> Json:
    """What of a request and of its answer is shown."""
    return {
        f"{way}_{part}_mode": bodies if part == "body" else parts
        for way in ("request", "response")
        for part in ("header", "body", "trailer")
    }


# Trailers of the answer are asked for so that the conversation lasts until there are none: that is
# how the picker knows when a request is over.
SHOWN: Final = 32 * 1024
"""How much of a body the light mode shows: what a connection's buffer takes
(`render.Defaults.connection_buffer`)."""
_LIGHT: Final[Json] = {
    "request_header_mode": "SEND",
    "request_body_mode": "BUFFERED_PARTIAL",
    "request_trailer_mode": "SKIP",
    "response_header_mode": "SEND",
    "response_body_mode": "NONE",
    "response_trailer_mode": "SEND",
}


def _service(cluster: str) -> Json:
    return {"envoy_grpc": {"cluster_name": cluster}}
