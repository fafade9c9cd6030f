"""How many proxies there are, and how they are replaced."""

from typing import Any

from portway.core.infra.workload import autoscaler, disruption_budget, workload
from tests.core.infra.gateways import DEFAULTS, LABELS, UID, config, spec


def made(**fields: Any) -> dict[str, Any]:
    return workload(spec(), UID, {"metadata": {}}, config(**fields), DEFAULTS)


def test_a_deployment_replaces_none_before_the_next_is_ready() -> None:
    found = made()
    assert found["kind"] == "Deployment"
    assert found["spec"]["replicas"] == 2
    assert found["spec"]["selector"] == {"matchLabels": LABELS}
    assert found["spec"]["strategy"]["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}


def test_nobody_fights_with_an_autoscaler() -> None:
    assert "replicas" not in made(autoscaling={"maxReplicas": 9})["spec"]
    scaler = autoscaler(spec(), UID, config(autoscaling={"maxReplicas": 9}))
    assert scaler is not None
    assert scaler["spec"]["scaleTargetRef"]["name"] == "web-portway"
    assert (scaler["spec"]["minReplicas"], scaler["spec"]["maxReplicas"]) == (2, 9)
    assert autoscaler(spec(), UID, config()) is None


def test_a_daemon_set_has_one_for_each_node() -> None:
    found = made(kind="DaemonSet")
    assert found["kind"] == "DaemonSet"
    assert "replicas" not in found["spec"]
    assert found["spec"]["updateStrategy"]["rollingUpdate"] == {"maxSurge": 0, "maxUnavailable": 1}


def test_a_budget_protects_several_and_does_not_nail_down_one() -> None:
    def budget(**fields: Any) -> bool:
        return disruption_budget(spec(), UID, config(**fields), DEFAULTS) is not None

    assert budget()
    assert budget(autoscaling={"maxReplicas": 9})
    assert not budget(replicas=1)
    assert not budget(autoscaling={"minReplicas": 1, "maxReplicas": 9})
    assert not budget(kind="DaemonSet")
