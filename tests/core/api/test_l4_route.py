"""TLSRoute, TCPRoute and UDPRoute: a rule must send somewhere."""

from typing import Any

import pytest

from portway.core import api
from tests.core.api.decoding import decoded, fault

BACKENDS = {"backendRefs": [{"name": "s", "port": 1}]}
KINDS = (api.TLSRoute, api.TCPRoute, api.UDPRoute)


def spec(kind: type[api.Resource], **changes: Any) -> dict[str, Any]:
    hosts = {"hostnames": ["a.example.com"]} if kind is api.TLSRoute else {}
    return {**hosts, "rules": [BACKENDS], **changes}


@pytest.mark.parametrize("kind", KINDS)
def test_a_rule_has_a_backend_of_weight_one(kind: Any) -> None:
    (rule,) = decoded(kind, spec=spec(kind)).spec.rules
    assert [(each.kind, each.weight) for each in rule.backend_refs] == [("Service", 1)]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("rules", [[], [{}], [{"backendRefs": []}]])
def test_a_rule_without_a_backend_is_refused(kind: type[api.Resource], rules: list[Any]) -> None:
    assert fault(kind, spec=spec(kind, rules=rules))[1].startswith("spec.rules")


def test_host_names_of_tls_may_be_wildcards() -> None:
    found = decoded(api.TLSRoute, spec=spec(api.TLSRoute, hostnames=["*.example.com"]))
    assert found.spec.hostnames == ("*.example.com",)
