"""The two messages, against the schema's own classes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portway.adapters.xds.encoding import MalformedRequestError, RequestReader, encode
from portway.core.delta import Request, Resource, Response
from portway.core.schema import Schema

TYPE = "type.googleapis.com/envoy.config.cluster.v3.Cluster"
_texts = st.text(st.characters(codec="utf-8"), min_size=1, max_size=300)
_resources = st.builds(
    Resource, st.just(TYPE), _texts, _texts, st.binary(max_size=3000), st.just(())
)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    resources=st.lists(_resources, max_size=4),
    removed=st.lists(_texts, max_size=4),
    nonce=_texts,
    version=_texts,
)
def test_a_response_reads_back_as_what_it_was(
    schema: Schema, resources: list[Resource], removed: list[str], nonce: str, version: str
) -> None:
    response = Response(
        type_url=TYPE,
        nonce=nonce,
        resources=tuple(resources),
        removed=tuple(removed),
        system_version=version,
    )
    message: Any = schema.message_class(
        "envoy.service.discovery.v3.DeltaDiscoveryResponse"
    ).FromString(encode(response))
    assert (message.type_url, message.nonce) == (TYPE, nonce)
    assert message.system_version_info == version
    assert list(message.removed_resources) == removed
    assert [
        (each.name, each.version, each.resource.type_url, each.resource.value)
        for each in message.resources
    ] == [(each.name, each.version, each.type_url, each.body) for each in resources]


def _request(schema: Schema, **fields: Any) -> bytes:
    return schema.encode("envoy.service.discovery.v3.DeltaDiscoveryRequest", fields)


def test_a_first_request_names_the_node_and_what_it_has(schema: Schema) -> None:
    body = _request(
        schema,
        node={"id": "n"},
        type_url=TYPE,
        resource_names_subscribe=["a", "*"],
        initial_resource_versions={"a": "1"},
    )
    request, node = RequestReader(schema).read(body)
    assert node == "n"
    assert request == Request(
        type_url=TYPE,
        subscribe=("a", "*"),
        unsubscribe=(),
        initial_resource_versions={"a": "1"},
        response_nonce="",
        error=None,
    )


def test_a_refusal_carries_envoys_words(schema: Schema) -> None:
    reader = RequestReader(schema)
    refusal = {"code": 13, "message": "no such thing"}
    request, _ = reader.read(
        _request(schema, type_url=TYPE, response_nonce="7", error_detail=refusal)
    )
    assert (request.response_nonce, request.error) == ("7", "no such thing")
    silent, _ = reader.read(_request(schema, response_nonce="7", error_detail={"code": 13}))
    assert silent.error == "refused with status code 13"


def test_other_bytes_are_no_request(schema: Schema) -> None:
    with pytest.raises(MalformedRequestError):
        RequestReader(schema).read(b"\xff\xff")
