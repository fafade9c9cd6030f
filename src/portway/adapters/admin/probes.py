"""What a cluster asks of a process it runs: does it live, is it ready, what are its numbers.

Knows three paths and a port that anybody in the cluster may reach, which is why there is nothing
else here: no object, no configuration, no reason that names either (see `server` for those).
"""

from collections.abc import Awaitable, Callable

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from portway.adapters.admin.metrics import CONTENT_TYPE
from portway.adapters.admin.one_port import OnePort
from portway.adapters.admin.server import AdminAddressError
from portway.adapters.listening import host_and_port


class Probes(OnePort):
    """Answers until cancelled."""

    def __init__(
        self,
        address: str,
        ready: Callable[[], bool],
        exposition: Callable[[], Awaitable[bytes]],
    ) -> None:
        """``address``: HOST:PORT, port 0 for any. ``ready`` returns at once; ``exposition`` gives
        the numbers in the format of Prometheus. Raises AdminAddressError."""
        try:
            where = host_and_port(address)
        except ValueError as error:
            raise AdminAddressError(f"probe address {address!r}: {error}") from None
        super().__init__("probe address", where, _application(ready, exposition))


def _application(
    ready: Callable[[], bool], exposition: Callable[[], Awaitable[bytes]]
) -> Starlette:
    async def alive(_: Request) -> Response:
        return PlainTextResponse("alive\n")

    async def is_ready(_: Request) -> Response:
        return PlainTextResponse("ready\n") if ready() else PlainTextResponse("not ready\n", 503)

    async def metrics(_: Request) -> Response:
        return Response(await exposition(), media_type=CONTENT_TYPE)

    return Starlette(
        routes=[
            Route("/healthz", alive),
            Route("/readyz", is_ready),
            Route("/metrics", metrics),
        ]
    )
