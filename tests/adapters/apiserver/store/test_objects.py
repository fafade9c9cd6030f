"""The store as a whole."""

import asyncio
from pathlib import Path
from typing import Any

from portway.adapters.apiserver.store.objects import ObjectStore
from portway.adapters.apiserver.store.options import DeleteOptions
from portway.core import api
from tests.adapters.apiserver.support import crd, kind, options, refused, route, store


def define(objects: ObjectStore, document: Any) -> Any:
    crds = kind(objects, "customresourcedefinitions")
    asked = options(crds)
    return objects.create(crds, "", document, asked), asked.warnings


def widget(size: int = 1) -> dict[str, Any]:
    return {"metadata": {"name": "w"}, "spec": {"size": size, "other": 1}}


def test_a_definition_is_served_at_once() -> None:
    objects = store()
    assert objects.kind("example.com", "v1", "widgets") is None
    stored, _ = define(objects, crd())
    conditions = {each["type"]: each["status"] for each in stored.document["status"]["conditions"]}
    assert conditions == {"NamesAccepted": "True", "Established": "True"}
    widgets = objects.kind("example.com", "v1", "widgets")
    assert widgets is not None
    made = objects.create(widgets, "default", widget(), options(widgets))
    assert made.document["spec"] == {"size": 1}
    wrong = widget(0)
    wrong["metadata"] = {"name": "wrong"}
    assert refused(objects.create, widgets, "default", wrong, options(widgets)).code == 422


def test_deleting_a_definition_deletes_its_objects() -> None:
    objects = store()
    define(objects, crd())
    widgets = kind(objects, "widgets")
    objects.create(widgets, "default", widget(), options(widgets))
    crds = kind(objects, "customresourcedefinitions")
    objects.delete(crds, "", "widgets.example.com", DeleteOptions())
    assert objects.kind("example.com", "v1", "widgets") is None
    define(objects, crd())
    assert objects.tables.tables[kind(objects, "widgets").key].listed() == []


def test_a_definition_of_our_own_kind_changes_nothing() -> None:
    objects = store()
    before = kind(objects, "httproutes")
    definition = crd("httproutes", "gateway.networking.k8s.io")
    definition["spec"]["names"]["kind"] = "HTTPRoute"
    define(objects, definition)
    assert kind(objects, "httproutes") is before
    crds = kind(objects, "customresourcedefinitions")
    objects.delete(crds, "", definition["metadata"]["name"], DeleteOptions())
    assert kind(objects, "httproutes") is before


def test_rules_that_are_not_enforced_are_told() -> None:
    objects = store()
    rules = [{"rule": "true"}, {"rule": "nonsense(self)"}]
    _, warnings = define(objects, crd(schema={"type": "object", "x-kubernetes-validations": rules}))
    assert len(warnings) == 1
    assert warnings[0].startswith("the rule 'nonsense(self)' at the root is not enforced: ")
    policies = kind(objects, "validatingadmissionpolicies")
    asked = options(policies)
    objects.create(policies, "", {"metadata": {"name": "p"}, "spec": {}}, asked)
    assert "not enforced" in asked.warnings[0]


async def test_everything_is_there_after_a_restart(tmp_path: Path) -> None:
    objects = ObjectStore(tmp_path / "db")
    objects.start()
    define(objects, crd())
    widgets, routes = kind(objects, "widgets"), kind(objects, "httproutes")
    objects.create(widgets, "default", widget(), options(widgets))
    stored = objects.create(routes, "default", route(), options(routes))
    async with asyncio.timeout(10):
        await objects.tables.durable(stored.revision)
    objects.close()
    again = ObjectStore(tmp_path / "db")
    events = {(event.kind, event.name): event.object for event in again.start()}
    assert again.writer.get(kind(again, "widgets"), "default", "w").document["spec"]["size"] == 1
    found = events["HTTPRoute", "app"]
    assert found is not None
    assert found.metadata.uid == stored.uid
    assert found == stored.resource
    again.close()


def test_the_core_is_told_of_what_it_has_a_type_for() -> None:
    events: list[api.Event] = []
    objects = ObjectStore(emit=events.append)
    objects.start()
    events.clear()
    routes, leases = kind(objects, "httproutes"), kind(objects, "leases")
    stored = objects.create(routes, "default", route(), options(routes))
    objects.create(leases, "default", {"metadata": {"name": "p"}}, options(leases))
    status = {**stored.document, "status": {"parents": []}}
    objects.update(routes, "default", "app", status, options(routes, subresource="status"))
    objects.delete(routes, "default", "app", DeleteOptions())
    assert [(event.kind, event.name, event.object) for event in events] == [
        ("HTTPRoute", "app", stored.resource),
        ("HTTPRoute", "app", None),
    ]
    assert stored.resource is not None
    assert stored.resource.metadata.resource_version == str(stored.revision)


def test_a_namespace_has_its_label_and_phase() -> None:
    objects = store()
    default = objects.writer.get(kind(objects, "namespaces"), "", "default").document
    assert default["metadata"]["labels"] == {"kubernetes.io/metadata.name": "default"}
    assert default["status"] == {"phase": "Active"}
