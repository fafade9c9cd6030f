"""The rules of writes that clients rely on."""

from typing import Any

import pytest

from portway.adapters.apiserver.store.objects import ObjectStore
from portway.adapters.apiserver.store.options import DeleteOptions
from tests.adapters.apiserver.support import config_map, kind, options, refused, route, store


@pytest.fixture
def objects() -> ObjectStore:
    return store()


def made(of: ObjectStore, name: str = "app") -> Any:
    routes = kind(of, "httproutes")
    return of.create(routes, "default", route(name), options(routes))


def update(of: ObjectStore, document: Any, **more: Any) -> Any:
    routes = kind(of, "httproutes")
    name = document["metadata"]["name"]
    return of.update(routes, "default", name, document, options(routes, **more))


def with_spec(document: Any, **spec: Any) -> Any:
    return {**document, "spec": {**document["spec"], **spec}}


def meta(stored: Any) -> Any:
    return stored.document["metadata"]


def test_revisions_are_one_row_over_all_kinds(objects: ObjectStore) -> None:
    first = made(objects)
    maps = kind(objects, "configmaps")
    second = objects.create(maps, "default", config_map(), options(maps))
    assert second.revision == first.revision + 1
    assert meta(second)["resourceVersion"] == str(second.revision)


def test_an_update_of_an_old_version_is_a_conflict(objects: ObjectStore) -> None:
    old = made(objects).document
    update(objects, with_spec(old, hostnames=["b.example.com"]))
    found = refused(update, objects, with_spec(old, hostnames=["c.example.com"]))
    assert (found.code, found.reason) == (409, "Conflict")
    blind = {**old, "metadata": {"name": "app"}}
    assert update(objects, with_spec(blind, hostnames=["d.example.com"]))


def test_generations_count_changes_of_the_spec_alone(objects: ObjectStore) -> None:
    stored = made(objects)
    labelled = {**stored.document, "metadata": {**meta(stored), "labels": {"a": "b"}}}
    stored = update(objects, labelled)
    assert meta(stored)["generation"] == 1
    stored = update(objects, {**stored.document, "status": {"parents": []}}, subresource="status")
    assert meta(stored)["generation"] == 1
    stored = update(objects, with_spec(stored.document, hostnames=["b.example.com"]))
    assert meta(stored)["generation"] == 2
    assert stored.resource.metadata.generation == 2


def test_a_write_without_a_change_keeps_the_revision(objects: ObjectStore) -> None:
    stored = made(objects)
    assert update(objects, stored.document) is stored


def test_status_and_spec_are_written_apart(objects: ObjectStore) -> None:
    document = {**made(objects).document, "status": {"parents": []}}
    assert "status" not in update(objects, document).document
    both = {**with_spec(document, hostnames=["no.example.com"]), "metadata": {"name": "app"}}
    stored = update(objects, both, subresource="status")
    assert stored.document["status"] == {"parents": []}
    assert stored.document["spec"]["hostnames"] == ["app.example.com"]
    kept = {key: item for key, item in stored.document.items() if key != "status"}
    assert update(objects, kept).document["status"] == {"parents": []}


def test_a_dry_run_writes_nothing(objects: ObjectStore) -> None:
    routes = kind(objects, "httproutes")
    before = objects.tables.revision
    dry = objects.create(routes, "default", route(), options(routes, dry_run=True))
    assert meta(dry)["uid"]
    assert objects.tables.revision == before
    assert refused(objects.writer.get, routes, "default", "app").code == 404


def test_names_are_taken_once(objects: ObjectStore) -> None:
    made(objects)
    assert refused(made, objects).reason == "AlreadyExists"


def test_a_namespace_must_exist_and_not_be_terminating(objects: ObjectStore) -> None:
    routes, spaces = kind(objects, "httproutes"), kind(objects, "namespaces")
    assert refused(objects.create, routes, "no", route(), options(routes)).code == 404
    space = {"metadata": {"name": "going"}}
    objects.create(spaces, "", space, options(spaces))
    objects.delete(spaces, "", "going", DeleteOptions())
    found = refused(objects.create, routes, "going", route(), options(routes))
    assert (found.code, found.details["causes"][0]["reason"]) == (403, "NamespaceTerminating")


