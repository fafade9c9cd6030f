"""Documents made ready to be stored."""

from typing import Any

import pytest

from portway.adapters.apiserver.store.admit import admitted, check_labels, merged_text
from portway.adapters.apiserver.store.stored import Stored
from tests.adapters.apiserver.support import kind, options, refused, route, store

STORE = store()
ROUTES, SERVICES = kind(STORE, "httproutes"), kind(STORE, "services")
SECRETS, PODS = kind(STORE, "secrets"), kind(STORE, "pods")


def test_defaults_are_filled_in_and_the_typed_form_comes_along() -> None:
    document, resource = admitted(ROUTES, route(), None, options(ROUTES))
    assert document["spec"]["rules"][0]["matches"][0]["path"]["value"] == "/"
    assert resource is not None
    assert resource.name == "app"


def test_unknown_fields_are_warned_of_refused_or_ignored() -> None:
    wrong = {**route(), "bogus": 1}
    warned = options(ROUTES)
    document, _ = admitted(ROUTES, wrong, None, warned)
    assert "bogus" not in document
    assert warned.warnings == ['unknown field "bogus"']
    strict = refused(admitted, ROUTES, wrong, None, options(ROUTES, validation="Strict"))
    assert strict.code == 400
    assert 'strict decoding error: unknown field "bogus"' in strict.message
    ignored = options(ROUTES, validation="Ignore")
    admitted(ROUTES, wrong, None, ignored)
    assert ignored.warnings == []


def test_faults_name_their_fields() -> None:
    found = refused(admitted, ROUTES, route("app", "not_a_host"), None, options(ROUTES))
    assert found.code == 422
    assert found.details["causes"][0]["field"] == "spec.hostnames[0]"
    missing = {**route(), "spec": {"parentRefs": [{}], "rules": [{}]}}
    found = refused(admitted, ROUTES, missing, None, options(ROUTES))
    assert found.details["causes"][0]["reason"] == "FieldValueRequired"


def test_a_target_port_is_the_port() -> None:
    document: dict[str, Any] = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "a", "namespace": "default"},
        "spec": {
            "ports": [{"name": "a", "port": 80}, {"name": "b", "port": 81, "targetPort": "web"}]
        },
    }
    out, _ = admitted(SERVICES, document, None, options(SERVICES))
    assert [each["targetPort"] for each in out["spec"]["ports"]] == [80, "web"]


def test_text_of_a_secret_is_written_over_its_data() -> None:
    document = {"metadata": {}, "data": {"a": "MQ==", "b": "Mg=="}, "stringData": {"b": "x"}}
    assert merged_text(document)["data"] == {"a": "MQ==", "b": "eA=="}
    assert merged_text({"stringData": None, "data": {}}) == {"data": {}}


@pytest.mark.parametrize(
    ("old", "new", "wanted"),
    [
        ({"immutable": True, "data": {"a": "MQ=="}}, {"data": {}}, 422),
        ({"immutable": True, "data": {"a": "MQ=="}}, {"immutable": True, "data": {"a": "MQ=="}}, 0),
        ({"type": "Opaque"}, {"type": "other"}, 422),
    ],
)
def test_what_is_frozen_stays(old: dict[str, Any], new: dict[str, Any], wanted: int) -> None:
    head = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s", "namespace": "n"}}
    before = Stored({**head, "type": "Opaque", **old}, 1)
    if wanted:
        assert refused(admitted, SECRETS, {**head, **new}, before, options(SECRETS)).code == wanted
    else:
        admitted(SECRETS, {**head, **new}, before, options(SECRETS))


@pytest.mark.parametrize("labels", [{"a b": "c"}, {"a": "b c"}, {"a": 1}, [1], {"/a": "b"}])
def test_labels_of_plain_kinds_are_checked(labels: Any) -> None:
    document = {"metadata": {"name": "p", "labels": labels}}
    assert refused(check_labels, PODS, document).code == 422


def test_good_labels_pass() -> None:
    check_labels(PODS, {"metadata": {"name": "p", "labels": {"a.b/c_d": "", "x": "y"}}})
