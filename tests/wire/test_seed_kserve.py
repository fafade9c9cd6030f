"""KServe's migration guide on its own class and Gateway (K2, K3, K5, K16, K17)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.wire import seeds
from tests.wire.harness import http, manifests, ports, processes
from tests.wire.harness.certificates import Authority
from tests.wire.harness.handshake import RefusedError, handshake
from tests.wire.harness.manifests import Document
from tests.wire.harness.origin import Origin
from tests.wire.harness.portway import Portway

pytestmark = pytest.mark.envoy

GATEWAY, ROUTE = "kserve/kserve-ingress-gateway", "default/sklearn-v2-iris"
HOST, PREDICTOR = "sklearn-v2-iris-default.example.com", "sklearn-v2-iris-predictor"
IRIS = (
    '{"inputs": [{"name": "input-0", "shape": [1, 4], "datatype": "FP32",'
    ' "data": [[5.1, 3.5, 1.4, 0.2]]}]}'
)


def guide(endpoint: str) -> list[Document]:
    return seeds.documents("kserve", endpoints={PREDICTOR: endpoint})


async def test_the_class_named_envoy_is_whose_controller_it_names(tmp_path: Path) -> None:
    """K2: with another controller neither class, Gateway nor route has a status, and nothing is
    served; with ours all is, and taken away again when it goes back."""
    async with Origin("predictor") as app, Portway(tmp_path) as portway:
        ours = guide(app.endpoint)
        theirs = guide(app.endpoint)
        seeds.pick(theirs, "GatewayClass")["spec"]["controllerName"] = (
            "gateway.envoyproxy.io/gatewayclass-controller"
        )

        async def untouched() -> bool:
            wanted = ("GatewayClass", "envoy", ""), ("Gateway", *reversed(GATEWAY.split("/")))
            found = [await portway.object_status(*each) for each in wanted]
            return found == [None, None] and not await seeds.route(portway, ROUTE)

        portway.write("guide", theirs)
        await seeds.known(portway, "Gateway", "kserve-ingress-gateway")
        assert await untouched()
        portway.write("guide", ours)
        await seeds.serving(portway, [GATEWAY], [ROUTE])
        status = await portway.object_status("GatewayClass", "envoy", "")
        assert seeds.conditions(status)["Accepted"][0] == "True"
        address, port = await seeds.where(portway, GATEWAY, 80)
        assert (await seeds.get(f"http://{address}:{port}/", host=HOST)).status == 200
        portway.write("guide", theirs)
        await portway.until(untouched, "the Gateway is left alone")
        url = f"http://{address}:{port}/"
        await seeds.until_reply(portway, lambda: seeds.get(url, host=HOST), 0)


async def test_http_serves_while_the_secret_is_missing(
    tmp_path: Path, authority: Authority
) -> None:
    """K3, K5: both listeners take the route; `https` is not programmed until `my-secret` is
    there; `http` does not wait for it."""
    async with Origin("predictor") as app, Portway(tmp_path) as portway:
        portway.write("guide", guide(app.endpoint))
        await seeds.serving(portway, [GATEWAY], [ROUTE])
        address, port = await seeds.where(portway, GATEWAY, 80)
        _, listeners = await seeds.gateway(portway, GATEWAY)
        http_seen, https_seen = (seeds.conditions(listeners[name]) for name in ("http", "https"))
        assert http_seen["Programmed"][0] == "True"
        assert https_seen["ResolvedRefs"] == ("False", "InvalidCertificateRef")
        assert https_seen["Programmed"][0] == "False"
        assert [listeners[name]["attachedRoutes"] for name in ("http", "https")] == [1, 1]
        answer = await seeds.get(f"http://{address}:{port}/v2/health/ready", host=HOST)
        told = answer.json["headers"]
        assert told["kserve-isvc-name"] == ["sklearn-v2-iris"]
        assert told["kserve-isvc-namespace"] == ["default"]
        certificate = authority.certificate(HOST, "*.example.com")
        portway.write("secret", [certificate.secret("my-secret", "kserve")])
        await seeds.until_listener(portway, GATEWAY, "https", Programmed="True")
        https = (await seeds.where(portway, GATEWAY, 443))[1]
        trust = tmp_path / "ca.pem"
        trust.write_bytes(authority.pem)
        answer = await seeds.get(f"https://{HOST}/x", at=address, port=https, trust=trust)
        assert answer.json["service"] == "predictor"
        # A listener without a hostname serves every server name, and clients that send none.
        assert (await handshake(address, https, sni=None)).names == certificate.names
        portway.remove("secret")
        await seeds.until_listener(portway, GATEWAY, "https", Programmed="False")

        async def refused() -> bool:
            try:
                await handshake(address, https, sni=HOST)
            except RefusedError:
                return True
            return False

        await portway.until(refused, "port 443 takes no handshake")
        assert (await seeds.get(f"http://{address}:{port}/", host=HOST)).status == 200


@pytest.fixture
def copied(tmp_path: Path) -> tuple[Path, str]:
    """A copy of the guide in a folder of its own, and where its predictor is to listen."""
    folder = tmp_path / "copy"
    folder.mkdir()
    endpoint = f"127.0.0.1:{ports.free_port()}"
    manifests.write(folder / "guide.yaml", guide(endpoint))
    return folder, endpoint


@asynccontextmanager
async def sample_backends(folder: Path) -> AsyncIterator[None]:
    """What the example's README starts first."""
    log = folder.with_suffix(".log")
    words = (seeds.PYTHON, "-m", "portway.app.sample", str(folder))
    process = await processes.start(words, log)
    try:
        async with asyncio.timeout(15):
            while "on 127.0.0.1" not in log.read_text():
                assert process.returncode is None, log.read_text()
                await asyncio.sleep(0.02)
        yield
    finally:
        await processes.end(process)


