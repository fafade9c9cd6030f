"""What clients get who ask which models an address has."""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import openai
import pytest
import pytest_asyncio

from tests.wire.harness.manifests import Document, backend, gateway, http_route, listener, rule
from tests.wire.stage import HTTP, Stage, stage

pytestmark = [pytest.mark.envoy, pytest.mark.asyncio(loop_scope="module")]

HOST, OWN, BASED = "models.test", "own.test", "based.test"
BASE = "X-Gateway-Base-Model-Name"
ODD = 'it\'s/"a\\b"'


def by(*models: str, kind: str = "Exact") -> list[Document]:
    headers = ({"name": "X-Gateway-Model-Name", "type": kind, "value": each} for each in models)
    return [{"headers": [each]} for each in headers]


def at(path: str, kind: str = "PathPrefix") -> list[Document]:
    return [{"path": {"type": kind, "value": path}}]


def listed(route: Document) -> Document:
    route["metadata"]["annotations"] = {"portway.dev/models": "listed"}
    return route


def base(*models: str, kind: str = "Exact") -> list[Document]:
    headers = ({"name": BASE, "type": kind, "value": each} for each in models)
    return [{"headers": [each]} for each in headers]


def adapters(route: Document, maps: str) -> Document:
    route["metadata"].setdefault("annotations", {})["portway.dev/adapters"] = maps
    return route


def config_map(name: str, model: str, *names: str) -> Document:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, "namespace": "default"},
        "data": {"baseModel": model, "adapters": "".join(f"- {each}\n" for each in names)},
    }


def auth() -> Document:
    asked = {"protocol": "HTTP", "backendRef": backend("auth"), "http": {"path": "/auth"}}
    return {"type": "ExternalAuth", "externalAuth": asked}


def routes() -> list[Document]:
    first = [
        rule(backend("a"), matches=by("a", "org/b", ODD)),
        rule(backend("a"), matches=by("r.*", kind="RegularExpression")),
        rule(backend("rest"), matches=at("/")),
    ]
    second = [
        rule(backend("b"), matches=by("c", "a")),
        rule(backend("b"), matches=by("guarded"), filters=[auth()]),
        rule(backend("nobody"), matches=by("lost")),
    ]
    based = [
        rule(backend("a"), matches=base("llama")),
        rule(backend("b"), matches=base("qwen/.*", kind="RegularExpression")),
        rule(backend("rest"), matches=at("/")),
    ]
    own = [rule(backend("a"), matches=by("a")), rule(backend("rest"), matches=at("/v1/models"))]
    guarded = [rule(backend("a"), matches=by(each), filters=[auth()]) for each in ("one", "two")]
    return [
        listed(http_route("first", "web", first, hostnames=[HOST])),
        listed(http_route("second", "web", second, hostnames=[HOST])),
        http_route("unlisted", "web", [rule(backend("b"), matches=by("d"))], hostnames=[HOST]),
        adapters(listed(http_route("based", "web", based, hostnames=[BASED])), "one, two"),
        adapters(
            http_route(
                "many", "web", [rule(backend("a"), matches=base("many"))], hostnames=["many.test"]
            ),
            "many",
        ),
        listed(http_route("own", "web", own, hostnames=[OWN])),
        listed(http_route("guarded", "web", guarded, hostnames=["guarded.test"])),
    ]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    async with AsyncExitStack() as stack:
        root = tmp_path_factory.mktemp("list")
        running = await stack.enter_async_context(stage(root, "a", "b", "rest", "auth"))
        web = gateway("web", [listener("http", HTTP)])
        maps = [
            config_map("one", "llama", "tuned", "a.b"),
            config_map("two", "qwen/7b", "qt", "tuned"),
        ]
        many = [f"organisation/of-many-adapters-{n}" for n in range(400)]
        await running.write(
            "site", [web, *running.services, *maps, config_map("many", "many", *many), *routes()]
        )
        yield running


