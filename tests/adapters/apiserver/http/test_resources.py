"""The verbs on resources."""

from typing import Any

import msgspec
import pytest

from tests.adapters.apiserver.support import (
    CONFIG_MAPS,
    ROUTES,
    Client,
    config_map,
    route,
    store,
)

MERGE = "application/merge-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"
JSON_PATCH = "application/json-patch+json"
APPLY = "application/apply-patch+yaml"


@pytest.fixture
def client() -> Client:
    return Client(store())


async def test_create_get_list_update_delete(client: Client) -> None:
    made = await client.request("POST", ROUTES, route())
    assert made.code == 201
    got = await client.request("GET", f"{ROUTES}/app")
    assert got.json == made.json
    listed = await client.request("GET", "/apis/gateway.networking.k8s.io/v1/httproutes")
    assert listed.json["items"] == [made.json]
    changed = {**got.json, "spec": {"hostnames": ["b.example.com"]}}
    assert (await client.request("PUT", f"{ROUTES}/app", changed)).json["metadata"][
        "generation"
    ] == 2
    assert (await client.request("PUT", f"{ROUTES}/app", changed)).code == 409
    gone = await client.request("DELETE", f"{ROUTES}/app")
    assert gone.json["status"] == "Success"
    assert (await client.request("GET", f"{ROUTES}/app")).json["reason"] == "NotFound"
    assert (await client.request("PUT", f"{ROUTES}/app", route())).code == 404


async def test_the_manager_is_named_or_known_by_its_program(client: Client) -> None:
    made = await client.request("POST", f"{ROUTES}?fieldManager=me", route())
    assert made.json["metadata"]["managedFields"][0]["manager"] == "me"
    made = await client.request("POST", ROUTES, route("b"))
    assert made.json["metadata"]["managedFields"][0]["manager"] == "tests"


async def test_every_type_of_patch(client: Client) -> None:
    await client.request("POST", ROUTES, route())
    await client.request("POST", CONFIG_MAPS, config_map("conf", a="1"))
    patched = await client.request(
        "PATCH", f"{ROUTES}/app", {"metadata": {"labels": {"a": "b"}}}, MERGE
    )
    assert patched.json["metadata"]["labels"] == {"a": "b"}
    operations = [{"op": "add", "path": "/spec/hostnames/-", "value": "b.example.com"}]
    patched = await client.request("PATCH", f"{ROUTES}/app", operations, JSON_PATCH)
    assert patched.json["spec"]["hostnames"][1] == "b.example.com"
    patched = await client.request(
        "PATCH", f"{CONFIG_MAPS}/conf", {"data": {"a": None, "b": "2"}}, STRATEGIC
    )
    assert patched.json["data"] == {"b": "2"}
    url = f"{ROUTES}/new?fieldManager=me"
    assert (await client.request("PATCH", url, route("new"), APPLY)).code == 201
    assert (await client.request("PATCH", url, route("new"), APPLY)).code == 200


@pytest.mark.parametrize(
    ("content_type", "query", "code"),
    [(STRATEGIC, "", 415), ("application/json", "", 415), (APPLY, "", 400), (MERGE, "", 400)],
)
async def test_patches_that_are_refused(
    client: Client, content_type: str, query: str, code: int
) -> None:
    await client.request("POST", ROUTES, route())
    body: Any = [1] if content_type == MERGE else {}
    found = await client.request("PATCH", f"{ROUTES}/app{query}", body, content_type)
    assert found.code == code
    assert found.json["message"]


async def test_the_status_is_written_by_its_own_path(client: Client) -> None:
    await client.request("POST", ROUTES, route())
    status: dict[str, Any] = {"status": {"parents": []}}
    found = await client.request("PATCH", f"{ROUTES}/app/status", status, MERGE)
    assert found.json["status"] == {"parents": []}
    assert (await client.request("GET", f"{ROUTES}/app/status")).json == found.json
    ignored = await client.request("PATCH", f"{ROUTES}/app", {"status": None}, MERGE)
    assert ignored.json["status"] == {"parents": []}


@pytest.mark.parametrize(
    ("method", "url", "code"),
    [
        ("GET", "/apis/batch/v1/jobs", 404),
        ("GET", "/api/v1/namespaces/default/namespaces", 404),
        ("GET", "/api/v1/configmaps/x", 404),
        ("GET", "/api/v1/namespaces/default/pods/a/attach", 404),
        ("POST", "/api/v1/namespaces/default/pods/a/exec", 404),
        ("GET", f"{CONFIG_MAPS}/x/status", 404),
        ("POST", "/api/v1/configmaps", 405),
        ("DELETE", "/api/v1/configmaps", 405),
        ("PUT", CONFIG_MAPS, 405),
        ("POST", f"{CONFIG_MAPS}/x", 405),
        ("DELETE", f"{ROUTES}/x/status", 405),
    ],
)
async def test_what_is_not_done_is_refused_in_a_sentence(
    client: Client, method: str, url: str, code: int
) -> None:
    found = await client.request(method, url, {})
    assert found.code == code
    assert len(found.json["message"]) > 40
    assert found.json["kind"] == "Status"


async def test_warnings_come_beside_the_answer(client: Client) -> None:
    wrong = {**config_map(), "bogus": 1}
    found = await client.request("POST", CONFIG_MAPS, wrong)
    assert (found.code, found.warnings) == (201, ['299 - "unknown field \\"bogus\\""'])
    wrong = {**config_map("other"), "bogus": 1}
    strict = await client.request("POST", f"{CONFIG_MAPS}?fieldValidation=Strict", wrong)
    assert strict.code == 400
    assert (await client.request("POST", f"{CONFIG_MAPS}?fieldValidation=x", wrong)).code == 400


async def test_a_collection_is_deleted_by_selector(client: Client) -> None:
    for name, app in (("a", "x"), ("b", "y")):
        document = config_map(name)
        document["metadata"]["labels"] = {"app": app}
        await client.request("POST", CONFIG_MAPS, document)
    await client.request("DELETE", f"{CONFIG_MAPS}?labelSelector=app%3Dx")
    left = (await client.request("GET", CONFIG_MAPS)).json["items"]
    assert [each["metadata"]["name"] for each in left] == ["b"]


async def test_pages(client: Client) -> None:
    for name in ("a", "b", "c"):
        await client.request("POST", CONFIG_MAPS, config_map(name))
    first = (await client.request("GET", f"{CONFIG_MAPS}?limit=2")).json
    assert first["metadata"]["remainingItemCount"] == 1
    token = first["metadata"]["continue"]
    second = (await client.request("GET", f"{CONFIG_MAPS}?limit=2&continue={token}")).json
    assert [each["metadata"]["name"] for each in second["items"]] == ["c"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"dryRun": ["All"]}, 200),
        ({"dryRun": ["Some"]}, 400),
        ({"preconditions": {"uid": "other"}}, 409),
        ({"propagationPolicy": "Sideways"}, 400),
        ([], 400),
    ],
)
async def test_options_of_a_delete(client: Client, body: Any, code: int) -> None:
    await client.request("POST", CONFIG_MAPS, config_map())
    found = await client.request("DELETE", f"{CONFIG_MAPS}/conf", msgspec.json.encode(body))
    assert found.code == code
    assert (await client.request("GET", f"{CONFIG_MAPS}/conf")).code == 200


async def test_a_table(client: Client) -> None:
    await client.request("POST", ROUTES, route())
    accept = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"
    found = (await client.request("GET", ROUTES, accept=accept)).json
    assert found["rows"][0]["cells"][:2] == ["app", '["app.example.com"]']
