"""XBackends on the wire: by name, over TLS that is verified, with a certificate of their own."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.wire.harness import http
from tests.wire.harness.certificates import Authority
from tests.wire.harness.manifests import (
    Document,
    authorities,
    gateway,
    http_route,
    listener,
    rule,
)
from tests.wire.harness.origin import Origin
from tests.wire.harness.portway import Portway, condition
from tests.wire.harness.tls_origin import TlsOrigin

pytestmark = pytest.mark.envoy

PORT = 8080
NAME = "api.internal"


def x_backend(endpoint: str, **spec: Any) -> Document:
    """An XBackend that is found at `localhost`."""
    port = int(endpoint.rpartition(":")[2])
    return {
        "apiVersion": "gateway.networking.x-k8s.io/v1alpha1",
        "kind": "XBackend",
        "metadata": {"name": "outside"},
        "spec": {
            "type": "ExternalHostname",
            "externalHostname": {"hostname": "localhost"},
            "port": {"port": port},
            **spec,
        },
    }


def tls(mode: str = "ServerOnly", **more: Any) -> dict[str, Any]:
    ref = {"group": "", "kind": "ConfigMap", "name": "ca"}
    return {"mode": mode, "validation": {"hostname": NAME, "caCertificateRefs": [ref]}, **more}


@asynccontextmanager
async def serving(
    portway: Portway, *documents: Document
) -> AsyncIterator[Callable[[], Awaitable[int]]]:
    """Asks the route of the XBackend, and tells the status."""
    ref = {"group": "gateway.networking.x-k8s.io", "kind": "XBackend", "name": "outside"}
    portway.write("site", [gateway("web", [listener("http", PORT)]), *documents])
    portway.write("route", [http_route("app", "web", [rule(ref)])])
    address = await portway.address("web")
    async with http.client(address, ports={80: PORT}) as client:

        async def asked() -> int:
            return (await client.get("http://app.example.com/")).status_code

        yield asked


async def test_by_name_and_its_status_follows_its_use(tmp_path: Path) -> None:
    async with (
        Origin("outside") as origin,
        Portway(tmp_path) as portway,
        serving(portway, x_backend(origin.endpoint)) as asked,
    ):

        async def live() -> bool:
            return await asked() == 200

        await portway.until(live, "the route serves")

        async def used() -> bool:
            told = await portway.object_status("XBackend", "outside") or {}
            (parent,) = told.get("parents") or [{}]
            return condition(parent, "Accepted") == "True"

        await portway.until(used, "its status names the Gateway")
        portway.remove("route")

        async def unused() -> bool:
            return not await portway.object_status("XBackend", "outside")

        await portway.until(unused, "its status names nobody")


async def test_over_tls_that_is_verified(tmp_path: Path) -> None:
    authority, stranger = Authority("us"), Authority("them")
    async with (
        TlsOrigin("outside", authority.certificate(NAME), tmp_path / "origin") as origin,
        Portway(tmp_path) as portway,
        serving(portway, x_backend(origin.endpoint, tls=tls())) as asked,
    ):

        async def refused() -> bool:
            return await asked() == 500

        await portway.until(refused, "without an authority nothing is sent")
        portway.write("ca", [authorities("ca", stranger.pem)])

        async def unverified() -> bool:
            return await asked() == 503

        await portway.until(unverified, "nobody vouches for the backend")
        portway.write("ca", [authorities("ca", authority.pem)])

        async def live() -> bool:
            return await asked() == 200

        await portway.until(live, "the route serves")
        assert set(origin.server_names) == {NAME}


async def test_it_is_shown_the_certificate_that_it_names(tmp_path: Path) -> None:
    authority = Authority("us")
    shown = tls("ClientAndServer", clientCertificateRef={"name": "ours"})
    async with (
        TlsOrigin(
            "outside", authority.certificate(NAME), tmp_path / "origin", clients=authority
        ) as origin,
        Portway(tmp_path) as portway,
        serving(
            portway,
            authorities("ca", authority.pem),
            authority.certificate("us.internal").secret("ours"),
            x_backend(origin.endpoint, tls=shown),
        ) as asked,
    ):

        async def live() -> bool:
            return await asked() == 200

        await portway.until(live, "the route serves")
        portway.write("site", [gateway("web", [listener("http", PORT)])])
        bare = [authorities("ca", authority.pem), x_backend(origin.endpoint, tls=tls())]
        portway.write("bare", bare)

        async def turned_away() -> bool:
            return await asked() == 503

        await portway.until(turned_away, "without a certificate it is turned away")