def test_an_object_with_finalizers_goes_when_they_do(objects: ObjectStore) -> None:
    routes = kind(objects, "httproutes")
    document = route()
    document["metadata"]["finalizers"] = ["example.com/hold"]
    objects.create(routes, "default", document, options(routes))
    stored, gone = objects.delete(routes, "default", "app", DeleteOptions())
    assert not gone
    assert meta(stored)["deletionTimestamp"]
    assert meta(stored)["generation"] == 2
    again, gone = objects.delete(routes, "default", "app", DeleteOptions())
    assert not gone
    assert again.revision == stored.revision
    free = {**stored.document, "metadata": {**meta(stored), "finalizers": []}}
    update(objects, free)
    assert refused(objects.writer.get, routes, "default", "app").code == 404


def test_deletes_have_preconditions(objects: ObjectStore) -> None:
    stored = made(objects)
    routes = kind(objects, "httproutes")
    for wrong in (DeleteOptions(uid="other"), DeleteOptions(revision="1")):
        assert refused(objects.delete, routes, "default", "app", wrong).code == 409
    right = DeleteOptions(uid=stored.uid, revision=str(stored.revision))
    assert objects.delete(routes, "default", "app", right)[1]


def test_the_namespace_default_stays(objects: ObjectStore) -> None:
    spaces = kind(objects, "namespaces")
    assert refused(objects.delete, spaces, "", "default", DeleteOptions()).code == 403


def test_an_apply_creates_changes_and_conflicts(objects: ObjectStore) -> None:
    routes = kind(objects, "httproutes")
    wanted = route()
    stored, new = objects.apply(routes, "default", "app", wanted, options(routes, "a"))
    assert new
    again, new = objects.apply(routes, "default", "app", wanted, options(routes, "a"))
    assert not new
    assert again is stored
    other = {**route(), "spec": {"hostnames": ["b.example.com"]}}
    found = refused(objects.apply, routes, "default", "app", other, options(routes, "b"))
    assert found.details["causes"][0]["field"] == ".spec.hostnames"
    forced, _ = objects.apply(routes, "default", "app", other, options(routes, "b", force=True))
    assert forced.document["spec"]["hostnames"] == ["b.example.com"]
    owners = {each["manager"] for each in meta(forced)["managedFields"]}
    assert owners == {"a", "b"}


def test_an_apply_that_drops_a_field_removes_it(objects: ObjectStore) -> None:
    routes = kind(objects, "httproutes")
    with_label = route()
    with_label["metadata"]["labels"] = {"a": "b"}
    objects.apply(routes, "default", "app", with_label, options(routes, "a"))
    stored, _ = objects.apply(routes, "default", "app", route(), options(routes, "a"))
    assert not meta(stored).get("labels")


def test_an_apply_of_a_status_touches_nothing_else(objects: ObjectStore) -> None:
    made(objects)
    routes = kind(objects, "httproutes")
    status = {**route(), "spec": {"hostnames": ["no.example.com"]}, "status": {"parents": []}}
    stored, _ = objects.apply(
        routes, "default", "app", status, options(routes, "s", subresource="status")
    )
    assert stored.document["spec"]["hostnames"] == ["app.example.com"]
    assert stored.document["status"] == {"parents": []}


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ([], 400),
        ({"kind": "Other"}, 400),
        ({"apiVersion": "v9"}, 400),
        ({"metadata": {"name": "other"}}, 400),
        ({"metadata": {"managedFields": [{}]}}, 400),
    ],
)
def test_what_cannot_be_applied_is_refused(objects: ObjectStore, document: Any, code: int) -> None:
    routes = kind(objects, "httproutes")
    found = refused(objects.apply, routes, "default", "app", document, options(routes))
    assert found.code == code


def test_an_older_version_is_written_and_read_in_any(objects: ObjectStore) -> None:
    routes = kind(objects, "httproutes")
    old = options(routes)
    old.api_version = "gateway.networking.k8s.io/v1beta1"
    stored = objects.create(routes, "default", {**route(), "apiVersion": old.api_version}, old)
    assert stored.view("gateway.networking.k8s.io/v1")["apiVersion"].endswith("/v1")
    updated = update(objects, stored.view("gateway.networking.k8s.io/v1"))
    assert updated.document["spec"] == stored.document["spec"]
