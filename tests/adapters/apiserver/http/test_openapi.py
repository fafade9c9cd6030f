"""OpenAPI 3 documents."""

from portway.adapters.apiserver.http import openapi
from tests.adapters.apiserver.support import crd, kind, options, store


def test_the_index_changes_with_what_is_served() -> None:
    objects = store()
    before = openapi.index(objects.kinds.values())["paths"]
    assert before["api/v1"]["serverRelativeURL"].startswith("/openapi/v3/api/v1?hash=")
    crds = kind(objects, "customresourcedefinitions")
    objects.create(crds, "", crd(), options(crds))
    after = openapi.index(objects.kinds.values())["paths"]
    assert set(after) - set(before) == {"apis/example.com/v1"}
    assert after["api/v1"] == before["api/v1"]


def test_schemas_and_operations_name_their_kind() -> None:
    kinds = list(store().kinds.values())
    document = openapi.document(kinds, "gateway.networking.k8s.io", "v1")
    assert document is not None
    schema = document["components"]["schemas"]["io.k8s.networking.gateway.v1.HTTPRoute"]
    wanted = {"group": "gateway.networking.k8s.io", "version": "v1", "kind": "HTTPRoute"}
    assert schema["x-kubernetes-group-version-kind"] == [wanted]
    path = "/apis/gateway.networking.k8s.io/v1/namespaces/{namespace}/httproutes/{name}"
    patch = document["paths"][path]["patch"]
    assert patch["x-kubernetes-group-version-kind"] == wanted
    names = [each["name"] for each in patch["parameters"]]
    assert names == ["dryRun", "fieldManager", "fieldValidation", "force"]
    assert f"{path}/status" in document["paths"]
    assert openapi.document(kinds, "no.such", "v1") is None
