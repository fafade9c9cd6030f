"""Everything that is made for a pool that asks for a picker."""

from typing import Any

import pytest
from click.testing import CliRunner
from msgspec.structs import replace

from portway.app.cli import main
from portway.app.picker import process
from portway.core import api, infra
from tests.core.api.test_inference_pool import pool
from tests.core.infra.gateways import UID

DEFAULTS = infra.Defaults("portway:1", "xds:1", "portway.dev/gateway-controller", picker_role="r")


def made(name: str = "llama") -> dict[str, dict[str, Any]]:
    of = replace(pool(), metadata=api.ObjectMeta(name=name, namespace="apps"))
    return {each["kind"]: each for each in infra.picker(of, UID, DEFAULTS)}


def pod() -> Any:
    return made()["Deployment"]["spec"]["template"]


def test_all_belong_to_the_pool_and_are_marked_as_ours() -> None:
    found = made()
    assert found.keys() == {"ServiceAccount", "RoleBinding", "Service", "Deployment"}
    for kind, document in found.items():
        root = infra.PICKER_KINDS[kind]
        assert root.removeprefix("/apis/").removeprefix("/api/") == document["apiVersion"]
        metadata = document["metadata"]
        assert (metadata["name"], metadata["namespace"]) == ("llama-picker", "apps")
        assert metadata["labels"][infra.MANAGED_LABEL] == "portway.dev.gateway-controller"
        (owner,) = metadata["ownerReferences"]
        assert (owner["kind"], owner["name"], owner["uid"]) == ("InferencePool", "llama", UID)


def test_its_account_has_the_role_in_its_namespace_and_no_more() -> None:
    found = made()
    binding = found["RoleBinding"]
    assert (binding["roleRef"]["kind"], binding["roleRef"]["name"]) == ("ClusterRole", "r")
    (subject,) = binding["subjects"]
    account = found["ServiceAccount"]["metadata"]
    assert (subject["name"], subject["namespace"]) == (account["name"], account["namespace"])
    assert pod()["spec"]["serviceAccountName"] == account["name"]
    assert found["ServiceAccount"]["automountServiceAccountToken"] is False


def test_the_service_leads_to_its_pods() -> None:
    spec = made()["Service"]["spec"]
    assert spec["selector"].items() <= pod()["metadata"]["labels"].items()
    chosen = made()["Deployment"]["spec"]["selector"]["matchLabels"]
    assert chosen == pod()["metadata"]["labels"]
    (port,) = spec["ports"]
    numbers = {each["containerPort"] for each in pod()["spec"]["containers"][0]["ports"]}
    assert port["targetPort"] in numbers
    assert port["port"] == infra.PICKER_PORT
    assert made("other")["Service"]["spec"]["selector"] != spec["selector"]


def test_a_new_one_is_there_before_the_old_one_goes_and_that_one_has_time() -> None:
    spec = made()["Deployment"]["spec"]
    assert spec["strategy"]["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}
    (container,) = pod()["spec"]["containers"]
    words = container["args"]
    drained = int(words[words.index("--drain-time") + 1])
    heard = int(container["lifecycle"]["preStop"]["exec"]["command"][1])
    assert pod()["spec"]["terminationGracePeriodSeconds"] >= heard + drained + 5


def test_its_command_line_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever changes an option has to change it here."""
    seen: list[process.PickerSettings] = []

    def run(settings: process.PickerSettings) -> int:
        seen.append(settings)
        return 0

    monkeypatch.setattr(process, "run", run)
    (container,) = pod()["spec"]["containers"]
    result = CliRunner().invoke(main, container["args"])
    assert result.exit_code == 0, result.output
    (settings,) = seen
    assert settings.pools == {("apps", "llama"): f"[::]:{infra.PICKER_PORT}"}
    assert settings.probes == f"[::]:{container['readinessProbe']['httpGet']['port']}"
    # What it tells of requests is told on loopback alone.
    assert settings.questions.startswith("127.0.0.1:")


@pytest.mark.parametrize(
    ("of", "called"),
    [
        ("llama", "llama-picker"),
        ("l" * 56, "l" * 56 + "-picker"),
        ("l" * 57, "l" * 47 + "-56b68b84-picker"),
        ("llama.v3", "llama-v3-9aa27939-picker"),
        ("3-llama", "p-3-llama-bf6f1f63-picker"),
    ],
)
def test_a_name_is_that_of_a_service(of: str, called: str) -> None:
    assert infra.picker_name(of) == called
    assert len(called) <= 63
