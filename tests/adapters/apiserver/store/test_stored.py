"""Objects as they are kept."""

import msgspec

from portway.adapters.apiserver.store.stored import Stored

DOCUMENT = {
    "apiVersion": "gateway.networking.k8s.io/v1",
    "kind": "HTTPRoute",
    "metadata": {"name": "a", "namespace": "n", "uid": "u"},
}


def test_another_version_is_spliced_in() -> None:
    stored = Stored(DOCUMENT, 3)
    other = "gateway.networking.k8s.io/v1beta1"
    assert msgspec.json.decode(stored.json(other)) == {**DOCUMENT, "apiVersion": other}
    assert stored.view(other) == {**DOCUMENT, "apiVersion": other}
    assert stored.json(DOCUMENT["apiVersion"]) is stored.body  # type: ignore[arg-type]
    assert stored.view(DOCUMENT["apiVersion"]) is DOCUMENT  # type: ignore[arg-type]


def test_its_place() -> None:
    stored = Stored(DOCUMENT, 3)
    assert (stored.name, stored.namespace, stored.uid) == ("a", "n", "u")
    assert Stored({"metadata": {"name": "a"}}, 1).namespace == ""
