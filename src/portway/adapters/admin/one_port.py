"""One application on one port, until cancelled: what processes without an admin socket answer on.

Knows how a port is had, and what is said when it cannot be. Must not know what is asked there.
"""

import asyncio
from typing import Final

from starlette.types import ASGIApp

from portway.adapters.admin.server import AdminAddressError
from portway.adapters.listening import serving, tcp_socket

_GRACE: Final = 2  # seconds that open requests get at the end


class OnePort:
    """Serves one application."""

    def __init__(self, what: str, where: tuple[str, int], application: ASGIApp) -> None:
        """``what`` names the address in an error; ``where``: host and port, 0 for any port."""
        self._what = what
        self._where = where
        self._application = application
        self.port: int | None = None
        """The port in use once `listening` is set."""
        self.listening = asyncio.Event()

    async def run(self) -> None:
        """Answer until cancelled. Raises AdminAddressError if the address cannot be had."""
        try:
            bound = tcp_socket(*self._where)
        except OSError as error:
            host, port = self._where
            raise AdminAddressError(f"{self._what} {host}:{port}: {error.strerror}") from error
        with bound:
            self.port = bound.getsockname()[1]
            async with serving(self._application, [bound], grace=_GRACE, keep_alive=5):
                self.listening.set()
                await asyncio.Event().wait()
