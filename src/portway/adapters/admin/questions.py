"""Questions to a process that has no admin socket, on a loopback port: POST /explain.

Knows the path, how large a question may be, and who may ask: whoever is on this machine, or comes
through a tunnel to it (`kubectl port-forward`), and no web page under a rebound name. Must not know
what is asked: one function answers, at once, and changes nothing by it.
"""

from collections.abc import Callable
from typing import Any, Final

import msgspec
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from portway.adapters.admin.one_port import OnePort
from portway.adapters.admin.server import HostCheck, loopback

MAX_QUESTION_BYTES: Final = 4 * 1024 * 1024


class Questions(OnePort):
    """Answers until cancelled."""

    def __init__(self, address: str, answer: Callable[[bytes], Any]) -> None:
        """``address``: HOST:PORT on loopback, port 0 for any. ``answer`` takes the body of a
        question and gives what is written as JSON; it raises ValueError for a question that makes
        no sense, LookupError for one about what is not here. Raises AdminAddressError."""
        where = loopback(address)
        super().__init__("address for questions", where, HostCheck(_application(answer)))


def _application(answer: Callable[[bytes], Any]) -> Starlette:
    async def explain(request: Request) -> Response:
        data = bytearray()
        try:
            async for part in request.stream():
                data += part
                if len(data) > MAX_QUESTION_BYTES:
                    text = f"the question is larger than {MAX_QUESTION_BYTES} bytes"
                    return _json({"error": text}, 413)
            return _json(answer(bytes(data)))
        except ClientDisconnect:
            return Response(status_code=400)
        except ValueError as error:
            return _json({"error": str(error)}, 400)
        except LookupError as error:
            return _json({"error": str(error.args[0])}, 404)

    return Starlette(routes=[Route("/explain", explain, methods=["POST"])])


def _json(value: Any, status: int = 200) -> Response:
    headers = {"cache-control": "no-store"}
    return Response(msgspec.json.encode(value), status, headers, media_type="application/json")
