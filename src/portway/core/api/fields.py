"""The scalar types of the resource fields: patterns, lengths and ranges, each with a name.

Knows the lexical rules that the Gateway API and Kubernetes put on single values. Must not know
which resource uses them, nor rules that compare two fields (those live in ``validate``). The
constraints sit in the type annotations, so that msgspec checks them in C while it decodes, and
``structure`` explains them only when something failed.

Patterns are written for Python: ``\\Z`` where the CRDs say ``$`` (Python's ``$`` also accepts a
trailing newline), and without nested quantifiers (RE2 has no backtracking, ``re`` has).
"""

from typing import Annotated, Any, TypeAlias

from msgspec import Meta

_LABEL = r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?"
_SUBDOMAIN = rf"{_LABEL}(?:\.{_LABEL})*"
_HEADER_TOKEN = r"^[A-Za-z0-9!#$%&'*+\-.^_\x60|~]+\Z"
_NAME_SEGMENT = r"[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"
_PATH_CHARACTERS = r"^(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|%[0-9a-fA-F]{2})+\Z"


def _words(rule: str, message: str, cure: str) -> dict[str, Any]:
    """The sentences ``structure`` uses when the pattern of a field does not match."""
    return {"rule": rule, "message": message, "cure": cure}


Port: TypeAlias = Annotated[int, Meta(ge=1, le=65535)]
PositiveInt32: TypeAlias = Annotated[int, Meta(ge=1, le=2**31 - 1)]
NaturalInt32: TypeAlias = Annotated[int, Meta(ge=0, le=2**31 - 1)]
Weight: TypeAlias = Annotated[int, Meta(ge=0, le=1_000_000)]

