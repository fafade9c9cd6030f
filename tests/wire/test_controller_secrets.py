"""Certificates from a cluster, where only those are read that something names.

Must not import the product.
"""

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.wire.harness.certificates import Authority
from tests.wire.harness.handshake import RefusedError, handshake
from tests.wire.harness.manifests import gateway, listener
from tests.wire.harness.portway import Portway, condition
from tests.wire.test_controller import Cluster, both
from tests.wire.test_embedded_api import PATHS, api_of, create

pytestmark = [pytest.mark.envoy, pytest.mark.shapeless]

HOST = "app.example.com"
PORT = 8443
SECRETS = "/api/v1/namespaces/default/secrets"


async def put(http: httpx.AsyncClient, document: Any) -> None:
    """A Secret; kubernetes.io/tls unless it says otherwise."""
    answer = await http.post(SECRETS, json=document)
    assert answer.status_code == 201, answer.text


async def shown(address: str) -> int:
    """The serial of the certificate; 0 where there is none."""
    try:
        return (await handshake(address, PORT, sni=HOST)).serial
    except (RefusedError, OSError):
        return 0


async def refers_to(http: httpx.AsyncClient, name: str) -> None:
    path = f"{PATHS['Gateway']}/web"
    found = (await http.get(path)).json()
    found["spec"]["listeners"][0]["tls"]["certificateRefs"][0]["name"] = name
    assert (await http.put(path, json=found)).status_code == 200


async def secrets_known(portway: Portway) -> str:
    async with httpx.AsyncClient(verify=False, trust_env=False) as http:
        return (await http.get(f"http://127.0.0.1:{portway.admin}/metrics")).text


async def test_certificates_change_places_and_no_handshake_fails(
    authority: Authority, tmp_path: Path
) -> None:
    async with both(tmp_path) as (cluster, portway), api_of(cluster) as http:
        web = listener("https", PORT, protocol="HTTPS", hostname=HOST, secret="first")
        await create(http, gateway("web", [web]))

        async def missing() -> bool:
            found = await portway.object_status("Gateway", "web") or {"listeners": [{}]}
            return condition(found["listeners"][0], "ResolvedRefs") == "False"

        await portway.until(missing, "the certificate is missed")
        # One that appears later; of a type that is anybody's (Opaque).
        await put(http, {**authority.certificate(HOST).secret("first"), "type": "Opaque"})
        address = await portway.address("web")
        one = await shown(address)
        assert one
        await put(http, authority.certificate(HOST).secret("second"))
        seen: set[int] = set()

        async def shake() -> None:
            while True:
                seen.add(await shown(address))
                await asyncio.sleep(0.002)

        async def another() -> bool:
            return len(seen) > 1

        shaking = asyncio.ensure_future(shake())
        try:
            await refers_to(http, "second")
            await portway.until(another, "the other certificate is shown")
        finally:
            shaking.cancel()
        assert 0 not in seen
        assert one in seen
        assert len(seen) == 2


async def test_of_many_secrets_those_are_read_that_are_named(
    authority: Authority, tmp_path: Path
) -> None:
    async with Cluster(tmp_path / "cluster") as cluster, api_of(cluster) as http:
        web = listener("https", PORT, protocol="HTTPS", hostname=HOST, secret="named")
        await create(http, gateway("web", [web]))
        for name in ("named", "other", "another"):
            await put(http, authority.certificate(HOST).secret(name))
        async with Portway(
            tmp_path / "gateway", name="gateway", kubeconfig=cluster.kubeconfig
        ) as portway:
            assert await shown(await portway.address("web"))
            assert 'portway_objects{kind="Secret"} 1.0' in await secrets_known(portway)
