"""Rules on HTTPRoute: matches, rules and the route as a whole.

Knows how the fields of a rule limit each other. Must not know precedence or attachment.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from portway.core.api.duration import seconds
from portway.core.api.errors import shown
from portway.core.api.grpc_route import GRPCRouteRule
from portway.core.api.http_filter import HTTPPathModifier, HTTPRouteFilter
from portway.core.api.http_match import HTTPPathMatch, HTTPRouteMatch
from portway.core.api.http_route import HTTPRoute, HTTPRouteRule
from portway.core.api.l4_route import TCPRouteRule, TLSRouteRule, UDPRouteRule
from portway.core.api.validate.filters import check_session
from portway.core.api.validate.http_filter import check_filters
from portway.core.api.validate.reference import BACKEND_RULES, check_parents
from portway.core.api.validate.rule import Report, Violation, Violations, repeated, rule

_PATH_CHARACTERS = re.compile(r"(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|%[0-9a-fA-F]{2})*")
# Each of these would let a client reach a path by another spelling than the one that is matched.
_INSIDE = ("//", "/./", "/../", "%2f", "%2F")
_AT_END = ("/..", "/.")
_MATCHES = 128

NamedRule = HTTPRouteRule | GRPCRouteRule | TLSRouteRule | TCPRouteRule | UDPRouteRule


@rule("path-absolute", "start the value with '/'")
def path_absolute(path: HTTPPathMatch) -> Violations:
    """Paths of requests are absolute."""
    if path.type != "RegularExpression" and not path.value.startswith("/"):
        return (Violation(".value", f'{shown(path.value)} does not start with "/"'),)
    return ()


@rule("path-sequence", "write the path as it is after normalisation")
def path_sequence(path: HTTPPathMatch) -> Iterator[Violation]:
    """Paths are normalised before they are matched, so these could never match."""
    if path.type == "RegularExpression":
        return
    for text in _INSIDE:
        if text in path.value:
            yield Violation(".value", f'contains "{text}"')
    for text in _AT_END:
        if path.value.endswith(text):
            yield Violation(".value", f'ends with "{text}"')


@rule("path-characters", "percent-encode every character RFC 3986 does not allow in a path")
def path_characters(path: HTTPPathMatch) -> Violations:
    """No query, no fragment, no spaces."""
    if path.type != "RegularExpression" and _PATH_CHARACTERS.fullmatch(path.value) is None:
        return (Violation(".value", "has characters that a URL path cannot have"),)
    return ()


@rule("match-unique", "write each name once in a match; a regular expression can hold alternatives")
def match_unique(match: HTTPRouteMatch) -> Iterator[Violation]:
    """The lists are keyed by name."""
    yield from repeated([each.name for each in match.headers], ".headers", ".name")
    yield from repeated([each.name for each in match.query_params], ".queryParams", ".name")


@rule("redirect-with-backends", "remove backendRefs, or move the redirect to another rule")
def redirect_with_backends(http_rule: HTTPRouteRule) -> Iterator[Violation]:
    """A redirected request never reaches a backend."""
    if not http_rule.backend_refs:
        return
    for index, filter_ in enumerate(http_rule.filters):
        if filter_.request_redirect is not None:
            yield Violation(f".filters[{index}].requestRedirect", "stands next to backendRefs")


@rule("prefix-replacement-match", "give the rule exactly one match, with a path of type PathPrefix")
def prefix_replacement(http_rule: HTTPRouteRule) -> Iterator[Violation]:
    """The prefix to replace is the one that was matched.

    The CRD's expressions overlook two backends that both replace a prefix; there is nothing
    sensible to do with them either, so they are refused like one.
    """
    matches = http_rule.matches
    if len(matches) == 1 and matches[0].path.type == "PathPrefix":
        return
    for place in _prefix_replacements(http_rule.filters, ".filters"):
        yield Violation(place, "needs a single PathPrefix match in its rule")
    for index, backend in enumerate(http_rule.backend_refs):
        for place in _prefix_replacements(backend.filters, f".backendRefs[{index}].filters"):
            yield Violation(place, "needs a single PathPrefix match in its rule")


@rule("timeout-order", "make backendRequest at most request, or request 0s for no limit")
def timeout_order(http_rule: HTTPRouteRule) -> Violations:
    """One try cannot take longer than the whole exchange (GEP-1742)."""
    timeouts = http_rule.timeouts
    if timeouts is None or not timeouts.request or not timeouts.backend_request:
        return ()
    whole, each = seconds(timeouts.request), seconds(timeouts.backend_request)
    if whole and each > whole:
        message = f"{timeouts.backend_request} is longer than request {timeouts.request}"
        return (Violation(".timeouts.backendRequest", message),)
    return ()


@rule("retry-codes-unique", "write each status code once")
def retry_codes(http_rule: HTTPRouteRule) -> Violations:
    """The list is a set."""
    return repeated(http_rule.retry.codes, ".retry.codes") if http_rule.retry else ()


@rule("rule-name-unique", "give the rules different names, or none")
def rule_names(rules: Sequence[NamedRule]) -> Iterator[Violation]:
    """Policies refer to rules by name."""
    first: dict[str, int] = {}
    for index, each in enumerate(rules):
        if each.name and first.setdefault(each.name, index) != index:
            yield Violation(f"[{index}].name", f'"{each.name}" is also rule {first[each.name]}')


@rule("match-count", "split the route")
def match_count(rules: Sequence[HTTPRouteRule | GRPCRouteRule]) -> Violations:
    """A limit over all rules of a route."""
    count = sum(len(each.matches) for each in rules)
    return (
        (Violation("", f"have {count} matches, more than {_MATCHES}"),) if count > _MATCHES else ()
    )


PATH_RULES = (path_absolute, path_sequence, path_characters)
MATCH_RULES = (match_unique,)
RULE_RULES = (redirect_with_backends, prefix_replacement, timeout_order, retry_codes)
RULE_NAME_RULES = (rule_names,)
MATCH_COUNT_RULES = (match_count,)
RULES = (*PATH_RULES, *MATCH_RULES, *RULE_RULES, *RULE_NAME_RULES, *MATCH_COUNT_RULES)


def check_http_route(route: HTTPRoute, version: str, report: Report) -> None:
    """Every rule of an HTTPRoute; both versions have the same."""
    check_parents(route.spec, report)
    report.apply(MATCH_COUNT_RULES, route.spec.rules, "spec.rules")
    report.apply(RULE_NAME_RULES, route.spec.rules, "spec.rules")
    for index, each in enumerate(route.spec.rules):
        _check_rule(each, f"spec.rules[{index}]", report)


def _check_rule(http_rule: HTTPRouteRule, path: str, report: Report) -> None:
    report.apply(RULE_RULES, http_rule, path)
    for index, match in enumerate(http_rule.matches):
        place = f"{path}.matches[{index}]"
        report.apply(PATH_RULES, match.path, f"{place}.path")
        if match.headers or match.query_params:
            report.apply(MATCH_RULES, match, place)
    check_filters(http_rule.filters, f"{path}.filters", report)
    for index, backend in enumerate(http_rule.backend_refs):
        place = f"{path}.backendRefs[{index}]"
        report.apply(BACKEND_RULES, backend, place)
        check_filters(backend.filters, f"{place}.filters", report)
    check_session(http_rule.session_persistence, path, report)


def _prefix_replacements(filters: Iterable[HTTPRouteFilter], path: str) -> Iterator[str]:
    for index, filter_ in enumerate(filters):
        redirect, rewrite = filter_.request_redirect, filter_.url_rewrite
        if redirect is not None and _replaces_prefix(redirect.path):
            yield f"{path}[{index}].requestRedirect.path"
        if rewrite is not None and _replaces_prefix(rewrite.path):
            yield f"{path}[{index}].urlRewrite.path"


def _replaces_prefix(modifier: HTTPPathModifier | None) -> bool:
    return (
        modifier is not None
        and modifier.type == "ReplacePrefixMatch"
        and modifier.replace_prefix_match is not None
    )
