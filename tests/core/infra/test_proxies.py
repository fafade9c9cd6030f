"""Everything that is made for a Gateway in a cluster."""

from typing import Any

from portway.core import infra
from tests.core.infra.gateways import DEFAULTS, PORTS, UID, config, spec


def made(**fields: Any) -> dict[str, dict[str, Any]]:
    found = infra.proxies(spec(), UID, PORTS, config(**fields), DEFAULTS)
    return {each["kind"]: each for each in found}


def test_each_is_there_once_and_of_a_kind_that_is_known() -> None:
    usual = {"ServiceAccount", "Service", "PodDisruptionBudget"}
    assert made().keys() == usual | {"Deployment"}
    assert made(kind="DaemonSet").keys() == {"ServiceAccount", "Service", "DaemonSet"}
    scaled = made(autoscaling={"maxReplicas": 3})
    assert scaled.keys() == usual | {"Deployment", "HorizontalPodAutoscaler"}
    for each in (made(), made(kind="DaemonSet"), scaled):
        for kind, document in each.items():
            root = infra.KINDS[kind]
            assert root.removeprefix("/apis/").removeprefix("/api/") == document["apiVersion"]


def test_all_are_marked_as_ours_and_pods_are_found_without_that() -> None:
    for document in made().values():
        mark = document["metadata"]["labels"][infra.MANAGED_LABEL]
        assert mark == "portway.dev.gateway-controller"
    template = made()["Deployment"]["spec"]["template"]
    assert infra.MANAGED_LABEL not in template["metadata"]["labels"]


def test_the_account_may_do_nothing() -> None:
    assert made()["ServiceAccount"]["automountServiceAccountToken"] is False


def test_a_gateway_that_is_served_nowhere_has_nothing() -> None:
    assert infra.proxies(spec(), UID, (), config(), DEFAULTS) == ()
