"""Pods pass the Pod Security Standard "restricted" (Kubernetes: "Pod Security Standards")."""

from collections.abc import Iterator
from copy import copy
from typing import Any

import pytest

from tests.deploy import charts

_VOLUMES = {
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "persistentVolumeClaim",
    "projected",
    "secret",
}


def against(spec: dict[str, Any]) -> Iterator[str]:
    """What the standard has against a pod."""
    pod = spec.get("securityContext", {})
    for field in ("hostNetwork", "hostPID", "hostIPC"):
        if spec.get(field):
            yield field
    for volume in spec.get("volumes", ()):
        if volume.keys() - {"name"} - _VOLUMES:
            yield f"volume {volume['name']}"
    if pod.get("sysctls"):
        yield "sysctls"
    for each in [*spec.get("initContainers", ()), *spec["containers"]]:
        yield from _against_container(each, pod)


def _against_container(container: dict[str, Any], pod: dict[str, Any]) -> Iterator[str]:
    own = container.get("securityContext", {})
    capabilities = own.get("capabilities", {})
    if own.get("privileged"):
        yield "privileged"
    if own.get("allowPrivilegeEscalation") is not False:
        yield "allowPrivilegeEscalation"
    if own.get("runAsNonRoot", pod.get("runAsNonRoot")) is not True:
        yield "runAsNonRoot"
    if 0 in (own.get("runAsUser"), pod.get("runAsUser")):
        yield "runAsUser"
    profile = own.get("seccompProfile", pod.get("seccompProfile", {}))
    if profile.get("type") not in ("RuntimeDefault", "Localhost"):
        yield "seccompProfile"
    if "ALL" not in capabilities.get("drop", ()):
        yield "capabilities.drop"
    if set(capabilities.get("add", ())) - {"NET_BIND_SERVICE"}:
        yield "capabilities.add"
    if any(port.get("hostPort") for port in container.get("ports", ())):
        yield "hostPort"


def pod_of(name: str) -> dict[str, Any]:
    (deployment,) = charts.of_kind(dict(charts.renders())[name], "Deployment")
    spec: dict[str, Any] = deployment["spec"]["template"]["spec"]
    return spec


@pytest.mark.parametrize("name", [name for name, _ in charts.renders()])
def test_the_pods_pass(name: str) -> None:
    assert list(against(pod_of(name))) == []


@pytest.mark.parametrize("name", [name for name, _ in charts.renders()])
def test_nothing_is_written_but_where_a_volume_is(name: str) -> None:
    """More than the standard asks for."""
    spec = pod_of(name)
    (container,) = spec["containers"]
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    mounted = {each["mountPath"] for each in container["volumeMounts"]}
    assert mounted == {"/run/portway", "/tmp"}
    # Certificates' keys are kept there for as long as the pod lives.
    (run,) = [each for each in spec["volumes"] if each["name"] == "run"]
    assert run["emptyDir"]["medium"] == "Memory"


def test_the_check_sees_what_is_wrong() -> None:
    good = pod_of("install")
    assert list(against({**good, "hostNetwork": True})) == ["hostNetwork"]
    assert list(against({**good, "volumes": [{"name": "v", "hostPath": {"path": "/"}}]})) == [
        "volume v"
    ]
    assert set(against({**good, "securityContext": {}})) == {"runAsNonRoot", "seccompProfile"}
    container = copy(good["containers"][0])
    container["securityContext"] = {"privileged": True, "runAsUser": 0}
    assert set(against({**good, "containers": [container]})) == {
        "privileged",
        "allowPrivilegeEscalation",
        "runAsUser",
        "capabilities.drop",
    }


def test_the_namespace_of_the_manifests_asks_for_it() -> None:
    (namespace,) = charts.of_kind(dict(charts.renders())["install"], "Namespace")
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
