"""What the API server reads differently from msgspec."""

from typing import Any

import pytest

from portway.core import api


def _secret(**fields: Any) -> api.Secret:
    document = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "x"}, **fields}
    secret = api.decode(document)
    assert isinstance(secret, api.Secret)
    return secret


def test_null_is_an_absent_field(samples: dict[str, Any]) -> None:
    route = samples["TCPRoute"]
    metadata = {**route["metadata"], "creationTimestamp": None, "labels": None}
    spec = {**route["spec"], "useDefaultGateways": None}
    assert api.decode({**route, "metadata": metadata, "spec": spec}) == api.decode(route)


def test_null_in_a_list_is_a_fault() -> None:
    document = {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "HTTPRoute",
        "metadata": {"name": "x"},
        "spec": {"hostnames": [None]},
    }
    with pytest.raises(api.InvalidResource, match=r"spec\.hostnames\[0\]: is null"):
        api.decode(document)


def test_a_whole_float_is_an_integer(samples: dict[str, Any]) -> None:
    spec = {"rules": [{"backendRefs": [{"name": "a", "port": 5432.0}]}]}
    route = api.decode({**samples["TCPRoute"], "spec": spec})
    assert isinstance(route, api.TCPRoute)
    assert route.spec.rules[0].backend_refs[0].port == 5432


def test_base64_may_have_line_breaks() -> None:
    assert _secret(data={"a": "YW\r\nJj\n"}).data == {"a": b"abc"}


def test_string_data_is_written_over_data() -> None:
    secret = _secret(data={"a": "YQ==", "b": "Yg=="}, stringData={"b": "é", "c": ""})
    assert secret.data == {"a": b"a", "b": "é".encode(), "c": b""}


@pytest.mark.parametrize(("text", "path"), [({"a": 1}, "data[a]"), ([], "data"), ("x", "data")])
def test_string_data_that_is_not_text_is_told(text: Any, path: str) -> None:
    with pytest.raises(api.InvalidResource) as raised:
        _secret(stringData=text)
    assert [each.path for each in raised.value.errors] == [path]
