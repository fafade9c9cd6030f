"""The defaults that keep a listener standing, each with its reason.

Knows what Envoy does when nothing is said, and why that is not enough at the edge. Must not know
routes, hosts or where a listener is bound. Every value is proved on the wire by a test.
"""

from collections.abc import Iterable
from typing import Any, TypeAlias

import msgspec

from portway.core.render.access_log import Log
from portway.core.render.path_tree import holds, refusal
from portway.core.thresholds import SCOPES_FROM, TREES_FROM

Json: TypeAlias = dict[str, Any]

_TYPE = "type.googleapis.com/"
KIB = 1024


class Defaults(msgspec.Struct, frozen=True, gc=False):
    """What an operator may set for all listeners. Times are in seconds, sizes in bytes.

    `access_log` is a path such as /dev/stdout, empty for none, or what a Gateway wants of its own
    proxies. `trusted_hops` is the number of
    proxies in front whose X-Forwarded-For entries are believed.
    """

    access_log: Log = ""
    trusted_hops: int = 0
    # A client may say nothing for an hour: token streams, notebooks and build logs pause.
    stream_idle: float = 3600.0
    # Connections between requests: as long as the usual load balancers in front.
    connection_idle: float = 3600.0
    # Headers come in one piece or not at all; without a limit a client holds a stream for ever
    # by sending half of them (Slowloris).
    request_headers: float = 10.0
    # The same for the TLS handshake.
    handshake: float = 10.0
    # A UDP client that was silent for this long is taken for a new one. Its session costs a socket,
    # and nothing in UDP says that it has ended; NATs wait about as long (RFC 4787 section 4.3).
    udp_idle: float = 120.0
    # What one connection may keep in memory in each direction; more is back pressure, not loss.
    connection_buffer: int = 32 * KIB
    # As much as Envoy's codec takes by default; written so that an upgrade cannot change it.
    request_headers_size: int = 60 * KIB
    concurrent_streams: int = 100
    scopes_from: int = SCOPES_FROM
    tree_from: int = TREES_FROM


def connection_manager(defaults: Defaults, *mutations: Json) -> Json:
    """HttpConnectionManager fields that have nothing to do with routing. `mutations` are made to
    the headers of a request before anything reads them."""
    return {
        **_paths(),
        **_addresses(defaults),
        **_identity(),
        **_limits(defaults),
        "common_http_protocol_options": {
            "idle_timeout": seconds(defaults.connection_idle),
            # Backends that turn "-" into "_" (CGI, WSGI) cannot tell x_user from x-user, so a
            # client could write a header that only the gateway should.
            "headers_with_underscores_action": "REJECT_REQUEST",
        },
        "http2_protocol_options": http2(defaults.concurrent_streams),
        # Early: before routes, scopes and filters look at headers.
        "early_header_mutation_extensions": [_strip_trusted_headers(mutations)],
    }


def _paths() -> Json:
    """One path, one meaning: what is matched is what the backend gets.

    Without these /public/../admin, //admin and /public%2f..%2fadmin walk around a rule for /admin
    (CVE-2019-9901, CVE-2021-29492). An escaped slash is answered with a redirect to the plain
    path, since a backend may well read the two differently.
    """
    return {
        "normalize_path": True,
        "merge_slashes": True,
        "path_with_escaped_slashes_action": "UNESCAPE_AND_REDIRECT",
        # "app.example.com." is the same name as "app.example.com" (RFC 3986 section 3.2.2).
        "strip_trailing_host_dot": True,
    }


def _addresses(defaults: Defaults) -> Json:
    """Who the client is: the peer of the connection, not what it claims.

    X-Forwarded-For gets the peer appended, X-Forwarded-Proto is ours. No network is trusted for
    being private: clients inside a cluster are clients too. Envoy reads an empty list as "the
    private networks", hence the one address that no client can have (RFC 919).
    """
    nowhere = {"address_prefix": "255.255.255.255", "prefix_len": 32}
    return {
        "use_remote_address": True,
        "xff_num_trusted_hops": defaults.trusted_hops,
        "internal_address_config": {"cidr_ranges": [nowhere]},
    }


