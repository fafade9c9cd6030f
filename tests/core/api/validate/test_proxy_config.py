"""Rules on ProxyConfig.

Each rule is broken by a document that breaks nothing else.
"""

import pytest

from portway.core import api
from tests.core.api.validate.documents import Case, broken, document

CASES: list[Case] = [
    ("proxy-config-bounds", "spec.autoscaling.maxReplicas", "ProxyConfig",
     "spec: {autoscaling: {minReplicas: 3, maxReplicas: 2}}"),
    ("proxy-config-daemon-set", "spec.replicas", "ProxyConfig",
     "spec: {kind: DaemonSet, replicas: 2}"),
    ("proxy-config-daemon-set", "spec.autoscaling", "ProxyConfig",
     "spec: {kind: DaemonSet, autoscaling: {maxReplicas: 2}}"),
    ("proxy-config-one-size", "spec.replicas", "ProxyConfig",
     "spec: {replicas: 2, autoscaling: {maxReplicas: 2}}"),
    ("proxy-config-families", "spec.service.ipFamilies", "ProxyConfig",
     "spec: {service: {ipFamilyPolicy: SingleStack, ipFamilies: [IPv4, IPv6]}}"),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "path", "kind", "overlay"), CASES)
def test_a_document_breaks_exactly_the_rule(rule: str, path: str, kind: str, overlay: str) -> None:
    assert broken(document(kind, overlay)) == [(rule, path)]


def test_bounds_that_are_equal_are_some() -> None:
    spec = "spec: {autoscaling: {minReplicas: 3, maxReplicas: 3}}"
    assert isinstance(api.decode(document("ProxyConfig", spec)), api.ProxyConfig)
