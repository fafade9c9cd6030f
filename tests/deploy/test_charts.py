"""What the charts become, and that it hangs together."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.deploy import charts

Documents = list[dict[str, Any]]
RENDERS = dict(charts.renders())


@pytest.fixture(scope="module")
def helm() -> Path:
    try:
        return charts.helm()
    except charts.NoHelm as error:
        pytest.skip(str(error))


@pytest.fixture(params=sorted(RENDERS))
def rendered(request: pytest.FixtureRequest) -> Documents:
    return RENDERS[request.param]


def test_helm_has_nothing_to_say_against_them(helm: Path) -> None:
    said = charts.lint(helm)
    assert said.count("0 chart(s) failed") == 3
    assert "[WARNING]" not in said


@pytest.mark.parametrize("case", charts.cases(), ids=lambda case: case.name)
def test_they_become_what_is_expected(helm: Path, case: Path) -> None:
    expected = (case / "expected.yaml").read_text()
    assert charts.rendered(helm, charts.chart_of(case), case / "values.yaml") == expected


def test_the_manifests_are_those_of_the_charts(helm: Path) -> None:
    assert charts.install(helm) == charts.INSTALL.read_text()


def test_the_manifests_were_made_of_these_charts() -> None:
    """Without Helm too."""
    assert f"whose digest is {charts.digest()};" in charts.INSTALL.read_text()


@pytest.mark.parametrize(
    "wrong",
    [
        "replica=3",
        "gatewayClass.name=Not_A_Name",
        "gateway.service.type=ExternalName",
        "gateway.service.ports[0].targetPort=80",
        "watchNamespaces[0]=a/b",
        "image.digest=latest",
        "networkPolicy.enabled=maybe",
    ],
)
def test_what_is_misspelt_is_an_error(helm: Path, wrong: str) -> None:
    with pytest.raises(subprocess.CalledProcessError) as caught:
        charts.rendered(helm, "portway", None, "--set", wrong)
    assert "don't meet the specifications of the schema" in caught.value.stderr


@pytest.mark.parametrize("chart", ["portway", charts.PICKER])
def test_every_value_has_a_type(chart: str) -> None:
    """The schema names every value of values.yaml, and no other."""
    schema = json.loads((charts.CHARTS / chart / "values.schema.json").read_text())
    values = yaml.safe_load((charts.CHARTS / chart / "values.yaml").read_text())
    assert _names(values, schema) == _typed(schema) - {"global"}


def _names(values: Any, schema: Any, above: str = "") -> set[str]:
    found = set()
    for name, value in values.items():
        found.add(f"{above}{name}")
        inner = schema["properties"].get(name, {})
        if "properties" in inner:
            found |= _names(value, inner, f"{above}{name}.") & _typed(inner, f"{above}{name}.")
    return found


def _typed(schema: Any, above: str = "") -> set[str]:
    # What is somebody else's type (Kubernetes' resources) is not all set.
    found = set()
    for name, inner in schema["properties"].items():
        if name != "claims":
            found.add(f"{above}{name}")
            found |= _typed(inner, f"{above}{name}.") if "properties" in inner else set()
    return found


# -- that it hangs together ----------------------------------------------------------------


def pod(rendered: Documents) -> Any:
    (deployment,) = charts.of_kind(rendered, "Deployment")
    assert deployment["spec"]["selector"]["matchLabels"].items() <= (
        deployment["spec"]["template"]["metadata"]["labels"].items()
    )
    return deployment["spec"]["template"]


def test_every_selector_finds_the_pods(rendered: Documents) -> None:
    labels = pod(rendered)["metadata"]["labels"].items()
    for service in charts.of_kind(rendered, "Service"):
        assert service["spec"]["selector"].items() <= labels
    for kind, field in (("PodDisruptionBudget", "selector"), ("NetworkPolicy", "podSelector")):
        for each in charts.of_kind(rendered, kind):
            assert each["spec"][field]["matchLabels"].items() <= labels


def test_every_port_by_name_is_one_of_the_pod(rendered: Documents) -> None:
    container = pod(rendered)["spec"]["containers"][0]
    names = {each["name"] for each in container["ports"]}
    targets = [
        each["targetPort"]
        for service in charts.of_kind(rendered, "Service")
        for each in service["spec"]["ports"]
    ]
    probes = [container[f"{each}Probe"]["httpGet"]["port"] for each in ("startup", "readiness")]
    assert {each for each in [*targets, *probes] if isinstance(each, str)} <= names


def test_every_role_that_is_bound_exists_and_is_bound_to_the_pods(rendered: Documents) -> None:
    account = pod(rendered)["spec"]["serviceAccountName"]
    accounts = charts.of_kind(rendered, "ServiceAccount")
    assert [each["metadata"]["name"] for each in accounts] == [account]
    roles = {
        (each["kind"], each["metadata"].get("namespace"), each["metadata"]["name"])
        for kind in ("Role", "ClusterRole")
        for each in charts.of_kind(rendered, kind)
    }
    bindings = charts.of_kind(rendered, "RoleBinding") + charts.of_kind(
        rendered, "ClusterRoleBinding"
    )
    for each in bindings:
        ref, place = each["roleRef"], each["metadata"].get("namespace")
        assert (ref["kind"], place if ref["kind"] == "Role" else None, ref["name"]) in roles
        (subject,) = each["subjects"]
        assert (subject["name"], subject["namespace"]) == (account, charts.NAMESPACE)


def test_what_monitors_finds_one_service(rendered: Documents) -> None:
    for monitor in charts.of_kind(rendered, "ServiceMonitor"):
        wanted = monitor["spec"]["selector"]["matchLabels"].items()
        services = charts.of_kind(rendered, "Service")
        (found,) = [each for each in services if wanted <= each["metadata"]["labels"].items()]
        (endpoint,) = monitor["spec"]["endpoints"]
        assert endpoint["port"] in {each["name"] for each in found["spec"]["ports"]}


def test_nothing_is_there_twice(rendered: Documents) -> None:
    keys = [
        (each["kind"], each["metadata"].get("namespace"), each["metadata"]["name"])
        for each in rendered
    ]
    assert len(set(keys)) == len(keys)


def test_every_rule_says_what_it_is_for() -> None:
    """In a comment above it, or above the rules of other groups that it goes on from."""
    text = (charts.CHARTS / "portway" / "templates" / "_rules.tpl").read_text().splitlines()
    rules = [number for number, line in enumerate(text) if line.startswith("- apiGroups:")]
    told = [number for number in rules if text[number - 1].startswith("# ")]
    assert len(told) >= 15
    for number in set(rules) - set(told):
        assert not text[number - 1].startswith("{{"), text[number]
