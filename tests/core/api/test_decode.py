"""Decoding: identity, versions, defaults of the API server, and that nothing else escapes."""

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portway.core import api

Document = dict[str, Any]

_SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["", "*", "/", "0s", "a.example.com", "\ud800", "a\n", "HTTP", "Exact"])
)
_JSON = st.recursive(
    _SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=8) | st.integers(), inner, max_size=4)
    ),
    max_leaves=12,
)


def _outcome(document: Any) -> api.Resource | None:
    """The resource, or None after checking that the error is one that people can use."""
    try:
        return api.decode(document)
    except api.UnknownKind as error:
        cures = [error.cure]
        errors: tuple[api.FieldError, ...] = ()
    except api.InvalidResource as error:
        errors = error.errors
        cures = [each.cure for each in errors]
    assert cures
    assert all(cures)
    for each in errors:
        assert each.rule not in ("", "structure")
        assert each.message
        assert not each.path.startswith(".")
        # It can be printed on one line, whatever the document held.
        assert str(each).isprintable()
    return None


def _mutated(value: Any, data: st.DataObject) -> Any:
    """A copy with one place replaced, removed or added, chosen by Hypothesis."""
    if isinstance(value, dict) and value and data.draw(st.integers(0, 5)):
        key = data.draw(st.sampled_from(sorted(value, key=str)))
        changed = dict(value)
        match data.draw(st.integers(0, 7)):
            case 0:
                del changed[key]
            case 1:
                changed[data.draw(st.text(max_size=5) | st.integers())] = data.draw(_JSON)
            case _:
                changed[key] = _mutated(value[key], data)
        return changed
    if isinstance(value, list) and value and data.draw(st.integers(0, 5)):
        index = data.draw(st.integers(0, len(value) - 1))
        new = _mutated(value[index], data)
        repeat = [value[index]] if data.draw(st.booleans()) else []
        return [*value[:index], new, *repeat, *value[index + 1 :]]
    return data.draw(_JSON)


@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_a_mutated_document_decodes_or_is_explained(sample: Document, data: st.DataObject) -> None:
    document = sample
    for _ in range(data.draw(st.integers(1, 3))):
        document = _mutated(document, data)
    resource = _outcome(document)
    if resource is not None:
        again = api.decode(api.to_document(resource))
        assert again == resource


@given(
    document=_JSON
    | st.fixed_dictionaries(
        {
            "apiVersion": st.sampled_from(
                ["v1", "gateway.networking.k8s.io/v1", "portway.dev/v1alpha1"]
            ),
            "kind": st.sampled_from(list(api.KINDS)),
        },
        optional={"metadata": _JSON, "spec": _JSON, "data": _JSON, "stringData": _JSON},
    )
)
@settings(max_examples=300, deadline=None)
def test_random_json_decodes_or_is_explained(document: Any) -> None:
    _outcome(document)


def test_a_very_deep_document_is_explained(samples: dict[str, Document]) -> None:
    deep: Any = "x"
    for _ in range(5000):
        deep = [deep]
    with pytest.raises(api.InvalidResource) as raised:
        api.decode({**samples["HTTPRoute"], "spec": {"rules": deep}})
    assert [error.rule for error in raised.value.errors] == ["type"]


def test_every_served_version_decodes_to_the_same_value(sample: Document) -> None:
    info = api.KINDS[sample["kind"]]
    canonical = api.decode(sample)
    for version in info.versions:
        group_version = f"{info.group}/{version}".lstrip("/")
        again = api.decode({**sample, "apiVersion": group_version})
        assert again == canonical
        assert again.api_version == sample["apiVersion"]


@pytest.mark.parametrize("kind", ["TLSRoute", "TCPRoute", "UDPRoute"])
def test_v1alpha2_takes_several_rules_and_v1_does_not(kind: str) -> None:
    backend = {"backendRefs": [{"name": "a", "port": 1}]}
    document: Document = {
        "kind": kind,
        "metadata": {"name": "x"},
        "spec": {"rules": [backend, backend]},
    }
    old = api.decode({**document, "apiVersion": "gateway.networking.k8s.io/v1alpha2"})
    assert isinstance(old, api.TLSRoute | api.TCPRoute | api.UDPRoute)
    assert len(old.spec.rules) == 2
    with pytest.raises(api.InvalidResource, match="single-rule"):
        api.decode({**document, "apiVersion": "gateway.networking.k8s.io/v1"})


