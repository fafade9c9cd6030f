"""Manifests to objects, and what is wrong with them by line."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from portway.adapters.folder import construct, load
from portway.adapters.folder.load import Key, load_text, manifest_from_raw
from portway.adapters.folder.problem import FileProblem, MalformedError
from portway.adapters.folder.yaml import pieces, read_documents
from portway.core import api

ROOT = Path(__file__).parents[3]
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


def test_every_sample_comes_back_from_its_raw_form() -> None:
    found = 0
    for path in (*ROOT.glob("examples/**/*.yaml"), *ROOT.glob("tests/golden/**/*.yaml")):
        for manifest in load_text(str(path), path.read_text()).manifests:
            again = manifest_from_raw(manifest.line, manifest.raw)
            assert again == msgspec.structs.replace(manifest, unknown=())
            found += 1
    assert found > 100


def test_the_raw_form_is_in_the_version_that_was_written() -> None:
    """A TLSRoute without host names is valid in the older version only."""
    text = (
        "apiVersion: gateway.networking.k8s.io/v1alpha2\nkind: TLSRoute\nmetadata: {name: a}\n"
        "spec: {rules: [{backendRefs: [{name: b, port: 443}]}]}\n"
    )
    (manifest,) = load_text("a.yaml", text).manifests
    assert manifest_from_raw(1, manifest.raw) == manifest


def test_an_object_alone_in_its_text_can_be_remembered_by_it() -> None:
    foreign = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\n"
    for text, only in (
        (ROUTE, True),
        ("# comment\n" + ROUTE, True),
        (ROUTE + "oddity: 1\n", False),
        (foreign, False),
        ("kind: List\nitems: [{apiVersion: v1, kind: Namespace, metadata: {name: x}}]\n", True),
    ):
        (part,) = load_text("a.yaml", text).parts
        assert (part.only is not None) == only, text


def many(*names: str, value: str = "/x") -> str:
    return "".join("---\n" + ROUTE.replace("name: a", f"name: {name}") for name in names).replace(
        "/x", value
    )


def counting(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of what is decoded from now on."""
    decoded: list[str] = []

    def decode(document: Mapping[str, Any]) -> api.Resource:
        decoded.append(document["metadata"]["name"])
        return whole(document)

    whole = api.decode
    monkeypatch.setattr(api, "decode", decode)
    return decoded


def test_only_the_documents_that_changed_are_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    names = [f"r{number}" for number in range(100)]
    first = load_text("a.yaml", many(*names))
    decoded = counting(monkeypatch)
    text = many("new") + many(*names).replace("name: r50", "name: other")
    second = load_text("a.yaml", text, first.parts)
    assert decoded == ["new", "other"]
    assert second == load_text("a.yaml", text)
    assert second.manifests[1].resource is first.manifests[0].resource


def test_lines_move_with_the_text_above(monkeypatch: pytest.MonkeyPatch) -> None:
    bad = "---\n" + ROUTE.replace("Exact", "Nope").replace("name: a", "name: bad")
    odd = "---\n" + ROUTE.replace("  rules:", "  hostname: [x]\n  rules:")
    foreign = "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\n"
    first = load_text("a.yaml", bad + odd + foreign)
    decoded = counting(monkeypatch)
    second = load_text("a.yaml", "# a\n# few\n# lines\n" + bad + odd + foreign, first.parts)
    assert decoded == []
    assert [each.line for each in second.manifests] == [each.line + 3 for each in first.manifests]
    for before, after in ((first.problems, second.problems), (first.notices, second.notices)):
        assert before
        assert [(each.line or 0) + 3 for each in before] == [each.line for each in after]
        assert [each.message for each in before] == [each.message for each in after]


def test_a_fault_has_the_line_it_has_in_the_whole_file() -> None:
    loaded = load_text("a.yaml", many("x", "y") + "---\na: [\n" + many("z"))
    (problem,) = loaded.problems
    assert not loaded.readable
    assert problem.line == 29


def test_aliases_are_counted_over_the_whole_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load, "MAX_ALIASED", 8)
    monkeypatch.setattr(construct, "MAX_ALIASED", 8)
    text = "---\nx: &x [1, 2, 3, 4]\ny: *x\n"
    assert load_text("a.yaml", text).readable
    assert "aliases expand" in load_text("a.yaml", text + text).problems[0].message


texts = st.lists(
    st.sampled_from(
        [
            "---",
            "--- # c",
            "---x",
            "...",
            "%YAML 1.1",
            "# comment",
            "",
            "a: 1",
            "b: |",
            "  ---",
            "  text",
            "c: 'x",
            "d: [1,",
            "{e: f}",
            "\ufeff",
            "g: \x85h",
            "i: &i j",
            "k: *i",
        ]
    ),
    max_size=12,
)


@given(texts, st.sampled_from(["\n", "\r\n", "\r"]), texts)
def test_pieces_hold_what_the_whole_does(lines: list[str], end: str, others: list[str]) -> None:
    """Read piece by piece, with what an earlier text left, it is the same as read as one."""

    def read(text: str) -> Any:
        try:
            return [(each.line, each.value) for each in read_documents("a.yaml", text)]
        except MalformedError as error:
            return error.problem

    text = end.join(lines)
    whole = read(text)
    cut = pieces("a.yaml", text.removeprefix("\ufeff"))
    above, found = 0, []
    for piece in cut:
        part = read(piece)
        if isinstance(part, FileProblem):
            assert isinstance(whole, FileProblem)
            break
        found += [(line + above, value) for line, value in part]
        above += piece.count("\n")
    else:
        assert found == whole
    before = load_text("a.yaml", end.join(others)).parts
    assert load_text("a.yaml", text, before) == load_text("a.yaml", text)


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
