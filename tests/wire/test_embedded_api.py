"""A site that is written through the API and through files, on the wire.

Must not import the product: it is a client like any other.
"""

import asyncio
import json
import ssl
import tempfile
from base64 import b64decode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.wire.harness.manifests import Document, backend, gateway, http_route, listener, rule
from tests.wire.harness.manifests import service as service_of
from tests.wire.harness.origin import Origin
from tests.wire.harness.portway import Portway, condition

pytestmark = [pytest.mark.envoy, pytest.mark.shapeless]

PORT = 8080
HOST = "app.example.com"
PATHS = {
    "GatewayClass": "/apis/gateway.networking.k8s.io/v1/gatewayclasses",
    "Gateway": "/apis/gateway.networking.k8s.io/v1/namespaces/default/gateways",
    "HTTPRoute": "/apis/gateway.networking.k8s.io/v1/namespaces/default/httproutes",
    "Service": "/api/v1/namespaces/default/services",
    "InferencePoolImport": (
        "/apis/inference.networking.x-k8s.io/v1alpha1/namespaces/default/inferencepoolimports"
    ),
}


@asynccontextmanager
async def api_of(portway: Portway) -> AsyncIterator[httpx.AsyncClient]:
    """A client with what is in the kubeconfig."""
    path = portway.data / "kubeconfig"
    assert path.stat().st_mode & 0o777 == 0o600
    document = json.loads(path.read_text())
    user, cluster = document["users"][0]["user"], document["clusters"][0]["cluster"]
    authority = b64decode(cluster["certificate-authority-data"]).decode()
    context = ssl.create_default_context(cadata=authority)
    with tempfile.TemporaryDirectory() as folder:
        files = []
        for name in ("client-certificate-data", "client-key-data"):
            files.append(Path(folder) / name)
            files[-1].write_bytes(b64decode(user[name]))
        context.load_cert_chain(files[0], files[1])
    async with httpx.AsyncClient(
        verify=context, base_url=cluster["server"], trust_env=False
    ) as client:
        yield client


async def create(http: httpx.AsyncClient, document: Document) -> None:
    answer = await http.post(PATHS[document["kind"]], json=document)
    assert answer.status_code == 201, answer.text


async def status(http: httpx.AsyncClient, kind: str, name: str) -> Any:
    answer = await http.get(f"{PATHS[kind]}/{name}")
    return answer.json().get("status", {})


async def asked(address: str, host: str = HOST, port: int = PORT) -> int:
    async with httpx.AsyncClient(trust_env=False, verify=False) as http:
        answer = await http.get(f"http://{address}:{port}/", headers={"host": host})
        return answer.status_code


def route(host: str = HOST) -> Document:
    return http_route("app", "web", [rule(backend("app"))], hostnames=[host])


async def test_a_site_from_the_api_outlives_a_kill(tmp_path: Path) -> None:
    async with Origin("app") as origin, Portway(tmp_path) as portway:
        async with api_of(portway) as http:
            await create(http, gateway("web", [listener("http", PORT)]))
            await create(http, service_of("app", origin.endpoint))
            await create(http, route())
            address = await portway.address("web")

            async def served() -> bool:
                return await asked(address) == 200

            async def told() -> bool:
                found = await status(http, "Gateway", "web")
                return condition(found, "Programmed") == "True"

            await portway.until(served, "the route serves")
            await portway.until(told, "the Gateway says so")
            parents = (await status(http, "HTTPRoute", "app"))["parents"]
            assert condition(parents[0], "Accepted") == "True"
        await portway.kill()
        assert await asked(address) == 200
        await portway.start()
        async with api_of(portway) as http:
            assert (await status(http, "HTTPRoute", "app"))["parents"] == parents
            assert await asked(address) == 200
            assert (await http.delete(f"{PATHS['HTTPRoute']}/app")).status_code == 200

            async def gone() -> bool:
                return await asked(address) == 404

            await portway.until(gone, "the route is gone")


async def test_a_pool_of_another_cluster_is_kept_and_no_route_leads_there(tmp_path: Path) -> None:
    """Whoever joins clusters writes InferencePoolImports, their statuses above all."""
    imported = {
        "apiVersion": "inference.networking.x-k8s.io/v1alpha1",
        "kind": "InferencePoolImport",
        "metadata": {"name": "llama", "namespace": "default"},
    }
    said = {"controllers": [{"name": "example.com/join", "exportingClusters": [{"name": "east"}]}]}
    group = "inference.networking.x-k8s.io"
    ref = {"group": group, "kind": "InferencePoolImport", "name": "llama"}
    async with Portway(tmp_path) as portway, api_of(portway) as http:
        await create(http, imported)
        patch = await http.patch(
            f"{PATHS['InferencePoolImport']}/llama/status",
            json={"status": said},
            headers={"content-type": "application/merge-patch+json"},
        )
        assert patch.status_code == 200, patch.text
        await create(http, gateway("web", [listener("http", PORT)]))
        await create(http, http_route("app", "web", [rule(ref)], hostnames=[HOST]))
        address = await portway.address("web")

        async def refused() -> bool:
            parents = (await status(http, "HTTPRoute", "app")).get("parents") or [{}]
            found = {each["type"]: each["reason"] for each in parents[0].get("conditions", ())}
            return found.get("ResolvedRefs") == "InvalidKind" and await asked(address) == 500

        await portway.until(refused, "the reference is refused")
        assert await status(http, "InferencePoolImport", "llama") == said


