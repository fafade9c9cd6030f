"""Envoy's own account of what happened to it, from its admin socket.

Knows where a Portway instance's Envoy listens for it. Must not import the product: the counters are
the proxy's, so they say what really happened on the wire.
"""

import json
from pathlib import Path
from typing import Any

import httpx


class EnvoyAdmin:
    """Asks the Envoy behind one data folder; holds no connection between questions."""

    def __init__(self, data: Path) -> None:
        self._socket = data / "run" / "envoy-admin.sock"

    async def get(self, path: str, **query: str) -> str:
        """The body of a GET. Raises httpx.HTTPError."""
        # Without it each question reads all authorities of the machine, which takes 50 ms.
        transport = httpx.AsyncHTTPTransport(verify=False, uds=str(self._socket))
        async with httpx.AsyncClient(transport=transport, base_url="http://envoy") as client:
            answer = await client.get(path, params=query)
            answer.raise_for_status()
            return answer.text

    async def stats(self, pattern: str = "") -> dict[str, int]:
        """Counters and gauges whose name contains a match of a regular expression."""
        query = {"format": "json", **({"filter": pattern} if pattern else {})}
        found = json.loads(await self.get("/stats", **query))["stats"]
        return {each["name"]: each["value"] for each in found if isinstance(each.get("value"), int)}

    async def config(self, resource: str) -> list[Any]:
        """One list of the configuration dump, such as `dynamic_active_clusters`."""
        dump = json.loads(await self.get("/config_dump", resource=resource))
        found: list[Any] = dump.get("configs", [])  # an empty list is left out
        return found

    async def process_id(self) -> int:
        """The process number, as the pid file of the supervisor has it."""
        identity = json.loads((self._socket.parent / "envoy.pid").read_text())
        return int(identity["pid"])
