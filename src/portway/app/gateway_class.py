"""The GatewayClass that an installation brings with it, so that nobody has to make one.

Composition only, and for the one replica that may write. The class is made when its kind is there
and it is not, in whatever order an installation was put together; a package could do so only where
the CRDs of the Gateway API came first. What stands there already is left as it is, whosesoever it
is, and made again when somebody deletes it.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any, Final

import msgspec

from portway.adapters.kube.client import Client
from portway.adapters.kube.failure import NOT_FOUND, ApiFailure, Garbled, Unreachable
from portway.core import model
from portway.core.controller_name import CONTROLLER

_log = logging.getLogger(__name__)

_CONFLICT: Final = 409
# In seconds: while it is not our turn, which costs no request; and between looks at it.
_SOON: Final = 1.0
_LOOK: Final = 30.0
DESCRIPTION: Final = "Gateways served by Portway"


class _Class(msgspec.Struct):
    spec: dict[str, Any] = {}


class GatewayClassKeeper:
    """Keeps one class in being."""

    def __init__(
        self,
        client: Client,
        name: str,
        path: Callable[[model.ObjectKey], str | None],
        may_write: Callable[[], bool],
        *,
        controller: str = CONTROLLER,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """``path`` of an object in the API, None while its kind is not served; ``controller``:
        whose class it is."""
        self._client = client
        self._key = model.ObjectKey("GatewayClass", "", name)
        self._path = path
        self._may_write = may_write
        self._controller = controller
        self._sleep = sleep
        self._said = ""

    async def run(self) -> None:
        """Keep it until cancelled."""
        while True:
            await self._sleep(await self._see())

    async def _see(self) -> float:
        """See to it; seconds until the next look."""
        path = self._path(self._key)
        if path is None or not self._may_write():
            return _SOON
        try:
            await self._be(path)
        except (ApiFailure, Unreachable, Garbled) as failure:
            # Another replica, or somebody else, was faster: then it is there.
            if getattr(failure, "status", 0) != _CONFLICT:
                self._say(f"cannot be made: {failure}")
        return _LOOK

    async def _be(self, path: str) -> None:
        try:
            found = _decode(await self._client.get(path))
        except ApiFailure as failure:
            if failure.status != NOT_FOUND:
                raise
            await self._client.put(path.rpartition("/")[0], self._document(path), new=True)
            _log.info("made the GatewayClass %s", self._key.name)
            return
        owner = found.spec.get("controllerName")
        if owner == self._controller:
            self._said = ""
        else:
            self._say(f"belongs to {owner}; delete it, or name another one with --gateway-class")

    def _document(self, path: str) -> bytes:
        _, _, group, version, *_ = path.split("/")
        return msgspec.json.encode(
            {
                "apiVersion": f"{group}/{version}",
                "kind": "GatewayClass",
                "metadata": {"name": self._key.name},
                "spec": {"controllerName": self._controller, "description": DESCRIPTION},
            }
        )

    def _say(self, words: str) -> None:
        """Once for each trouble."""
        if words != self._said:
            self._said = words
            _log.warning("the GatewayClass %s %s", self._key.name, words)


def _decode(body: bytes) -> _Class:
    try:
        return msgspec.json.decode(body, type=_Class)
    except msgspec.DecodeError as error:
        raise Garbled(f"this is no GatewayClass: {error}") from None
