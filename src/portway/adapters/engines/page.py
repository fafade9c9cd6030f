"""One page of metrics at a time, over a connection that stays open.

Knows HTTP/1.1 through h11, and bounds: an engine that hangs, sends without end or speaks something
else costs its own numbers and nothing more. A hundred pages a second have to cost next to nothing,
which is why this is no general client.
"""

import asyncio
from typing import Any, Final

import h11

MOST_BYTES: Final = 4 * 1024 * 1024
_READ_BYTES: Final = 64 * 1024


class NoPage(Exception):
    """There is no page now. The message says why, without the address."""


class Page:
    """The metrics of one endpoint."""

    def __init__(self, address: str, path: str = "/metrics") -> None:
        """``address``: `ip:port`."""
        host, _, port = address.rpartition(":")
        self._host = host.removeprefix("[").removesuffix("]")
        self._port = int(port)
        self._request = h11.Request(
            method="GET",
            target=path,
            headers=[("host", address), ("user-agent", "portway-picker"), ("accept", "text/plain")],
        )
        self._http: h11.Connection | None = None
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def get(self, seconds: float) -> bytes:
        """The page, within so many seconds. Raises NoPage."""
        kept = self._writer is not None
        try:
            async with asyncio.timeout(seconds):
                try:
                    return await self._get()
                except (OSError, EOFError, h11.RemoteProtocolError):
                    if not kept:
                        raise
                # The engine closed what was kept open, which is its right.
                self.close()
                return await self._get()
        except TimeoutError:
            self.close()
            raise NoPage(f"no answer within {seconds:g} s") from None
        except (OSError, EOFError, h11.ProtocolError) as error:
            self.close()
            raise NoPage(str(error) or "the connection was closed") from None
        except NoPage:
            self.close()
            raise
        except asyncio.CancelledError:
            self.close()
            raise

    def close(self) -> None:
        """Give the connection up."""
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.close()
        self._http = self._reader = None

    async def _get(self) -> bytes:
        http, writer = await self._connection()
        writer.write((http.send(self._request) or b"") + (http.send(h11.EndOfMessage()) or b""))
        body = bytearray()
        while True:
            event = await self._next(http)
            if isinstance(event, h11.Response) and event.status_code != 200:
                raise NoPage(f"answered with {event.status_code}")
            if isinstance(event, h11.Data):
                body += event.data
                if len(body) > MOST_BYTES:
                    raise NoPage(f"more than {MOST_BYTES} bytes")
            if isinstance(event, h11.EndOfMessage):
                break
        if http.our_state is h11.MUST_CLOSE or http.their_state is h11.MUST_CLOSE:
            self.close()
        else:
            http.start_next_cycle()
        return bytes(body)

    async def _connection(self) -> tuple[h11.Connection, asyncio.StreamWriter]:
        if self._http is None or self._writer is None:
            self._reader, self._writer = await asyncio.open_connection(
                self._host, self._port, limit=_READ_BYTES
            )
            self._http = h11.Connection(h11.CLIENT)
        return self._http, self._writer

    async def _next(self, http: h11.Connection) -> Any:
        assert self._reader is not None
        while (event := http.next_event()) is h11.NEED_DATA:
            data = await self._reader.read(_READ_BYTES)
            if not data and http.their_state is h11.SEND_RESPONSE:
                raise EOFError("the connection was closed")
            http.receive_data(data)
        if isinstance(event, h11.ConnectionClosed):
            raise EOFError("the connection was closed")
        return event