ObjectName: TypeAlias = Annotated[str, Meta(min_length=1, max_length=253)]
SubdomainName: TypeAlias = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=253,
        pattern=rf"^{_SUBDOMAIN}\Z",
        extra=_words(
            "dns-1123-subdomain",
            "is not a DNS-1123 subdomain",
            "use lower-case letters, digits, '-' and '.', each part starting and ending with a "
            "letter or digit",
        ),
    ),
]
SectionName: TypeAlias = SubdomainName
TrustBundleName: TypeAlias = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=253,
        pattern=rf"^{_SUBDOMAIN}(?::{_SUBDOMAIN})*\Z",
        extra=_words(
            "trust-bundle-name",
            "is not a name of a ClusterTrustBundle",
            "use DNS-1123 subdomains with colons between them",
        ),
    ),
]
NamespaceName: TypeAlias = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=63,
        pattern=rf"^{_LABEL}\Z",
        extra=_words(
            "dns-1123-label",
            "is not a DNS-1123 label",
            "use at most 63 lower-case letters, digits and '-', starting and ending with a letter "
            "or digit",
        ),
    ),
]
OwnNamespace: TypeAlias = Annotated[
    str,
    Meta(
        max_length=63,
        pattern=rf"^(?:{_LABEL})?\Z",
        extra=_words(
            "dns-1123-label",
            "is not a DNS-1123 label",
            "use at most 63 lower-case letters, digits and '-', starting and ending with a letter "
            "or digit",
        ),
    ),
]
Group: TypeAlias = Annotated[
    str,
    Meta(
        max_length=253,
        pattern=rf"^(?:{_SUBDOMAIN})?\Z",
        extra=_words(
            "api-group",
            "is not an API group",
            'use "" for the core group or a DNS name such as gateway.networking.k8s.io, without '
            "a version",
        ),
    ),
]
KindName: TypeAlias = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=63,
        pattern=r"^[a-zA-Z](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?\Z",
        extra=_words(
            "kind-name",
            "is not a kind",
            "write the kind as its CRD does, for example Service",
        ),
    ),
]
Hostname: TypeAlias = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=253,
        pattern=rf"^(?:\*\.)?{_SUBDOMAIN}\Z",
        extra=_words(
            "hostname",
            "is not a host name",
            "use a lower-case DNS name without port or path; a wildcard may only be the whole "
            "first label, as in *.example.com",
        ),
    ),
]
PreciseHostname: TypeAlias = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=253,
        pattern=rf"^{_SUBDOMAIN}\Z",
        extra=_words(
            "precise-hostname",
            "is not a host name without a wildcard",
            "use a lower-case DNS name without wildcard, port or path",
        ),
    ),
]
HeaderName: TypeAlias = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=256,
        pattern=_HEADER_TOKEN,
        extra=_words(
            "header-name",
            "is not an HTTP token",
            "use letters, digits and !#$%&'*+-.^_`|~ only (RFC 9110 section 5.6.2)",
        ),
    ),
]
HeaderValue: TypeAlias = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=4096,
        # The CRD writes ([\t ]?[!-~]+)*; the same language without the nested quantifier.
        pattern=r"^[!-~]+(?:[\t ][!-~]+)*\Z",
        extra=_words(
            "header-value",
            "is not a header value",
            "use visible ASCII characters, with single spaces or tabs between words and none at "
            "the ends",
        ),
    ),
]
GRPCHeaderMatchValue: TypeAlias = Annotated[str, Meta(min_length=1, max_length=4096)]
QueryParamValue: TypeAlias = Annotated[str, Meta(min_length=1, max_length=1024)]
PathValue: TypeAlias = Annotated[str, Meta(max_length=1024)]
URLPath: TypeAlias = Annotated[
    str,
    Meta(
        max_length=1024,
        pattern=_PATH_CHARACTERS,
        extra=_words(
            "url-path",
            "is not a URL path",
            "use the characters RFC 3986 allows in a path and percent-encode the others",
        ),
    ),
]
Duration: TypeAlias = Annotated[
    str,
    Meta(
        pattern=r"^(?:[0-9]{1,5}(?:h|m|s|ms)){1,4}\Z",
        extra=_words(
            "duration",
            "is not a Gateway API duration",
            "write one to four whole numbers with h, m, s or ms, for example 10s or 1m30s "
            "(GEP-2257)",
        ),
    ),
]
ControllerName: TypeAlias = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=253,
        pattern=rf"^{_SUBDOMAIN}/[A-Za-z0-9/\-._~%!$&'()*+,;=:]+\Z",
        extra=_words(
            "controller-name",
            "is not a controller name",
            "write a domain and a path, for example portway.dev/gateway-controller",
        ),
    ),
]
# The CRD anchors only the first and the last alternative of these two, and so do we: what it
# lets through is answered in status (UnsupportedProtocol, UnsupportedAddress), not refused here.
ProtocolType: TypeAlias = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=255,
        pattern=(
            r"^[a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?\Z"
            rf"|{_SUBDOMAIN}/[A-Za-z0-9]+\Z"
        ),
        extra=_words(
            "protocol-type",
            "is not a protocol",
            "use HTTP, HTTPS, TLS, TCP, UDP or a name of the form example.com/protocol",
        ),
    ),
]
AddressType: TypeAlias = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=253,
        pattern=(
            r"^Hostname|IPAddress|NamedAddress"
            rf"|{_SUBDOMAIN}/[A-Za-z0-9/\-._~%!$&'()*+,;=:]+\Z"
        ),
        extra=_words(
            "address-type",
            "is not an address type",
            "use IPAddress, Hostname, NamedAddress or a name of the form example.com/type",
        ),
    ),
]
CORSOrigin: TypeAlias = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=253,
        pattern=(
            r"^(?:\*|https?://(?:(?:\*\.)?(?:[a-zA-Z0-9-]+\.)*[a-zA-Z0-9-]+|\*)"
            r"(?::[0-9]{1,5})?)\Z"
        ),
        extra=_words(
            "cors-origin",
            "is not an origin",
            "write scheme://host or scheme://host:port with http or https, or *",
        ),
    ),
]
SubjectURI: TypeAlias = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=253,
        pattern=r"^[^:/?#]+://",
        extra=_words(
            "absolute-uri",
            "is not an absolute URI",
            "write scheme://authority/path, for example spiffe://example.org/service",
        ),
    ),
]
WellKnownCACertificates: TypeAlias = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=253,
        pattern=rf"^(?:System|{_SUBDOMAIN}/{_NAME_SEGMENT})\Z",
        extra=_words(
            "well-known-ca",
            "is not a well-known set of CA certificates",
            "use System, or a name of the form example.com/set that an implementation defines",
        ),
    ),
]

