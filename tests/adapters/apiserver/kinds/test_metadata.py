"""The schema of metadata."""

from portway.adapters.apiserver.kinds.metadata import OBJECT_META, complete


def test_lists_of_metadata_merge() -> None:
    properties = OBJECT_META["properties"]
    assert properties["finalizers"]["x-kubernetes-list-type"] == "set"
    assert properties["ownerReferences"]["x-kubernetes-list-map-keys"] == ["uid"]


def test_a_whole_object_has_type_metadata_and_status() -> None:
    schema = complete({"properties": {"spec": {"type": "object"}}}, {"type": "object"})
    assert set(schema["properties"]) == {"apiVersion", "kind", "metadata", "spec", "status"}
    assert "status" not in complete({})["properties"]
