"""Manifests to objects, and what is wrong with them by line."""

from portway.adapters.folder.load import Key, load_text, manifest_from_raw

ROUTE = """apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata:
  name: a
spec:
  parentRefs:
  - name: gw
  rules:
  - matches:
    - path:
        type: Exact
        value: /x
"""


def test_an_object_without_namespace_is_in_the_default_one() -> None:
    loaded = load_text("a.yaml", ROUTE)
    assert [each.key for each in loaded.manifests] == [Key("HTTPRoute", "default", "a")]
    assert loaded.manifests[0].resource.metadata.namespace == "default"
    assert not loaded.problems
    assert str(loaded.manifests[0].key) == "HTTPRoute default/a"


def test_a_cluster_scoped_object_has_none() -> None:
    text = "apiVersion: v1\nkind: Namespace\nmetadata: {name: x, namespace: y}\n"
    assert [str(each.key) for each in load_text("a.yaml", text).manifests] == ["Namespace x"]


def test_a_broken_rule_is_told_by_line_and_its_neighbour_loads() -> None:
    text = ROUTE.replace("Exact", "Nope") + "---\n" + ROUTE.replace("name: a", "name: b")
    loaded = load_text("a.yaml", text)
    assert [each.key.name for each in loaded.manifests] == ["b"]
    assert loaded.manifests[0].line == 14
    assert loaded.invalid == {Key("HTTPRoute", "default", "a")}
    (problem,) = loaded.problems
    assert (problem.path, problem.line, problem.column) == ("a.yaml", 11, 9)
    assert problem.message.startswith("HTTPRoute default/a: spec.rules[0].matches[0].path.type")
    assert problem.cure


def test_text_that_cannot_be_read_is_one_problem() -> None:
    loaded = load_text("a.yaml", "a: [")
    assert not loaded.readable
    assert len(loaded.problems) == 1


def test_kinds_of_others_are_noticed_once_a_file() -> None:
    foreign = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: %s}\n"
    loaded = load_text("a.yaml", "---\n".join(foreign % name for name in "abc"))
    assert not loaded.problems
    (notice,) = loaded.notices
    assert notice.line == 1
    assert "Deployment (apps/v1)" in notice.message


def test_the_same_kind_in_a_foreign_group_is_foreign() -> None:
    text = "apiVersion: serving.knative.dev/v1\nkind: Service\nmetadata: {name: a}\n"
    loaded = load_text("a.yaml", text)
    assert not loaded.problems
    assert not loaded.manifests
    assert len(loaded.notices) == 1


def test_a_misspelt_kind_of_our_own_is_a_problem() -> None:
    for kind, version in (("HttpRoute", "v1"), ("HTTPRoute", "v9")):
        text = f"apiVersion: gateway.networking.k8s.io/{version}\nkind: {kind}\n"
        (problem,) = load_text("a.yaml", text).problems
        assert kind in problem.message
        assert "HTTPRoute" in problem.cure


def test_a_document_without_kind_is_a_problem() -> None:
    (problem,) = load_text("a.yaml", "\napiVersion: v1\nmetadata: {name: a}\n").problems
    assert (problem.line, problem.message) == (2, "the document has no kind")


def test_an_unknown_field_is_noticed_by_line() -> None:
    (notice,) = load_text("a.yaml", ROUTE.replace("  rules:", "  hostname: [x]\n  rules:")).notices
    assert notice.line == 8
    assert "spec.hostname" in notice.message


def test_the_same_object_twice_in_a_file() -> None:
    loaded = load_text("a.yaml", ROUTE + "---\n" + ROUTE.replace("/x", "/y"))
    assert len(loaded.manifests) == 1
    assert b"/x" in loaded.manifests[0].raw
    (problem,) = loaded.problems
    assert problem.line == 14
    assert "already defined in a.yaml:1" in problem.message


def test_what_only_a_server_writes_is_left_out() -> None:
    text = ROUTE + "status: {parents: []}\n"
    raw = load_text("a.yaml", text.replace("  name: a", "  name: a\n  managedFields: []")).manifests
    assert b"status" not in raw[0].raw
    assert b"managedFields" not in raw[0].raw


def test_a_manifest_comes_back_from_its_raw_form() -> None:
    (manifest,) = load_text("a.yaml", ROUTE).manifests
    assert manifest_from_raw(manifest.line, manifest.raw) == manifest
    assert manifest_from_raw(1, b"{") is None
    assert manifest_from_raw(1, b'{"apiVersion": "v1", "kind": "Gone"}') is None