@pytest.mark.parametrize(
    ("api_version", "kind", "cure"),
    [
        ("gateway.networking.k8s.io/v1", "HttpRoute", "did you mean HTTPRoute?"),
        ("v1", "HTTPRoute", "served as gateway.networking.k8s.io/v1"),
        ("gateway.networking.k8s.io/v9", "HTTPRoute", "served as"),
        ("apps/v1", "Zebra", "known kinds are GatewayClass"),
        (None, "HTTPRoute", "needs apiVersion and kind"),
        ("v1", ["Service"], "needs apiVersion and kind"),
    ],
)
def test_an_unknown_kind_says_what_is_known(api_version: Any, kind: Any, cure: str) -> None:
    with pytest.raises(api.UnknownKind) as raised:
        api.decode({"apiVersion": api_version, "kind": kind, "metadata": {"name": "x"}})
    assert cure in raised.value.cure


def test_all_faults_of_a_document_are_told_at_once(samples: dict[str, Document]) -> None:
    with pytest.raises(api.InvalidResource) as raised:
        api.decode(
            {
                **samples["HTTPRoute"],
                "metadata": {"name": "Bad_Name", "namespace": "prod"},
                "spec": {
                    "hostnames": ["ok.example.com", "not ok"],
                    "rules": [
                        {"backendRefs": [{"port": "80"}]},
                        {"filters": [{"type": "Unheard"}]},
                    ],
                },
            }
        )
    error = raised.value
    assert (error.kind, error.namespace, error.name) == ("HTTPRoute", "prod", "Bad_Name")
    assert [(each.path, each.rule) for each in error.errors] == [
        ("metadata.name", "dns-1123-subdomain"),
        ("spec.hostnames[1]", "hostname"),
        ("spec.rules[0].backendRefs[0].name", "required"),
        ("spec.rules[0].backendRefs[0].port", "type"),
        ("spec.rules[1].filters[0].type", "enum"),
    ]


def test_a_namespaced_resource_gets_the_default_namespace() -> None:
    document = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"}}
    assert api.decode(document).namespace == "default"
    assert api.decode(document, default_namespace="team-a").namespace == "team-a"


def test_a_cluster_scoped_resource_has_no_namespace() -> None:
    document = {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": "x", "namespace": "nonsense"},
    }
    assert api.decode(document).namespace == ""


def test_json_of_a_resource_is_read_in_one_step(sample: Document) -> None:
    resource = api.decode(sample)
    head = {"apiVersion": sample["apiVersion"], "kind": sample["kind"]}
    body = msgspec.json.encode({**api.to_document(resource), **head})
    assert api.decode_json(body) == (sample["apiVersion"], resource)


def test_json_has_to_keep_the_rules_too() -> None:
    head = b'{"apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute"'
    rule = b'{"matches": [{"path": {"value": "no/slash"}}]}'
    with pytest.raises(api.InvalidResource):
        api.decode_json(head + b', "metadata": {"name": "a"}, "spec": {"rules": [%s]}}' % rule)
    with pytest.raises(msgspec.ValidationError):
        api.decode_json(head + b', "metadata": {"name": "a"}, "spec": {"rules": 1}}')
    with pytest.raises(api.UnknownKind):
        api.decode_json(b'{"apiVersion": "v1", "kind": "Gone"}')
    with pytest.raises(msgspec.DecodeError):
        api.decode_json(b"{")
    half = rb'{"apiVersion": "v1", "kind": "Namespace", "metadata": {"uid": "\ud800"}}'
    with pytest.raises(msgspec.MsgspecError):
        api.decode_json(half)


def test_half_a_surrogate_pair_never_gets_through() -> None:
    document = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "x"},
        "data": {"key": "\ud800"},
    }
    with pytest.raises(api.InvalidResource) as raised:
        api.decode(document)
    assert [(each.path, each.rule) for each in raised.value.errors] == [("data[key]", "unicode")]


def test_text_made_to_exhaust_the_patterns_is_refused_quickly(
    samples: dict[str, Document],
) -> None:
    # Backtracking over any of these would not end within a lifetime.
    header = {"name": "a" * 255 + "\n", "value": "a" * 4095 + "\n"}
    rule = {
        "matches": [{"headers": [header]}],
        "filters": [{"type": "CORS", "cors": {"allowOrigins": ["http://" + "a-" * 120 + "!"]}}],
    }
    hostname = "a-" * 126 + "!"
    with pytest.raises(api.InvalidResource) as raised:
        api.decode({**samples["HTTPRoute"], "spec": {"hostnames": [hostname], "rules": [rule]}})
    assert [each.rule for each in raised.value.errors] == [
        "hostname",
        "header-name",
        "header-value",
        "cors-origin",
    ]


def test_warnings_for_unknown_fields_go_by_the_kind(samples: dict[str, Document]) -> None:
    route = samples["TCPRoute"]
    assert api.decode_strict_unknown_fields({**route, "sepc": {}}) == ("sepc",)
    with pytest.raises(api.UnknownKind):
        api.decode_strict_unknown_fields({"kind": "Node", "apiVersion": "v1"})
