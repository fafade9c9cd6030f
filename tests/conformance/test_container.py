"""What a container is given."""

import base64
from typing import Any

import pytest

from tests.conformance.harness.container import Container, Missing, Unsupported, containers_of
from tests.conformance.manifests import Document, pod

SECRET: Document = {
    "kind": "Secret",
    "data": {"tls.crt": base64.b64encode(b"certificate").decode()},
}
CONFIG: Document = {"kind": "ConfigMap", "data": {"Corefile": ".:53"}}
OBJECTS = {("Secret", "infra", "pair"): SECRET, ("ConfigMap", "infra", "conf"): CONFIG}


def made(volume: Document | None = None, **spec: Any) -> Container:
    """The container of a Pod."""
    given = pod()
    given["spec"]["containers"][0].update(spec)
    if volume is not None:
        given["spec"]["containers"][0]["volumeMounts"] = [{"name": "v", "mountPath": "/etc/v/"}]
        given["spec"]["volumes"] = [{"name": "v", **volume}]
    (found,) = containers_of(given, "10.244.0.9", lambda *key: OBJECTS.get(key))
    return found


def test_the_environment() -> None:
    fields = {"POD": "metadata.name", "SPACE": "metadata.namespace", "IP": "status.podIP"}
    sources = [
        {"name": name, "valueFrom": {"fieldRef": {"fieldPath": path}}}
        for name, path in fields.items()
    ]
    found = made(env=[*sources, {"name": "PLAIN", "value": "1"}, {"name": "EMPTY"}])
    assert found.environment == {
        "POD": "web-1-a",
        "SPACE": "infra",
        "IP": "10.244.0.9",
        "PLAIN": "1",
        "EMPTY": "",
    }


def test_mounted_files() -> None:
    items = [{"key": "tls.crt", "path": "crt"}]
    found = made({"secret": {"secretName": "pair", "items": items}})
    assert found.files == {"/etc/v/crt": b"certificate"}
    assert made({"configMap": {"name": "conf"}}).files == {"/etc/v/Corefile": b".:53"}


@pytest.mark.parametrize(
    ("volume", "said"),
    [
        ({"secret": {"secretName": "no"}}, 'secret "no" not found'),
        ({"configMap": {"name": "no"}}, 'configmap "no" not found'),
        (
            {"secret": {"secretName": "pair", "items": [{"key": "ca.crt", "path": "ca"}]}},
            'secret "pair" has no key ca.crt',
        ),
    ],
)
def test_it_waits_for_what_it_mounts(volume: Document, said: str) -> None:
    with pytest.raises(Missing, match=said):
        made(volume)


def test_what_this_node_has_not() -> None:
    with pytest.raises(Unsupported, match="only secret and configMap"):
        made({"hostPath": {"path": "/"}})
    with pytest.raises(Unsupported, match="env X"):
        made(env=[{"name": "X", "valueFrom": {"secretKeyRef": {"name": "pair"}}}])


def test_several_containers() -> None:
    two = pod()
    two["spec"]["containers"].append({"name": "beside", "image": "other"})
    found = containers_of(two, "", lambda *_: None)
    assert [(each.name, each.image) for each in found] == [
        ("web", "echo-basic"),
        ("beside", "other"),
    ]