LabelKey: TypeAlias = Annotated[
    str,
    Meta(
        max_length=317,
        pattern=rf"^(?![^/]{{254}})(?:{_SUBDOMAIN}/)?{_NAME_SEGMENT}\Z",
        extra=_words(
            "label-key",
            "is not a label key",
            "write an optional DNS prefix and '/', then at most 63 letters, digits, '-', '_' or "
            "'.', starting and ending with a letter or digit",
        ),
    ),
]
LabelValue: TypeAlias = Annotated[
    str,
    Meta(
        max_length=63,
        pattern=rf"^(?:{_NAME_SEGMENT})?\Z",
        extra=_words(
            "label-value",
            "is not a label value",
            "use at most 63 letters, digits, '-', '_' or '.', starting and ending with a letter "
            "or digit, or leave it empty",
        ),
    ),
]
AnnotationKey: TypeAlias = Annotated[
    str,
    Meta(
        max_length=317,
        # Kubernetes lower-cases annotation keys before it checks them.
        pattern=rf"^(?ai:(?![^/]{{254}})(?:{_SUBDOMAIN}/)?{_NAME_SEGMENT})\Z",
        extra=_words(
            "annotation-key",
            "is not an annotation key",
            "write an optional DNS prefix and '/', then at most 63 letters, digits, '-', '_' or "
            "'.', starting and ending with a letter or digit",
        ),
    ),
]
AnnotationValue: TypeAlias = Annotated[str, Meta(max_length=4096)]
TLSOptions: TypeAlias = Annotated[dict[str, AnnotationValue], Meta(max_length=16)]
DataKey: TypeAlias = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=253,
        # Kubernetes refuses ".", ".." and names starting with "..": they become file names.
        pattern=r"^(?!\.\Z)(?!\.\.)[-._a-zA-Z0-9]+\Z",
        extra=_words(
            "data-key",
            "is not a data key",
            "use letters, digits, '-', '_' and '.', and do not start with '..'",
        ),
    ),
]
PortName: TypeAlias = Annotated[
    str,
    Meta(
        max_length=63,
        pattern=rf"^(?:{_LABEL})?\Z",
        extra=_words(
            "port-name",
            "is not a port name",
            "use lower-case letters, digits and '-', starting and ending with a letter or digit",
        ),
    ),
]
TargetPortName: TypeAlias = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=15,
        pattern=r"^(?=.*[a-z])(?!.*--)[a-z0-9](?:[-a-z0-9]*[a-z0-9])?\Z",
        extra=_words(
            "target-port-name",
            "is not the name of a container port",
            "use at most 15 lower-case letters, digits and single '-', at least one letter "
            "(RFC 6335), or a number",
        ),
    ),
]
AppProtocol: TypeAlias = Annotated[
    str,
    Meta(
        max_length=317,
        pattern=rf"^(?ai:(?![^/]{{254}})(?:{_SUBDOMAIN}/)?{_NAME_SEGMENT})\Z",
        extra=_words(
            "app-protocol",
            "is not an application protocol",
            "use an IANA service name such as http, or a prefixed name such as kubernetes.io/h2c",
        ),
    ),
]
UnixPath: TypeAlias = Annotated[
    str,
    Meta(
        min_length=2,
        # sun_path holds 108 bytes with the terminating NUL (unix(7)).
        max_length=107,
        pattern=r"^/[^\x00-\x1f\x7f]+\Z",
        extra=_words(
            "unix-path",
            "is not an absolute path",
            "write the absolute path of the socket, without control characters",
        ),
    ),
]
