"""Rules on GRPCRoute.

Knows how the fields of a rule limit each other. Must not know how a method becomes a path.
"""

import re

from portway.core.api.grpc_route import GRPCMethodMatch, GRPCRoute, GRPCRouteMatch, GRPCRouteRule
from portway.core.api.validate.filters import FILTER_LIST_RULES, check_filter, check_session
from portway.core.api.validate.http_route import MATCH_COUNT_RULES, RULE_NAME_RULES
from portway.core.api.validate.reference import BACKEND_RULES, check_parents
from portway.core.api.validate.rule import Report, Violation, Violations, repeated, rule

_SERVICE = re.compile(r"\.?[A-Za-z_][A-Za-z_0-9]*(?:\.[A-Za-z_][A-Za-z_0-9]*)*")
_METHOD = re.compile(r"[A-Za-z_][A-Za-z_0-9]*")


@rule("grpc-method-empty", "add service, method or both, or remove the method match")
def method_empty(match: GRPCMethodMatch) -> Violations:
    """A method match must match something."""
    if match.service is None and match.method is None:
        return (Violation("", "has neither service nor method"),)
    return ()


@rule("grpc-service-characters", "write the full name of the service, as in package.Service")
def service_characters(match: GRPCMethodMatch) -> Violations:
    """An exact service is a Protocol Buffers name."""
    if match.type != "Exact" or match.service is None or _SERVICE.fullmatch(match.service):
        return ()
    return (Violation(".service", "is not the name of a service"),)


@rule("grpc-method-characters", "write the name of the method without its service")
def method_characters(match: GRPCMethodMatch) -> Violations:
    """An exact method is a Protocol Buffers identifier."""
    if match.type != "Exact" or match.method is None or _METHOD.fullmatch(match.method):
        return ()
    return (Violation(".method", "is not the name of a method"),)


@rule("grpc-match-unique", "write each name once; a regular expression can hold alternatives")
def match_unique(match: GRPCRouteMatch) -> Violations:
    """The list is keyed by name."""
    return repeated([each.name for each in match.headers], ".headers", ".name")


METHOD_RULES = (method_empty, service_characters, method_characters)
MATCH_RULES = (match_unique,)
RULES = (*METHOD_RULES, *MATCH_RULES)


def check_grpc_route(route: GRPCRoute, version: str, report: Report) -> None:
    """Every rule of a GRPCRoute; both versions have the same."""
    check_parents(route.spec, report)
    report.apply(MATCH_COUNT_RULES, route.spec.rules, "spec.rules")
    report.apply(RULE_NAME_RULES, route.spec.rules, "spec.rules")
    for index, each in enumerate(route.spec.rules):
        _check_rule(each, f"spec.rules[{index}]", report)


def _check_rule(grpc_rule: GRPCRouteRule, path: str, report: Report) -> None:
    for index, match in enumerate(grpc_rule.matches):
        place = f"{path}.matches[{index}]"
        report.apply(MATCH_RULES, match, place)
        if match.method is not None:
            report.apply(METHOD_RULES, match.method, f"{place}.method")
    _check_filters(grpc_rule, path, report)
    for index, backend in enumerate(grpc_rule.backend_refs):
        place = f"{path}.backendRefs[{index}]"
        report.apply(BACKEND_RULES, backend, place)
        report.apply(FILTER_LIST_RULES, backend.filters, f"{place}.filters")
        for number, filter_ in enumerate(backend.filters):
            check_filter(filter_, f"{place}.filters[{number}]", report)
    check_session(grpc_rule.session_persistence, path, report)


def _check_filters(grpc_rule: GRPCRouteRule, path: str, report: Report) -> None:
    report.apply(FILTER_LIST_RULES, grpc_rule.filters, f"{path}.filters")
    for index, filter_ in enumerate(grpc_rule.filters):
        check_filter(filter_, f"{path}.filters[{index}]", report)
