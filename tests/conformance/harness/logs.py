"""The node's own endpoint, as far as an API server asks it: the output of containers, over HTTPS.

Knows `GET /containerLogs/NAMESPACE/POD/CONTAINER` with sinceTime, sinceSeconds, tailLines and
timestamps. Must not know how a container runs.
"""

import contextlib
import ssl
from collections.abc import AsyncIterator, Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import trustme
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from portway.adapters.listening import serving, tcp_socket
from tests.conformance.harness.api import Document
from tests.conformance.harness.deployments import NODE
from tests.conformance.harness.sandbox import Line, Sandbox

Find = Callable[[str, str], Iterable[Sandbox]]
"""(namespace, name) of a Pod to what runs of it, container by container."""


def application(find: Find, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> Starlette:
    """The endpoint."""

    async def logs(request: Request) -> PlainTextResponse:
        path, query = request.path_params, request.query_params
        boxes = find(path["namespace"], path["pod"])
        sandbox = next((e for e in boxes if e.container.name == path["container"]), None)
        if sandbox is None:
            return PlainTextResponse("container not found", 404)
        since = datetime.min.replace(tzinfo=UTC)
        if "sinceTime" in query:
            since = datetime.fromisoformat(query["sinceTime"])
        elif "sinceSeconds" in query:
            since = now() - timedelta(seconds=int(query["sinceSeconds"]))
        tail = int(query["tailLines"]) if "tailLines" in query else None
        stamped = query.get("timestamps") == "true"
        return PlainTextResponse(text(sandbox.lines, since, tail, stamped=stamped))

    return Starlette(routes=[Route("/containerLogs/{namespace}/{pod}/{container}", logs)])


def text(lines: Iterable[Line], since: datetime, tail: int | None, *, stamped: bool) -> bytes:
    """The lines from a time on, the last ``tail`` of them."""
    chosen = [line for line in lines if line.at >= since]
    if tail is not None:
        chosen = chosen[-tail:] if tail else []
    if not stamped:
        return b"".join(line.text for line in chosen)
    return b"".join(line.at.isoformat().encode() + b" " + line.text for line in chosen)


@contextlib.asynccontextmanager
async def served(find: Find, folder: Path) -> AsyncIterator[Document]:
    """Serves the endpoint; gives the Node that says where it is."""
    pair = trustme.CA().issue_cert("127.0.0.1")
    key, certificate = folder / "node.key", folder / "node.crt"
    pair.private_key_pem.write_to_path(key)
    certificate.write_bytes(b"".join(each.bytes() for each in pair.cert_chain_pems))
    taken = tcp_socket("127.0.0.1", 0)
    port = taken.getsockname()[1]
    try:
        async with serving(
            application(find),
            [taken],
            grace=1,
            keep_alive=5,
            ssl_certfile=certificate,
            ssl_keyfile=key,
            ssl_cert_reqs=ssl.CERT_NONE,
        ):
            yield node(port)
    finally:
        taken.close()


def node(port: int) -> Document:
    """The node, with its endpoint on a port of loopback."""
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": NODE},
        "spec": {},
        "status": {
            "addresses": [{"type": "InternalIP", "address": "127.0.0.1"}],
            "daemonEndpoints": {"kubeletEndpoint": {"Port": port}},
            "conditions": [{"type": "Ready", "status": "True", "reason": "KubeletReady"}],
        },
    }
