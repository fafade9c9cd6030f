"""The Pod of a proxy: what it runs, and how little it may do."""

from typing import Any

import pytest
from click.testing import CliRunner

from portway.app import proxy
from portway.app.cli import main
from portway.core.infra.pod import template
from tests.core.infra.gateways import DEFAULTS, LABELS, PORTS, UID, config, spec


def pod(gateway: Any = None, **fields: Any) -> dict[str, Any]:
    return template(gateway or spec(), UID, PORTS, config(**fields), DEFAULTS)


def container(**fields: Any) -> dict[str, Any]:
    (found,) = pod(**fields)["spec"]["containers"]
    assert isinstance(found, dict)
    return found


def test_it_passes_pod_security_restricted() -> None:
    """Kubernetes' Pod Security Standards, profile `restricted`."""
    whole = pod()["spec"]
    inner = container()["securityContext"]
    assert whole["securityContext"]["runAsNonRoot"]
    assert whole["securityContext"]["runAsUser"] > 0
    assert whole["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert inner["allowPrivilegeEscalation"] is False
    assert inner["capabilities"] == {"drop": ["ALL"]}
    assert inner["readOnlyRootFilesystem"]
    assert not {"hostNetwork", "hostPID", "hostIPC"} & whole.keys()
    assert {next(iter(set(each) - {"name"})) for each in whole["volumes"]} == {"secret", "emptyDir"}
    assert not any("hostPort" in each for each in container()["ports"])
    assert whole["automountServiceAccountToken"] is False


def test_its_command_line_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever changes an option has to change it here."""
    seen: list[proxy.ProxySettings] = []

    def run(settings: proxy.ProxySettings) -> int:
        seen.append(settings)
        return 0

    monkeypatch.setattr(proxy, "run", run)
    flags = ["--log-level=info", "--skip-deprecated-logs"]
    asked = {"concurrency": 3, "delaySeconds": 7, "drainSeconds": 9, "envoyFlags": flags}
    arguments = container(**asked)["args"]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0, result.output
    (settings,) = seen
    assert settings.gateway == "shop/web"
    assert settings.xds == ("portway-xds.gw.svc", 18000)
    assert (settings.workers, settings.delay_seconds, settings.drain_seconds) == (3, 7, 9)
    assert settings.flags == tuple(flags)
    mounts = {each["name"]: each["mountPath"] for each in container()["volumeMounts"]}
    assert str(settings.credentials) == mounts["xds"]
    assert str(settings.snapshot) == mounts["snapshot"]
    assert str(settings.run_dir).startswith(mounts["run"])
    probe = container()["readinessProbe"]["httpGet"]
    assert settings.probes.endswith(f":{probe['port']}")


def test_what_it_begins_with_need_not_be_there_and_nobody_else_reads_it() -> None:
    volumes = {each["name"]: each for each in pod()["spec"]["volumes"]}
    found = volumes["snapshot"]["secret"]
    assert found == {
        "secretName": "web-portway-snapshot",
        "defaultMode": 0o440,
        "optional": True,
    }
    mounts = {each["name"]: each for each in container()["volumeMounts"]}
    assert mounts["snapshot"]["readOnly"]


def test_it_is_killed_only_after_all_its_times() -> None:
    assert pod()["spec"]["terminationGracePeriodSeconds"] > 5 + 30
    long = pod(delaySeconds=0, drainSeconds=300)["spec"]
    assert long["terminationGracePeriodSeconds"] > 300


def test_a_new_listener_replaces_no_proxy() -> None:
    assert [each["name"] for each in container()["ports"]] == ["probes"]


def test_on_each_node_it_is_reached_by_the_ports_that_were_asked_for() -> None:
    ports = {each["name"]: each for each in container(kind="DaemonSet")["ports"]}
    assert (ports["tcp-80"]["hostPort"], ports["tcp-80"]["containerPort"]) == (80, 10080)
    assert (ports["udp-53"]["hostPort"], ports["udp-53"]["protocol"]) == (53, "UDP")
    assert "hostPort" not in ports["probes"]


def test_labels_and_annotations_that_are_asked_for_are_on_it() -> None:
    asked = {"labels": {"team": "a"}, "annotations": {"note": "b"}}
    own = pod(spec(infrastructure=asked))["metadata"]
    assert own == {"labels": {"team": "a", **LABELS}, "annotations": {"note": "b"}}


def test_it_goes_where_it_is_told() -> None:
    found = pod(
        nodeSelector={"disk": "ssd"},
        affinity={"nodeAffinity": {"x": 1}},
        tolerations=[{"key": "edge", "operator": "Exists"}],
        topologySpreadConstraints=[{"topologyKey": "zone"}],
    )["spec"]
    assert found["nodeSelector"] == {"disk": "ssd"}
    assert found["affinity"] == {"nodeAffinity": {"x": 1}}
    assert found["tolerations"] == [{"key": "edge", "operator": "Exists"}]
    (spread,) = found["topologySpreadConstraints"]
    assert spread == {
        "maxSkew": 1,
        "topologyKey": "zone",
        "whenUnsatisfiable": "ScheduleAnyway",
        "labelSelector": {"matchLabels": LABELS},
    }
    assert not {"nodeSelector", "affinity", "tolerations"} & pod()["spec"].keys()


def test_image_and_resources() -> None:
    assert container()["image"] == "portway:1"
    asked = {"requests": {"cpu": "1"}, "limits": {"memory": "1Gi"}}
    found = container(image="mine:2", resources=asked)
    assert (found["image"], found["resources"]) == ("mine:2", asked)


def test_probes_are_as_they_are_asked_for_field_by_field() -> None:
    plain = container()
    assert plain["livenessProbe"] == {
        "httpGet": {"path": "/healthz", "port": 18001},
        "periodSeconds": 10,
        "failureThreshold": 3,
        "timeoutSeconds": 2,
    }
    assert "startupProbe" not in plain
    asked = {"readiness": {"periodSeconds": 1, "initialDelaySeconds": 4}, "startup": {}}
    found = container(probes=asked)
    assert found["livenessProbe"] == plain["livenessProbe"]
    assert found["readinessProbe"] == {
        **plain["readinessProbe"],
        "periodSeconds": 1,
        "initialDelaySeconds": 4,
    }
    assert found["startupProbe"]["failureThreshold"] == 30
    assert found["startupProbe"]["httpGet"]["path"] == "/healthz"