async def test_the_guides_request_gets_the_guides_answer(
    tmp_path: Path, copied: tuple[Path, str]
) -> None:
    """K16: `curl -H Host -H Content-Type .../infer -d @iris-input-v2.json`."""
    folder, endpoint = copied
    async with sample_backends(folder), Portway(tmp_path) as portway:
        portway.write("guide", guide(endpoint))
        await seeds.serving(portway, [GATEWAY], [ROUTE])
        address, port = await seeds.where(portway, GATEWAY, 80)
        url = f"http://{address}:{port}/v2/models/sklearn-v2-iris/infer"
        answer = await seeds.get(url, host=HOST, data=IRIS)
        assert answer.status == 200, answer.body
        assert answer.json["model_name"] == "sklearn-v2-iris"
        (output,) = answer.json["outputs"]
        wanted = {"name": "output-0", "shape": [1], "datatype": "INT64", "data": [0]}
        assert {name: output[name] for name in wanted} == wanted


async def test_streams_arrive_as_they_are_made_and_outlive_changes(tmp_path: Path) -> None:
    """K17: server-sent events come one by one, not at the end, while the configuration changes."""
    async with Origin("predictor") as app, Portway(tmp_path) as portway:
        portway.write("guide", guide(app.endpoint))
        await seeds.serving(portway, [GATEWAY], [ROUTE])
        address, port = await seeds.where(portway, GATEWAY, 80)
        loop = asyncio.get_running_loop()
        times: list[float] = []
        async with http.client(address, ports={80: port}) as client:
            url = f"http://{HOST}/stream?n=6&delay=0.1"
            async with client.stream("GET", url) as answer:
                async for line in answer.aiter_lines():
                    if not line:
                        continue
                    times.append(loop.time())
                    name = f"other-{len(times)}"
                    rule = manifests.rule(manifests.backend(PREDICTOR))
                    other = manifests.http_route(
                        name, "kserve-ingress-gateway", [rule], parent_namespace="kserve"
                    )
                    portway.write("other", [other])
        assert len(times) == 6
        assert times[-1] - times[0] >= 0.3  # Five pauses of 0.1 s; a buffered answer has none.
