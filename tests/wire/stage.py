"""A site for a whole module of wire tests: one Portway, one Gateway address, echoing backends.

Knows when what was written is live: every file ends with a route that answers with a number of its
own. Must not know what a module tests, and must not import the product.

    async with stage(folder, "a", "b") as site:
        await site.write("site", [gateway("web", ...), http_route(...)])
        reply = await site.ask("www.example.com", "/path")
        assert reply.backend == "a"
"""

import asyncio
import json
import math
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.wire import seeds
from tests.wire.harness import http, raw
from tests.wire.harness.manifests import Document, http_route, rule, service
from tests.wire.harness.origin import Origin
from tests.wire.harness.portway import Portway

HTTP = 8080
Headers = Mapping[str, str] | Sequence[tuple[str, str]]

# One after the other on connections of their own: whichever of Envoy's workers takes them, the
# slowest of them has the new routes.
_WITNESSES = 6


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, and, when a backend gave it, what the backend saw."""

    status: int
    headers: httpx.Headers
    body: bytes
    seen: dict[str, Any]

    @property
    def backend(self) -> str:
        """The name of the backend that answered; empty when none did."""
        return str(self.seen.get("service", ""))

    @property
    def outcome(self) -> str:
        """The backend's name, or else the status as text: one word for a table of cases."""
        return self.backend or str(self.status)

    def got(self, header: str) -> list[str]:
        """The values of a request header as the backend received them."""
        found: list[str] = self.seen["headers"].get(header, [])
        return found


class Stage:
    """A running site. `origins` are by name; each has a Service of that name on port 80."""

    def __init__(self, portway: Portway, origins: Mapping[str, Origin], gateway: str) -> None:
        self.portway = portway
        self.origins = origins
        self.address = ""
        self.ports: dict[int, int] = {}
        self._gateway = gateway
        self._turn = 0
        self._client: httpx.AsyncClient | None = None

    @property
    def services(self) -> list[Document]:
        """The Services of the origins."""
        return [service(name, origin.endpoint) for name, origin in self.origins.items()]

    async def open(self, ports: Sequence[int]) -> None:
        """Finds out where the Gateway serves these ports."""
        for port in ports:
            self.address, self.ports[port] = await seeds.where(
                self.portway, f"default/{self._gateway}", port
            )
        self._client = self.fresh()

    async def close(self) -> None:
        """Ends the connections that are kept."""
        if self._client is not None:
            await self._client.aclose()

    def fresh(self, **settings: Any) -> httpx.AsyncClient:
        """A client with connections of its own; its URLs may name the listeners' real ports."""
        ports = {80: self.ports[HTTP]} if 80 not in self.ports else {}
        return http.client(self.address, ports={**ports, **self.ports}, **settings)

    async def write(
        self, file: str, documents: Sequence[Document], ports: Sequence[int] = (HTTP,)
    ) -> None:
        """Replaces `<file>.yaml` and waits until all of it is live on every port given."""
        self._turn += 1
        marker = f"{file}.marker.test"
        to = {"hostname": f"turn-{self._turn}.test"}
        answer = rule(filters=[{"type": "RequestRedirect", "requestRedirect": to}])
        route = http_route(f"marker-{file}", self._gateway, [answer], hostnames=[marker])
        self.portway.write(file, [*documents, route])
        if self._client is None:
            await self.open(ports)
        for port in ports:
            await self._live(marker, port)

    async def _live(self, marker: str, port: int) -> None:
        wanted = f"turn-{self._turn}.test"
        witnesses = 0

        async def live() -> bool:
            nonlocal witnesses
            try:
                async with self.fresh() as client:
                    answer = await client.get(f"http://{marker}:{port}/")
            except httpx.TransportError:
                return False
            told = wanted in answer.headers.get("location", "")
            witnesses = witnesses + 1 if told else 0
            return witnesses >= _WITNESSES

        await self.portway.until(live, f"turn {self._turn} is live on port {port}")

    async def ask(
        self,
        host: str,
        path: str = "/",
        method: str = "GET",
        headers: Headers = (),
        *,
        port: int = HTTP,
        **settings: Any,
    ) -> Reply:
        """One request on a kept connection; the Host header is `host` exactly as given."""
        assert self._client is not None
        pairs = list(headers.items() if isinstance(headers, Mapping) else headers)
        answer = await self._client.request(
            method,
            f"http://{self.address}:{port}{path}",
            headers=[("Host", host), *pairs],
            **settings,
        )
        return Reply(answer.status_code, answer.headers, answer.content, _seen(answer))

    async def count(
        self, times: int, host: str, path: str = "/", *, connections: int = 5
    ) -> Counter[str]:
        """The outcomes of many requests, shared evenly by some connections."""
        assert times % connections == 0
        asked = f"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()

        async def one(found: Counter[str]) -> None:
            async with raw.connect(self.address, self.ports[HTTP]) as connection:
                for _ in range(times // connections):
                    await connection.send(asked)
                    answer = await connection.answer()
                    name = json.loads(answer.body)["service"] if answer.status == 200 else ""
                    found[name or str(answer.status)] += 1

        found: Counter[str] = Counter()
        await asyncio.gather(*(one(found) for _ in range(connections)))
        return found

    async def until(self, wanted: str, host: str, path: str = "/") -> None:
        """Waits until a request has an outcome."""

        async def has() -> bool:
            return (await self.ask(host, path)).outcome == wanted

        await self.portway.until(has, f"{host}{path} is answered by {wanted}")


@asynccontextmanager
async def stage(root: Path, *backends: str, gateway: str = "web") -> AsyncIterator[Stage]:
    """Runs Portway and an origin for each name; the manifests come with `Stage.write`."""
    async with AsyncExitStack() as stack:
        origins = {name: await stack.enter_async_context(Origin(name)) for name in backends}
        portway = await stack.enter_async_context(Portway(root))
        site = Stage(portway, origins, gateway)
        stack.push_async_callback(site.close)
        yield site


def band(share: float, times: int) -> tuple[float, float]:
    """How often something of probability `share` happens in `times` independent tries.

    Five standard deviations to both sides: a right implementation leaves the band less than once
    in a million runs, and one that is eight points of a hundred off is outside at 1,000 tries.
    """
    mean, deviation = share * times, math.sqrt(times * share * (1 - share))
    return mean - 5 * deviation, mean + 5 * deviation


def assert_shares(found: Counter[str], shares: Mapping[str, float]) -> None:
    """Every outcome that occurs is expected, and occurs as often as its share says."""
    times = found.total()
    assert set(found) <= set(shares), found
    for outcome, share in shares.items():
        low, high = band(share, times)
        assert low <= found[outcome] <= high, f"{outcome}: {found[outcome]} of {times}, {found}"


def _seen(answer: httpx.Response) -> dict[str, Any]:
    if answer.headers.get("content-type") != "application/json":
        return {}
    seen = answer.json()
    return seen if isinstance(seen, dict) else {}