async def test_the_models_of_all_routes_that_want_it_are_one_list(site: Stage) -> None:
    url = f"http://{site.address}:{site.ports[HTTP]}/v1"
    told = {"Host": HOST}
    async with openai.AsyncOpenAI(base_url=url, api_key="k", default_headers=told) as client:
        found = await client.models.list()
        assert [each.id for each in found.data] == sorted(["a", "c", "org/b", ODD])
        assert {each.object for each in found.data} == {"model"}
        assert (await client.models.retrieve("a")).id == "a"
        for each in ("d", "guarded", "lost", "r1", "or"):
            with pytest.raises(openai.NotFoundError) as caught:
                await client.models.retrieve(each)
            assert caught.value.code == "model_not_found"


async def test_a_name_may_have_a_slash(site: Stage) -> None:
    """OpenAI's client writes it as %2F, and goes where it is sent from there."""
    async with site.fresh() as web:
        web.follow_redirects = True
        for path in ("org/b", "org%2Fb"):
            answer = await web.get(f"http://{HOST}:{HTTP}/v1/models/{path}")
            assert answer.json()["id"] == "org/b"


@pytest.mark.parametrize(
    ("path", "status"), [("/", 200), ("?x=1", 200), ("/a?x=1", 200), ("/%61", 200), ("/b", 404)]
)
async def test_the_list_and_its_models_by_any_way_of_writing(
    site: Stage, path: str, status: int
) -> None:
    async with site.fresh() as web:
        answer = await web.get(f"http://{HOST}:{HTTP}/v1/models{path}")
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/json"


async def test_what_says_as_much_of_the_path_wins_and_other_methods_go_on(site: Stage) -> None:
    assert (await site.ask(OWN, "/v1/models")).backend == "rest"
    assert (await site.ask(HOST, "/v1/models", "POST")).backend == "rest"
    assert (await site.ask(HOST, "/v1/models", "DELETE")).backend == "rest"
    assert (await site.ask(HOST, "/v1/modelsx")).backend == "rest"


async def test_who_is_asked_about_every_model_is_asked_about_the_list(site: Stage) -> None:
    asked = len(site.origins["auth"].requests)
    async with site.fresh() as web:
        url = f"http://guarded.test:{HTTP}/v1/models"
        assert (await web.get(url)).status_code == 401
        answer = await web.get(url, headers={"Authorization": "good"})
    assert [each["id"] for each in answer.json()["data"]] == ["one", "two"]
    assert len(site.origins["auth"].requests) == asked + 2


@pytest.mark.parametrize(
    ("model", "backend", "told"),
    [
        ("llama", "a", ["llama"]),
        ("tuned", "a", ["llama"]),
        ("a.b", "a", ["llama"]),
        ("aXb", "rest", None),
        ("qt", "b", []),
        ("qwen/7b", "b", []),
        ("qwen/none", "rest", None),
        ("other", "rest", None),
    ],
)
async def test_a_request_for_an_adapter_comes_to_its_base_model(
    site: Stage, model: str, backend: str, told: list[str] | None
) -> None:
    """Whatever the client wrote; what it wrote means nothing to rules that do not ask for it."""
    for wrote in ({}, {BASE: "llama"}, {BASE: "qwen/7b"}):
        body = json.dumps({"model": model, "prompt": "why?"}).encode()
        reply = await site.ask(BASED, "/v1/completions", "POST", wrote, content=body)
        assert (reply.backend, reply.got("x-gateway-model-name")) == (backend, [model])
        assert reply.got(BASE.lower()) == (list(wrote.values()) if told is None else told)


@pytest.mark.parametrize("number", [0, 217, 399, 400])
async def test_many_adapters_are_more_than_one_regular_expression(site: Stage, number: int) -> None:
    body = json.dumps({"model": f"organisation/of-many-adapters-{number}"}).encode()
    reply = await site.ask("many.test", "/v1/completions", "POST", content=body)
    assert reply.status == (200 if number < 400 else 404)


async def test_adapters_are_listed_beside_their_base_models(site: Stage) -> None:
    async with site.fresh() as web:
        answer = await web.get(f"http://{BASED}:{HTTP}/v1/models")
    names = [each["id"] for each in answer.json()["data"]]
    assert names == ["a.b", "llama", "qt", "qwen/7b", "tuned"]
