"""What is told of what is served."""

from portway.adapters.apiserver.http import discovery
from tests.adapters.apiserver.support import kind, store

STORE = store()
KINDS = list(STORE.kinds.values())
GATEWAY = "gateway.networking.k8s.io"


def test_groups_and_versions() -> None:
    groups = {each["name"]: each for each in discovery.group_list(KINDS)["groups"]}
    assert "" not in groups
    assert groups[GATEWAY]["preferredVersion"]["version"] == "v1"
    assert discovery.group(KINDS, GATEWAY) is not None
    assert discovery.group(KINDS, "no.such") is None
    assert discovery.group(KINDS, "") is None
    assert discovery.core_versions()["versions"] == ["v1"]


def test_resources_of_a_version() -> None:
    found = discovery.resource_list(KINDS, GATEWAY, "v1beta1")
    assert found is not None
    resources = {each["name"]: each for each in found["resources"]}
    assert resources["gateways"]["shortNames"] == ("gtw",)
    assert "watch" in resources["gateways"]["verbs"]
    assert "httproutes/status" in resources
    assert "tcproutes" not in resources
    assert discovery.resource_list(KINDS, GATEWAY, "v9") is None


def test_the_same_in_one_document() -> None:
    document = discovery.aggregated(KINDS, "v2", core=False)
    groups = {each["metadata"]["name"]: each for each in document["items"]}
    versions = [each["version"] for each in groups[GATEWAY]["versions"]]
    assert versions[0] == "v1"
    resources = {each["resource"]: each for each in groups[GATEWAY]["versions"][0]["resources"]}
    assert resources["httproutes"]["subresources"][0]["subresource"] == "status"
    assert resources["gatewayclasses"]["scope"] == "Cluster"
    core = discovery.aggregated(KINDS, "v2", core=True)
    assert len(core["items"]) == 1
    assert kind(STORE, "pods").plural in str(core)


def test_pods_have_a_log_that_can_be_read() -> None:
    found = discovery.resource_list(KINDS, "", "v1")
    assert found is not None
    verbs = {each["name"]: each["verbs"] for each in found["resources"]}
    assert verbs["pods/log"] == ("get",)
    assert not [name for name in verbs if name.endswith("/log") and name != "pods/log"]
    document = discovery.aggregated(KINDS, "v2", core=True)
    resources = {
        each["resource"]: each for each in document["items"][0]["versions"][0]["resources"]
    }
    subresources = [each["subresource"] for each in resources["pods"]["subresources"]]
    assert subresources == ["log", "status"]


def test_whoever_serves_it_may_be_a_controller() -> None:
    assert "controller" not in discovery.version()
    assert discovery.version("example.com/x") == {
        **discovery.VERSION,
        "controller": "example.com/x",
    }
