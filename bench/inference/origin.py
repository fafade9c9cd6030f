"""An origin that reads a whole request and answers at once, on every loopback address.

Knows one hand-written Envoy. Must not know who asks. The buffer filter is what makes it wait for
the end of the request: an answer before it would end the connection.
"""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bench.arms import Arm, answering
from bench.loads import Target
from portway.adapters.envoy.binary import locate
from tests.wire.harness import ports, processes

_TYPES = "type.googleapis.com/envoy.extensions.filters"
_MOST_BYTES = 4 * 1024 * 1024


@asynccontextmanager
async def origin(scratch: Path) -> AsyncIterator[Arm]:
    """Answers with 1 KiB at 127.0.0.1, 127.0.0.2, …, all at one port."""
    target = Target("127.0.0.1", ports.free_port(), "origin.bench.example")
    configuration = scratch / "origin.json"
    configuration.write_text(json.dumps({"static_resources": {"listeners": [_listener(target)]}}))
    command = [
        *(str(locate().path), "-c", str(configuration), "--concurrency", "1"),
        *("--disable-hot-restart", "--log-level", "error"),
    ]
    process = await processes.start(command, scratch / "origin.log")
    try:
        await answering(target, scratch / "origin.log")
        yield Arm("origin", target, (process.pid,))
    finally:
        await processes.end(process, seconds=3)


def _listener(target: Target) -> dict[str, object]:
    answer = {"status": 200, "body": {"inline_string": "x" * 1024}}
    route = {"match": {"prefix": "/"}, "direct_response": answer}
    filters = [
        {
            "name": "buffer",
            "typed_config": {
                "@type": f"{_TYPES}.http.buffer.v3.Buffer",
                "max_request_bytes": _MOST_BYTES,
            },
        },
        {"name": "router", "typed_config": {"@type": f"{_TYPES}.http.router.v3.Router"}},
    ]
    manager = {
        "@type": f"{_TYPES}.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "bench",
        "route_config": {"virtual_hosts": [{"name": "all", "domains": ["*"], "routes": [route]}]},
        "http_filters": filters,
    }
    address = {"address": "0.0.0.0", "port_value": target.port}
    return {
        "name": "origin",
        "address": {"socket_address": address},
        "filter_chains": [{"filters": [{"name": "http", "typed_config": manager}]}],
    }
