"""The admin endpoint over HTTP: on a unix socket, and on a loopback port if asked for.

Knows paths, sockets and who may connect. Must not know routing: what it answers comes from a
`View`. Only the owner of the process may open the socket, only loopback may reach the port, and a
web page must not read it through a rebound name, so the Host header is checked there too.
"""

import asyncio
import errno
import ipaddress
import logging
import os
import socket
import stat
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, Final, Protocol

import msgspec
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from portway.adapters.admin.metrics import CONTENT_TYPE, Metrics
from portway.adapters.admin.redact import redact, redact_text
from portway.adapters.listening import host_and_port, listening, serving, tcp_socket

MAX_QUERY_BYTES: Final = 1024 * 1024
_GRACE: Final = 2  # seconds that open requests get at the end
_log = logging.getLogger(__name__)

Query = Mapping[str, str | list[str]]
Numbers = Callable[[], Awaitable[bytes]]
"""What somebody else counts, in the format of Prometheus."""


async def no_numbers() -> bytes:
    """Nobody else counts."""
    return b""


class View(Protocol):
    """What there is to show. Every method returns at once, with a JSON-able value, but for one that
    may have to ask others first."""

    def ready(self) -> tuple[bool, list[str]]:
        """Whether traffic is served as configured, and if not, why."""

    def status(self) -> Any:
        """The statuses of all objects."""

    def config(self) -> Any:
        """What the proxy was told."""

    def objects(self) -> Any:
        """The objects it was made from."""

    async def explain(self, query: Query) -> Any:
        """Where a request goes, and why. Raises ValueError for a query that makes no sense."""


class AdminAddressError(ValueError):
    """The endpoint cannot be served where it was asked to."""


class AdminServer:
    """Serves a view until cancelled."""

    def __init__(
        self,
        view: View,
        metrics: Metrics,
        *,
        path: Path,
        port: str | None = None,
        numbers: Numbers = no_numbers,
    ) -> None:
        """`path`: of the unix socket. `port`: `HOST:PORT` on loopback, or None. `numbers`: what the
        proxy counts that belongs beside our own `metrics`.

        Raises AdminAddressError if `port` is not a loopback address.
        """
        self._path = path
        self._port = None if port is None else loopback(port)
        self._app = application(view, metrics, numbers)
        self.port: int | None = None
        """The port in use once `listening` is set; tells which one port 0 became."""
        self.listening = asyncio.Event()

    async def run(self) -> None:
        """Serve until cancelled; requests under way get two seconds.

        Raises AdminAddressError if the socket or the port is taken or cannot be made.
        """
        sockets = [_unix_socket(self._path)]
        try:
            if self._port is not None:
                sockets.append(_port_socket(self._port))
                self.port = sockets[-1].getsockname()[1]
            await self._serve(sockets)
        finally:
            for each in sockets:
                each.close()
            self._path.unlink(missing_ok=True)

    async def _serve(self, sockets: list[socket.socket]) -> None:
        async with serving(HostCheck(self._app), sockets, grace=_GRACE, keep_alive=5):
            self.listening.set()
            await asyncio.Event().wait()


def loopback(address: str) -> tuple[str, int]:
    """(host, port) of `HOST:PORT`. Raises AdminAddressError unless the host is a loopback IP
    address or `localhost`."""
    try:
        host, port = host_and_port(address)
    except ValueError as error:
        raise AdminAddressError(f"admin address {address!r}: {error}") from None
    if not _is_loopback(host):
        raise AdminAddressError(
            f"admin address {address!r}: {host} is not a loopback address; the admin endpoint has "
            "no authentication, use 127.0.0.1 or [::1] and a tunnel from elsewhere"
        )
    return ("127.0.0.1" if host == "localhost" else host), port


def application(view: View, metrics: Metrics, numbers: Numbers = no_numbers) -> Starlette:
    """The endpoint as an application; `server` adds the sockets."""

    async def healthz(_: Request) -> Response:
        return _json({"alive": True})

    async def readyz(_: Request) -> Response:
        ready, reasons = view.ready()
        return _json({"ready": ready, "reasons": reasons}, 200 if ready else 503)

    async def exposition(_: Request) -> Response:
        return Response(metrics.exposition() + await numbers(), media_type=CONTENT_TYPE)

    async def status(_: Request) -> Response:
        return await _shown(view.status())

    async def config(_: Request) -> Response:
        return await _shown(view.config())

    async def objects(_: Request) -> Response:
        return await _shown(view.objects())

    async def explain(request: Request) -> Response:
        try:
            query = await _body(request) if request.method == "POST" else _parameters(request)
            return await _shown(await view.explain(query))
        except ValueError as error:
            return _json({"error": str(error)}, 400)

    handlers: list[tuple[str, Callable[[Request], Awaitable[Response]], list[str]]] = [
        ("/healthz", healthz, ["GET"]),
        ("/readyz", readyz, ["GET"]),
        ("/metrics", exposition, ["GET"]),
        ("/status", status, ["GET"]),
        ("/config", config, ["GET"]),
        ("/objects", objects, ["GET"]),
        ("/explain", explain, ["GET", "POST"]),
    ]
    return Starlette(
        routes=[Route(path, _guarded(handler), methods=m) for path, handler, m in handlers],
        exception_handlers={404: _not_found, 405: _not_allowed},
    )


