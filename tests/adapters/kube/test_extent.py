"""Which lists hold the part of a cluster that is read."""

from portway.adapters.kube.discovery import Served
from portway.adapters.kube.extent import EVERYWHERE, Extent, Part
from portway.adapters.kube.protocol import Place

ROUTES = Served("HTTPRoute", "g/v1", "/apis/g/v1/httproutes")
CLASSES = Served("GatewayClass", "g/v1", "/apis/g/v1/gatewayclasses", namespaced=False)
NAMESPACES = Served("Namespace", "v1", "/api/v1/namespaces", namespaced=False)
SOME = Extent(("a", "b"))


def test_everywhere_is_one_list_for_each_kind() -> None:
    for each in (ROUTES, CLASSES, NAMESPACES):
        assert EVERYWHERE.lists(each) == (Part(each.path),)


def test_of_some_namespaces_there_is_a_list_for_each() -> None:
    paths = [each.path for each in SOME.lists(ROUTES)]
    assert paths == ["/apis/g/v1/namespaces/a/httproutes", "/apis/g/v1/namespaces/b/httproutes"]


def test_paths_of_what_is_in_namespaces() -> None:
    assert EVERYWHERE.paths("/apis/apps/v1/deployments") == ("/apis/apps/v1/deployments",)
    assert SOME.paths("/apis/apps/v1/deployments") == (
        "/apis/apps/v1/namespaces/a/deployments",
        "/apis/apps/v1/namespaces/b/deployments",
    )


def test_namespaces_are_selected_by_name_and_classes_read_whole() -> None:
    assert [(each.path, each.selector) for each in SOME.lists(NAMESPACES)] == [
        ("/api/v1/namespaces", "metadata.name=a"),
        ("/api/v1/namespaces", "metadata.name=b"),
    ]
    assert SOME.lists(CLASSES) == (Part(CLASSES.path),)


def test_every_object_is_in_one_list() -> None:
    def holders(served: Served, place: Place) -> int:
        return sum(each.holds(place) for each in SOME.lists(served))

    assert holders(ROUTES, Place("a", "app")) == 1
    assert holders(ROUTES, Place("c", "app")) == 0
    assert holders(NAMESPACES, Place("", "b")) == 1
    assert holders(NAMESPACES, Place("", "c")) == 0
    assert holders(CLASSES, Place("", "portway")) == 1
