"""The filters of an HTTPRoute.

Knows the shapes and the CRD defaults. Must not know how a filter is carried out.
"""

from typing import Annotated, Literal, TypeAlias

from msgspec import Meta

from portway.core.api.fields import (
    CORSOrigin,
    HeaderName,
    NaturalInt32,
    PathValue,
    Port,
    PositiveInt32,
    PreciseHostname,
    URLPath,
)
from portway.core.api.meta import Value
from portway.core.api.reference import BackendObjectReference, LocalObjectReference
from portway.core.api.route import HTTPHeaderFilter, HTTPRequestMirrorFilter

HTTPFilterType: TypeAlias = Literal[
    "RequestHeaderModifier",
    "ResponseHeaderModifier",
    "RequestMirror",
    "RequestRedirect",
    "URLRewrite",
    "ExtensionRef",
    "CORS",
    "ExternalAuth",
]
CORSMethod: TypeAlias = Literal[
    "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "*"
]


class HTTPPathModifier(Value, frozen=True, kw_only=True):
    """A new path, or a new prefix in place of the matched one; ``""`` is a legal replacement."""

    type: Literal["ReplaceFullPath", "ReplacePrefixMatch"]
    replace_full_path: PathValue | None = None
    replace_prefix_match: PathValue | None = None


class HTTPRequestRedirectFilter(Value, frozen=True, kw_only=True):
    """Answers with a redirect; what is absent stays as it was in the request."""

    scheme: Literal["http", "https"] | None = None
    hostname: PreciseHostname = ""
    path: HTTPPathModifier | None = None
    port: Port | None = None
    status_code: Literal[301, 302, 303, 307, 308] = 302


class HTTPURLRewriteFilter(Value, frozen=True, kw_only=True):
    """Changes the host or path sent to the backend."""

    hostname: PreciseHostname = ""
    path: HTTPPathModifier | None = None


class HTTPCORSFilter(Value, frozen=True, kw_only=True):
    """Cross-origin requests (GEP-1767). ``max_age`` is in seconds."""

    allow_origins: Annotated[tuple[CORSOrigin, ...], Meta(max_length=64)] = ()
    allow_credentials: bool = False
    allow_methods: Annotated[tuple[CORSMethod, ...], Meta(max_length=9)] = ()
    allow_headers: Annotated[tuple[HeaderName, ...], Meta(max_length=64)] = ()
    expose_headers: Annotated[tuple[HeaderName, ...], Meta(max_length=64)] = ()
    max_age: PositiveInt32 = 5


class GRPCAuthConfig(Value, frozen=True, kw_only=True):
    """External authorisation over gRPC; no allowed headers means all are sent."""

    allowed_headers: Annotated[tuple[str, ...], Meta(max_length=64)] = ()


class HTTPAuthConfig(Value, frozen=True, kw_only=True):
    """External authorisation over HTTP; ``path`` goes in front of the request's path."""

    path: URLPath = ""
    allowed_headers: Annotated[tuple[str, ...], Meta(max_length=64)] = ()
    allowed_response_headers: Annotated[tuple[str, ...], Meta(max_length=64)] = ()


class ForwardBodyConfig(Value, frozen=True, kw_only=True):
    """How much of the body, in bytes, is sent to the authorisation service; 0 is none."""

    max_size: NaturalInt32 = 0


class HTTPExternalAuthFilter(Value, frozen=True, kw_only=True):
    """Asks a service before a request goes on (GEP-1494)."""

    protocol: Literal["HTTP", "GRPC"]
    backend_ref: BackendObjectReference
    grpc: GRPCAuthConfig | None = None
    http: HTTPAuthConfig | None = None
    forward_body: ForwardBodyConfig | None = None


class HTTPRouteFilter(Value, frozen=True, kw_only=True):
    """One filter: ``type`` names the one member that is set."""

    type: HTTPFilterType
    request_header_modifier: HTTPHeaderFilter | None = None
    response_header_modifier: HTTPHeaderFilter | None = None
    request_mirror: HTTPRequestMirrorFilter | None = None
    request_redirect: HTTPRequestRedirectFilter | None = None
    url_rewrite: HTTPURLRewriteFilter | None = None
    cors: HTTPCORSFilter | None = None
    external_auth: HTTPExternalAuthFilter | None = None
    extension_ref: LocalObjectReference | None = None
