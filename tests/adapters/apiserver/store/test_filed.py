"""An object of a file, as the API shows it."""

from typing import Any

import msgspec

from portway.adapters.apiserver.kinds.builtin import builtin_kinds
from portway.adapters.apiserver.store.filed import Filed, Filing
from portway.core import api

KINDS = {kind.kind: kind for kind in builtin_kinds() if kind.typed}
META = {"name": "app", "namespace": "shop", "uid": "u", "creationTimestamp": "2026-01-01T00:00:00Z"}


def filed(document: dict[str, Any], said: dict[str, Any] | None = None) -> Filed:
    resource = api.decode({**document, "metadata": {**META, **document.get("metadata", {})}})
    return Filed(Filing(KINDS[resource.kind], lambda *_: said), resource, 7)


ROUTE: dict[str, Any] = {
    "apiVersion": "gateway.networking.k8s.io/v1",
    "kind": "HTTPRoute",
    "metadata": {"resourceVersion": "3", "generation": 2, "labels": {"a": "b"}},
    "spec": {"rules": [{"backendRefs": [{"name": "web", "port": 80}]}]},
}


def test_a_reader_cannot_tell_that_it_is_in_a_file_but_by_its_manager() -> None:
    found = filed(ROUTE).document
    assert list(found) == ["apiVersion", "kind", "metadata", "spec"]
    (entry,) = found["metadata"].pop("managedFields")
    assert found["metadata"] == {**META, **ROUTE["metadata"], "resourceVersion": "7"}
    (ref,) = found["spec"]["rules"][0]["backendRefs"]
    assert ref == {"name": "web", "port": 80, "group": "", "kind": "Service", "weight": 1}
    assert (entry["manager"], entry["operation"]) == ("folder", "Apply")
    assert entry["fieldsV1"]["f:metadata"] == {"f:labels": {".": {}, "f:a": {}}}
    assert "f:rules" in entry["fieldsV1"]["f:spec"]


def test_the_status_is_the_one_of_now_and_nobodys_field() -> None:
    said: dict[str, Any] = {"parents": [{"parentRef": {"name": "g"}, "controllerName": "a/b"}]}
    one = filed(ROUTE, said)
    before = one.document["status"]["parents"]
    assert before[0]["parentRef"]["kind"] == "Gateway"
    said["parents"] = []
    assert one.document["status"]["parents"] == []
    assert "f:status" not in one.document["metadata"]["managedFields"][0]["fieldsV1"]


def test_other_versions_and_bytes() -> None:
    one = filed(ROUTE)
    older = msgspec.json.decode(one.json("gateway.networking.k8s.io/v1beta1"))
    assert older == {**one.document, "apiVersion": "gateway.networking.k8s.io/v1beta1"}
    assert one.body == one.json("gateway.networking.k8s.io/v1")
    assert (one.name, one.namespace, one.uid) == ("app", "shop", "u")


def test_kinds_without_generation_and_what_the_server_adds() -> None:
    port = {"port": 80}
    found = filed(
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"generation": 1},
            "spec": {"ports": [port]},
        },
        {"never": "shown"},
    ).document
    assert "generation" not in found["metadata"]
    assert found["spec"]["ports"][0]["targetPort"] == 80