def _guarded(
    handler: Callable[[Request], Awaitable[Response]],
) -> Callable[[Request], Awaitable[Response]]:
    """A view that fails is our bug: answer it, log it, and go on serving the rest."""

    async def guarded(request: Request) -> Response:
        try:
            return await handler(request)
        except ClientDisconnect:
            return Response(status_code=400)
        except Exception as error:
            _log.exception("%s failed", request.url.path)
            return _json({"error": f"internal error: {type(error).__name__}"}, 500)

    return guarded


async def _not_found(request: Request, _: Exception) -> Response:
    return _json({"error": f"there is no {request.url.path}"}, 404)


async def _not_allowed(request: Request, _: Exception) -> Response:
    return _json({"error": f"{request.url.path} does not take {request.method}"}, 405)


async def _body(request: Request) -> Query:
    data = bytearray()
    async for part in request.stream():
        data += part
        if len(data) > MAX_QUERY_BYTES:
            raise ValueError(f"the query is larger than {MAX_QUERY_BYTES} bytes")
    try:
        return msgspec.json.decode(bytes(data), type=dict[str, str | list[str]])
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ValueError(f"the query is not a JSON object of texts: {error}") from error


def _parameters(request: Request) -> Query:
    query: dict[str, str | list[str]] = {}
    for name in request.query_params:
        values = request.query_params.getlist(name)
        query[name] = values[0] if len(values) == 1 else values
    return query


async def _shown(value: Any) -> Response:
    """Large answers are redacted on a thread: the loop has proxies to serve."""
    return await asyncio.to_thread(_json, value)


def _json(value: Any, status: int = 200) -> Response:
    data = msgspec.json.encode(redact(value))
    return Response(data, status, {"cache-control": "no-store"}, media_type="application/json")


class HostCheck:
    """Refuses requests to any other name than loopback: a web page that rebinds its own name to
    127.0.0.1 sends that name."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        hosts = [value.decode("latin-1") for name, value in scope["headers"] if name == b"host"]
        name = hosts[0] if len(hosts) == 1 else ""
        host = name[1 : name.find("]")] if name.startswith("[") else name.partition(":")[0]
        if _is_loopback(host):
            await self._app(scope, receive, send)
            return
        error = redact_text(f"Host {name[:100]!r} is not a loopback name; use localhost")
        await _json({"error": error}, 421)(scope, receive, send)


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _unix_socket(path: Path) -> socket.socket:
    _clear_stale(path)
    made = socket.socket(socket.AF_UNIX)
    try:
        made.bind(str(path))
        # Nobody can connect before listen, so there is no moment with wider permissions.
        path.chmod(stat.S_IRUSR | stat.S_IWUSR)
        return listening(made)
    except OSError as error:
        made.close()
        raise AdminAddressError(f"admin socket {path}: {error.strerror or error}") from error


def _clear_stale(path: Path) -> None:
    """Remove what a killed process left behind, but never a living one's socket or a file."""
    try:
        if not stat.S_ISSOCK(path.lstat().st_mode):
            raise AdminAddressError(f"admin socket {path}: there is a file that is not a socket")
    except FileNotFoundError:
        return
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(1)
        code = probe.connect_ex(str(path))
    if code == errno.ECONNREFUSED:
        path.unlink(missing_ok=True)
    elif code != errno.ENOENT:
        why = "another instance is running" if code == 0 else os.strerror(code)
        raise AdminAddressError(f"admin socket {path}: {why}; stop it or choose another path")


def _port_socket(address: tuple[str, int]) -> socket.socket:
    try:
        return tcp_socket(*address)
    except OSError as error:
        raise AdminAddressError(
            f"admin port {address[0]}:{address[1]}: {error.strerror or error}; choose another one"
        ) from error