def _identity() -> Json:
    """Nothing that names us, nothing of the client's that is lost on the way.

    An x-request-id that arrives is kept as it is (the caller's logs and ours must agree) and made
    where there is none; its bits say nothing about tracing, so a client cannot turn that on.
    """
    return {
        "server_header_transformation": "PASS_THROUGH",
        "generate_request_id": True,
        "preserve_external_request_id": True,
        "request_id_extension": {
            "typed_config": {
                "@type": f"{_TYPE}envoy.extensions.request_id.uuid.v3.UuidRequestIdConfig",
                "pack_trace_reason": False,
                "use_request_id_for_trace_sampling": False,
            }
        },
    }


def _limits(defaults: Defaults) -> Json:
    return {
        "request_headers_timeout": seconds(defaults.request_headers),
        "stream_idle_timeout": seconds(defaults.stream_idle),
        # After an early answer, how long to wait for the client to read it before closing.
        "delayed_close_timeout": "1s",
        "max_request_headers_kb": defaults.request_headers_size // KIB,
    }


def http2(concurrent_streams: int) -> Json:
    """Both sides: windows that keep memory per stream low, and RFC 8441 for WebSocket.

    64 KiB a stream and 1 MiB a connection bound what a peer may make us hold (Envoy's default is
    256 MiB each); the number of streams bounds rapid resets (CVE-2023-44487).
    """
    return {
        "max_concurrent_streams": concurrent_streams,
        "initial_stream_window_size": 64 * KIB,
        "initial_connection_window_size": 1024 * KIB,
        "allow_connect": True,
    }


def _strip_trusted_headers(more: Iterable[Json]) -> Json:
    """Headers that only the proxy may write, taken from every request before anything reads them.

    x-envoy-* steer retries, timeouts and identity inside Envoy; x-gateway-destination-endpoint
    chooses the endpoint of an inference pool.
    """
    return {
        "name": "envoy.http.early_header_mutation.header_mutation",
        "typed_config": {
            "@type": f"{_TYPE}envoy.extensions.http.early_header_mutation.header_mutation.v3."
            "HeaderMutation",
            "mutations": [
                {"remove_on_match": {"key_matcher": {"prefix": "x-envoy-"}}},
                {"remove_on_match": {"key_matcher": {"prefix": "x-gateway-destination-endpoint"}}},
                *more,
            ],
        },
    }


def refusals(domain: str) -> list[Json]:
    """The first routes of every host that has any: 400 for what backends read in two ways.

    Path normalisation drops the parameter of "/..;x/" and then the segment (CVE-2026-73551), but
    looks for dots before it decodes them: "/public/%2e%2e;/admin" comes out as
    "/public/..;/admin", which servlet containers read as /admin.

    Two Host lines (RFC 9112 section 3.2) arrive as one host with a comma. No exact domain is like
    that, but a wildcard would hand it on.

    Routes and not a filter: a filter that looks at every request costs it 5 %, these cost one
    comparison.
    """
    # The expression decides; the text before it spares nearly every request the expression.
    dots = {"safe_regex": {"regex": f".*{_DOT_SEGMENT}"}}
    found = [_refused(_DOTS, {**dots, "headers": [_contains(":path", _MARK)]})]
    if domain.startswith("*"):
        found.append(_refused(_HOSTS, {"prefix": "/", "headers": [_contains(":authority", ",")]}))
    return found


def refusal_matchers(domain: str) -> list[Json]:
    """The same for a host whose routes are a tree, before the tree is looked at."""
    dots = {"safe_regex": {"google_re2": {}, "regex": f"[^?]*{_DOT_SEGMENT}"}}
    predicates = [holds(":path", {"contains": _MARK}), holds(":path", dots)]
    found = [refusal(predicates, _refused(_DOTS, {"prefix": "/"}))]
    if domain.startswith("*"):
        predicates = [holds(":authority", {"contains": ","})]
        found.append(refusal(predicates, _refused(_HOSTS, {"prefix": "/"})))
    return found


_DOTS, _HOSTS = "dot-segment-with-parameters", "two-hosts"
_DOT_SEGMENT, _MARK = r"/\.\.?;.*", ".;"


def _contains(header: str, text: str) -> Json:
    return {"name": header, "string_match": {"contains": text}}


def _refused(name: str, match: Json) -> Json:
    return {"name": f"refused/{name}", "match": match, "direct_response": {"status": 400}}


def seconds(value: float) -> str:
    """A Duration in JSON form, at most nanoseconds: 1.5 is "1.5s"."""
    whole = f"{value:.9f}".rstrip("0").rstrip(".")
    return f"{whole}s"
