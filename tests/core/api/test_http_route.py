"""The defaults of an HTTPRoute are those of the CRD."""

from typing import Any

from portway.core import api


def _spec(spec: dict[str, Any]) -> api.HTTPRouteSpec:
    route = api.decode(
        {
            "apiVersion": "gateway.networking.k8s.io/v1",
            "kind": "HTTPRoute",
            "metadata": {"name": "x"},
            "spec": spec,
        }
    )
    assert isinstance(route, api.HTTPRoute)
    return route.spec


def test_no_rules_is_one_rule_for_every_path() -> None:
    (rule,) = _spec({}).rules
    assert rule == _spec({"rules": [{}]}).rules[0]
    assert rule.matches == (api.HTTPRouteMatch(path=api.HTTPPathMatch()),)
    assert (rule.matches[0].path.type, rule.matches[0].path.value) == ("PathPrefix", "/")


def test_references_filters_and_weights_have_defaults() -> None:
    spec = _spec(
        {
            "parentRefs": [{"name": "edge"}],
            "rules": [
                {
                    "matches": [{"headers": [{"name": "a", "value": "b"}]}],
                    "filters": [
                        {"type": "CORS", "cors": {}},
                        {"type": "RequestMirror",
                         "requestMirror": {"backendRef": {"name": "b", "port": 1},
                                           "fraction": {"numerator": 1}}},
                    ],
                    "backendRefs": [{"name": "b", "port": 1}],
                },
                {"filters": [{"type": "RequestRedirect", "requestRedirect": {}}]},
            ],
        }
    )  # fmt: skip
    (parent,), (first, second) = spec.parent_refs, spec.rules
    assert (parent.group, parent.kind) == ("gateway.networking.k8s.io", "Gateway")
    assert first.matches[0].headers[0].type == "Exact"
    assert first.filters[0].cors == api.HTTPCORSFilter(max_age=5, allow_credentials=False)
    assert first.filters[1].request_mirror is not None
    assert first.filters[1].request_mirror.fraction == api.Fraction(numerator=1, denominator=100)
    backend = first.backend_refs[0]
    assert (backend.group, backend.kind, backend.weight) == ("", "Service", 1)
    assert second.filters[0].request_redirect is not None
    assert second.filters[0].request_redirect.status_code == 302
