"""Finding an object, and the ones a user may have meant."""

from portway.core import api, model
from portway.core.analyze.inventory import Inventory, key
from tests.core import site


def resources() -> list[api.Resource]:
    events = [site.route("b"), site.route("a"), site.service("frontend"), site.gateway()]
    found = [each.object for each in events if each.object is not None]
    tcp = {
        "apiVersion": site.GATEWAY_API,
        "kind": "TCPRoute",
        "metadata": {"name": "frontend", "namespace": "other"},
        "spec": {"rules": [{"backendRefs": [{"name": "a", "port": 1}]}]},
    }
    return [*found, api.decode(tcp)]


INVENTORY = Inventory(resources())


def named(kind: str, name: str, namespace: str = "default") -> model.ObjectKey:
    return model.ObjectKey(kind, namespace, name)


def test_objects_of_a_kind_are_sorted() -> None:
    assert [each.name for each in INVENTORY.of(api.HTTPRoute)] == ["a", "b"]
    assert INVENTORY.of(api.Secret) == ()


def test_routes_are_of_any_kind() -> None:
    assert [str(key(each)) for each in INVENTORY.routes()] == [
        "HTTPRoute default/a",
        "HTTPRoute default/b",
        "TCPRoute other/frontend",
    ]


def test_one_object() -> None:
    assert named("Service", "frontend") in INVENTORY
    assert named("Service", "frontend", "other") not in INVENTORY
    found = INVENTORY.get(api.Service, "default", "frontend")
    assert found is not None
    assert found.kind == "Service"
    assert INVENTORY.get(api.Service, "default", "a") is None


def test_the_same_name_in_another_namespace() -> None:
    assert INVENTORY.elsewhere(named("TCPRoute", "frontend")) == (
        named("TCPRoute", "frontend", "other"),
    )
    assert INVENTORY.elsewhere(named("Service", "frontend")) == ()


def test_the_nearest_name_of_the_same_kind_and_namespace() -> None:
    assert INVENTORY.similar(named("Service", "fronted")) == "frontend"
    assert INVENTORY.similar(named("Service", "database")) == ""
    assert INVENTORY.similar(named("Service", "fronted", "other")) == ""