async def test_what_a_file_says_counts(tmp_path: Path) -> None:
    async with Origin("app") as origin, Portway(tmp_path) as portway, api_of(portway) as http:
        portway.write(
            "site",
            [gateway("web", [listener("http", PORT)]), service_of("app", origin.endpoint)],
        )
        await create(http, route("api.example.com"))
        address = await portway.address("web")

        async def from_api() -> bool:
            return await asked(address, "api.example.com") == 200

        async def from_file() -> bool:
            api = await asked(address, "api.example.com")
            return (api, await asked(address, "file.example.com")) == (404, 200)

        await portway.until(from_api, "the API's route serves")
        portway.write("route", [route("file.example.com")])
        await portway.until(from_file, "the file's route serves")
        assert "HTTPRoute default/app is in a file and in the API" in portway.log
        answer = await http.get(f"{PATHS['HTTPRoute']}/app")
        assert answer.json()["spec"]["hostnames"] == ["file.example.com"]
        answer = await http.delete(f"{PATHS['HTTPRoute']}/app")
        assert answer.status_code == 403
        assert "route.yaml:1, and what a file says counts; change it there" in answer.text
        portway.remove("route")
        await portway.until(from_api, "the API's route serves again")


async def test_what_is_in_files_is_seen_and_followed_with_its_true_status(tmp_path: Path) -> None:
    """A watch that was there before the file sees it come, get its status, change and go."""
    seen: list[tuple[str, str, bool]] = []
    async with Origin("app") as origin, Portway(tmp_path) as portway, api_of(portway) as http:
        query = {"watch": "1", "resourceVersion": "0", "timeoutSeconds": "30"}
        async with http.stream("GET", PATHS["HTTPRoute"], params=query) as watch:
            lines = watch.aiter_lines()

            async def until(what: str, host: str) -> None:
                """The event comes, with a status of that very version."""
                async with asyncio.timeout(15):
                    while (what, host, True) not in seen:
                        event = json.loads(await anext(lines))
                        seen.append((event["type"], *_told(event["object"])))

            portway.write(
                "site",
                [gateway("web", [listener("http", PORT)]), service_of("app", origin.endpoint)],
            )
            portway.write("route", [route("a.example.com")])
            await until("MODIFIED", "a.example.com")
            gateways = (await http.get(PATHS["Gateway"])).json()["items"]
            addresses = [each["status"]["addresses"][0]["value"] for each in gateways]
            assert addresses == [await portway.address("web")]
            portway.write("route", [route("b.example.com")])
            await until("MODIFIED", "b.example.com")
            portway.remove("route")
            async with asyncio.timeout(15):
                while seen[-1][0] != "DELETED":
                    event = json.loads(await anext(lines))
                    seen.append((event["type"], *_told(event["object"])))
        assert seen[0] == ("ADDED", "a.example.com", False)


def _told(made: Document) -> tuple[str, bool]:
    """The host of a route, and whether this version of it was accepted."""
    parents = made.get("status", {}).get("parents", ())
    (host,) = made["spec"]["hostnames"]
    now = made["metadata"]["generation"]
    found = [each for parent in parents for each in parent["conditions"]]
    accepted = [each for each in found if each["type"] == "Accepted"]
    return host, any((e["status"], e["observedGeneration"]) == ("True", now) for e in accepted)


async def test_it_can_be_turned_off(tmp_path: Path) -> None:
    async with Portway(tmp_path, options=("--no-api",)) as portway:
        assert not (portway.data / "kubeconfig").exists()
        assert not (portway.data / "api.db").exists()


async def test_what_is_made_for_a_gateway_can_be_found_and_goes_with_it(tmp_path: Path) -> None:
    """By the labels of GEP-1762, with what spec.infrastructure asks for, also when that changes."""
    paths = (PATHS["Service"], "/api/v1/namespaces/default/serviceaccounts")
    selector = {"labelSelector": "gateway.networking.k8s.io/gateway-name=web"}
    web = gateway("web", [listener("http", PORT)])
    web["spec"]["infrastructure"] = {"labels": {"team": "a"}, "annotations": {"note": "b"}}
    async with Portway(tmp_path) as portway, api_of(portway) as http:
        await create(http, web)
        address = await portway.address("web")

        async def found() -> list[Any]:
            answers = [await http.get(path, params=selector) for path in paths]
            return [item for each in answers for item in each.json()["items"]]

        async def teams(wanted: str | None) -> bool:
            made = await found()
            return [each["metadata"]["labels"].get("team") for each in made] == [wanted] * 2

        await portway.until(lambda: teams("a"), "both are there")
        service, account = await found()
        assert service["metadata"]["name"] == account["metadata"]["name"] == "web-portway"
        assert account["metadata"]["annotations"] == {"note": "b"}
        assert service["status"]["loadBalancer"]["ingress"] == [{"ip": address}]
        assert [(each["name"], each["port"]) for each in service["spec"]["ports"]] == [
            ("http2", PORT)
        ]
        merge = {"content-type": "application/merge-patch+json"}
        change = {"spec": {"infrastructure": {"labels": {"team": None, "stage": "x"}}}}
        answer = await http.patch(f"{PATHS['Gateway']}/web", json=change, headers=merge)
        assert answer.status_code == 200, answer.text
        await portway.until(lambda: teams(None), "the label is gone")
        assert (await found())[0]["metadata"]["labels"]["stage"] == "x"
        assert (await http.delete(f"{PATHS['Gateway']}/web")).status_code == 200

        async def gone() -> bool:
            return not await found()

        await portway.until(gone, "they went with the Gateway")
