"""Rules on the filters only HTTPRoute has.

Knows redirects, rewrites, CORS and external authorisation. Must not know the rule around them.
"""

from collections.abc import Iterator, Sequence

from portway.core.api.http_filter import (
    HTTPCORSFilter,
    HTTPExternalAuthFilter,
    HTTPPathModifier,
    HTTPRouteFilter,
)
from portway.core.api.validate.filters import FILTER_LIST_RULES, check_filter
from portway.core.api.validate.reference import BACKEND_RULES
from portway.core.api.validate.rule import Report, Violation, Violations, repeated, rule


@rule("filter-redirect-and-rewrite", "keep one of the two")
def redirect_and_rewrite(filters: Sequence[HTTPRouteFilter]) -> Violations:
    """A redirected request never reaches a backend, so nothing is left to rewrite."""
    if len(filters) < 2:
        return ()
    types = [filter_.type for filter_ in filters]
    if "RequestRedirect" in types and "URLRewrite" in types:
        later = max(types.index("RequestRedirect"), types.index("URLRewrite"))
        return (Violation(f"[{later}]", "combines a redirect with a rewrite"),)
    return ()


@rule("path-modifier-missing", "add the member that the type names")
def modifier_missing(modifier: HTTPPathModifier) -> Violations:
    """The union is discriminated by ``type``."""
    if modifier.type == "ReplaceFullPath" and modifier.replace_full_path is None:
        return (Violation(".replaceFullPath", "is missing for type ReplaceFullPath"),)
    if modifier.type == "ReplacePrefixMatch" and modifier.replace_prefix_match is None:
        return (Violation(".replacePrefixMatch", "is missing for type ReplacePrefixMatch"),)
    return ()


@rule("path-modifier-unexpected", "remove it, or change the type")
def modifier_unexpected(modifier: HTTPPathModifier) -> Violations:
    """... and no other member may be set."""
    if modifier.type != "ReplaceFullPath" and modifier.replace_full_path is not None:
        return (Violation(".replaceFullPath", f"does not belong to type {modifier.type}"),)
    if modifier.type != "ReplacePrefixMatch" and modifier.replace_prefix_match is not None:
        return (Violation(".replacePrefixMatch", f"does not belong to type {modifier.type}"),)
    return ()


@rule("cors-wildcard-alone", 'keep "*" alone, or list the values without it')
def cors_wildcard(cors: HTTPCORSFilter) -> Iterator[Violation]:
    """``*`` already allows everything; expose_headers is exempt in the CRD."""
    for name, values in (
        ("allowOrigins", cors.allow_origins),
        ("allowMethods", cors.allow_methods),
        ("allowHeaders", cors.allow_headers),
    ):
        if len(values) > 1 and "*" in values:
            yield Violation(f".{name}", 'combines "*" with other values')


@rule("cors-unique", "write each value once")
def cors_unique(cors: HTTPCORSFilter) -> Iterator[Violation]:
    """The lists are sets."""
    yield from repeated(cors.allow_origins, ".allowOrigins")
    yield from repeated(cors.allow_methods, ".allowMethods")
    yield from repeated(cors.allow_headers, ".allowHeaders")
    yield from repeated(cors.expose_headers, ".exposeHeaders")


@rule("external-auth-member-missing", "add the member of the protocol; it may be empty: {}")
def auth_missing(auth: HTTPExternalAuthFilter) -> Violations:
    """The union is discriminated by ``protocol``."""
    if auth.protocol == "GRPC" and auth.grpc is None:
        return (Violation(".grpc", "is missing for protocol GRPC"),)
    if auth.protocol == "HTTP" and auth.http is None:
        return (Violation(".http", "is missing for protocol HTTP"),)
    return ()


@rule("external-auth-member-unexpected", "remove it, or change the protocol")
def auth_unexpected(auth: HTTPExternalAuthFilter) -> Violations:
    """... and no other member may be set."""
    if auth.protocol != "GRPC" and auth.grpc is not None:
        return (Violation(".grpc", f"does not belong to protocol {auth.protocol}"),)
    if auth.protocol != "HTTP" and auth.http is not None:
        return (Violation(".http", f"does not belong to protocol {auth.protocol}"),)
    return ()


@rule("external-auth-headers-unique", "write each header once")
def auth_headers_unique(auth: HTTPExternalAuthFilter) -> Iterator[Violation]:
    """The lists are sets."""
    if auth.grpc is not None:
        yield from repeated(auth.grpc.allowed_headers, ".grpc.allowedHeaders")
    if auth.http is not None:
        yield from repeated(auth.http.allowed_headers, ".http.allowedHeaders")
        yield from repeated(auth.http.allowed_response_headers, ".http.allowedResponseHeaders")


HTTP_FILTER_LIST_RULES = (*FILTER_LIST_RULES, redirect_and_rewrite)
MODIFIER_RULES = (modifier_missing, modifier_unexpected)
CORS_RULES = (cors_wildcard, cors_unique)
AUTH_RULES = (auth_missing, auth_unexpected, auth_headers_unique)
RULES = (redirect_and_rewrite, *MODIFIER_RULES, *CORS_RULES, *AUTH_RULES)


def check_filters(filters: Sequence[HTTPRouteFilter], path: str, report: Report) -> None:
    """The rules for a list of filters at ``path`` and for each of them."""
    if not filters:
        return
    report.apply(HTTP_FILTER_LIST_RULES, filters, path)
    for index, filter_ in enumerate(filters):
        _check_filter(filter_, f"{path}[{index}]", report)


def _check_filter(filter_: HTTPRouteFilter, path: str, report: Report) -> None:
    check_filter(filter_, path, report)
    redirect, rewrite = filter_.request_redirect, filter_.url_rewrite
    if redirect is not None and redirect.path is not None:
        report.apply(MODIFIER_RULES, redirect.path, f"{path}.requestRedirect.path")
    if rewrite is not None and rewrite.path is not None:
        report.apply(MODIFIER_RULES, rewrite.path, f"{path}.urlRewrite.path")
    if filter_.cors is not None:
        report.apply(CORS_RULES, filter_.cors, f"{path}.cors")
    if filter_.external_auth is not None:
        check_auth(filter_.external_auth, f"{path}.externalAuth", report)


def check_auth(auth: HTTPExternalAuthFilter, path: str, report: Report) -> None:
    """The rules for one external authorisation, of a route or of a listener."""
    report.apply(AUTH_RULES, auth, path)
    report.apply(BACKEND_RULES, auth.backend_ref, f"{path}.backendRef")
