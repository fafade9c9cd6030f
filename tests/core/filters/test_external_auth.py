"""ExternalAuth: what the spec's fields mean, and that nothing of it can be left out."""

import re
from typing import Any

import msgspec
import pytest

from portway.core import filters, model
from portway.core.api.http_filter import HTTPRouteFilter
from portway.core.api.reference import BackendObjectReference
from portway.core.filters import external_auth as subject

KEY = model.ClusterKey("Service", "shop", "guard", 80, "http")
GONE = filters.Problem("ResolvedRefs", "BackendNotFound", "there is no such Service")


def resolve(ref: BackendObjectReference) -> model.ClusterKey | filters.Problem:
    return KEY if ref.name == "guard" else GONE


PLACE = filters.Place("rules[0].filters[0]", ("/",), resolve)


def read(protocol: str = "HTTP", name: str = "guard", **fields: Any) -> object:
    auth = {"protocol": protocol, "backendRef": {"name": name, "port": 80}, **fields}
    document = {"type": "ExternalAuth", "externalAuth": auth}
    return filters.from_spec(msgspec.convert(document, HTTPRouteFilter), PLACE)


def test_over_http() -> None:
    http = {
        "path": "check/",
        "allowedHeaders": ["X-A", "x-a", "X-B"],
        "allowedResponseHeaders": ["X-User"],
    }
    found = read(http=http, forwardBody={"maxSize": 5})
    assert found == model.ExternalAuth(KEY, False, ("x-a", "x-b"), ("x-user",), "/check", 5)


def test_grpc_is_spoken_over_http2_whatever_the_port_says() -> None:
    found = read("GRPC", grpc={"allowedHeaders": ["Authorization"]})
    h2c = KEY._replace(protocol=model.Protocol.H2C)
    assert found == model.ExternalAuth(h2c, True, ("authorization",))


def test_a_reference_that_leads_nowhere_is_fatal() -> None:
    found = read(name="gone", http={})
    assert found == GONE
    assert GONE.fatal


@pytest.mark.parametrize("path", ["/..", "/a/../b", "/a/%2E%2e/b", "/a%2f..", "/./a"])
def test_a_path_that_walks_is_refused(path: str) -> None:
    found = read(http={"path": path})
    assert isinstance(found, filters.Problem)
    assert found.fatal
    assert found.message.startswith("rules[0].filters[0].externalAuth.http.path: ")


@pytest.mark.parametrize(
    ("path", "prefix"), [("", ""), ("/", ""), ("/a", "/a"), ("/a/", "/a"), ("/a/..b", "/a/..b")]
)
def test_a_prefix_begins_with_a_slash_and_ends_without(path: str, prefix: str) -> None:
    found = read(http={"path": path} if path else {})
    assert isinstance(found, model.ExternalAuth)
    assert found.path == prefix


def ext_authz(filter: model.ExternalAuth) -> dict[str, Any]:
    draft = filters.Draft({}, {}, lambda key: key.name)
    subject.apply(filter, draft)
    assert draft.action == {}
    placed = draft.outer["typed_per_filter_config"][subject.NAME]["matcher"]
    found: dict[str, Any] = placed["on_no_match"]["action"]["typed_config"]["typed_config"]
    return found["typed_config"]  # type: ignore[no-any-return]


@pytest.mark.parametrize("grpc", [False, True])
def test_it_fails_closed(grpc: bool) -> None:
    found = ext_authz(model.ExternalAuth(KEY, grpc))
    assert found["failure_mode_allow"] is False
    assert found["status_on_error"] == {"code": "ServiceUnavailable"}
    assert "with_request_body" not in found
    assert "allowed_headers" not in found


def test_what_speaks_of_the_answer_is_not_copied() -> None:
    service = ext_authz(model.ExternalAuth(KEY, False))["http_service"]
    patterns = service["authorization_response"]["allowed_upstream_headers"]["patterns"]
    (copied,) = (re.compile(each["safe_regex"]["regex"]) for each in patterns)
    kept = [
        "host",
        "content-length",
        "content-type",
        "transfer-encoding",
        "connection",
        "upgrade",
        ":status",
    ]
    assert not [each for each in kept if copied.fullmatch(each)]
    asked = [
        "x-user",
        "hostname",
        "context",
        "traceparent",
        "set-cookie",
        "authorization",
        "conn-id",
        "x-env",
    ]
    assert [each for each in asked if not copied.fullmatch(each)] == ["conn-id"]
    assert "path_prefix" not in service


def test_its_place_in_the_chain_is_empty_and_off() -> None:
    made = subject.http_filter()
    assert made["disabled"] is True
    assert list(made["typed_config"]) == ["@type"]
