"""The proxies of each Gateway, wherever a cluster runs them: they come over the network.

Composition only: a server of configuration behind a door that asks for certificates, and a part of
all resources for each Gateway. A proxy is what its certificate says, and sees that Gateway's part.
"""

import asyncio
from collections.abc import Callable, Iterable

from portway.adapters.admin.metrics import Metrics
from portway.adapters.identity import gateway_of
from portway.adapters.xds import Caller, Secure, XdsServer
from portway.adapters.xds.call import RefusedError, Status
from portway.app.cluster import RECONNECT_SECONDS
from portway.app.data_plane import Post, told
from portway.app.identity import Identity
from portway.app.turn import Disconnected, Message
from portway.core import delta
from portway.core.schema import Schema


class Proxies:
    """See `data_plane.DataPlane`."""

    def __init__(
        self,
        identity: Identity,
        address: tuple[str, int],
        schema: Schema,
        metrics: Metrics,
        post: Post,
        changed: Callable[[str, int], None],
    ) -> None:
        """``address``: where to listen; port 0 is any free one. ``changed`` is told "ready" once
        proxies can be served."""
        self.resources = delta.Division()
        self._identity = identity
        self._told = post
        self._changed = changed
        self._begun = asyncio.Event()
        self._listening = False
        self._stopping = asyncio.Event()
        self.entrance = Secure(*address, identity.door.context)
        self._xds = XdsServer(
            self.entrance,
            schema,
            self.resources.part,
            told(self._post, metrics, lambda: None),
            _owner,
        )

    def _post(self, message: Message) -> None:
        """A proxy that hangs up mostly comes back at once, and nothing has become untrue."""
        if isinstance(message, Disconnected):
            asyncio.get_running_loop().call_later(RECONNECT_SECONDS, self._told, message)
        else:
            self._told(message)

    @property
    def settled(self) -> bool:
        return self._listening

    def quiet(self) -> bool:
        return self._xds.quiet()

    def taken(self, owner: str) -> delta.ResourceSet | None:
        """What an owner's proxies are to hold, unless one that is connected to us has yet to answer
        for some of it."""
        return self.resources.there(owner) if self._xds.answered(owner) else None

    def publish(self, owners: Iterable[str] | None) -> None:
        self._xds.notify(owners)

    def begin(self) -> None:
        if not self._begun.is_set():
            self._begun.set()
            self._xds.begin()

    async def numbers(self) -> bytes:
        return b""

    async def start(self) -> None:
        """Nothing: the API server, which may be away, has the authority without which nobody can
        be let in."""

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            serving = group.create_task(self._serve())
            await self._stopping.wait()
            serving.cancel()

    async def _serve(self) -> None:
        await self._identity.open()
        # Whoever has no answer yet is not there: proxies go to another one, or begin with the last
        # good configuration.
        await self._begun.wait()
        await self._xds.start()
        self._listening = True
        self._changed("ready", 0)
        await self._identity.run()

    async def stop(self) -> None:
        self._stopping.set()

    async def close(self) -> None:
        await self._xds.stop()


def _owner(caller: Caller) -> str:
    owner = gateway_of(caller.names)
    if owner is None:
        raise RefusedError(
            Status.PERMISSION_DENIED, "the certificate is not one of a Gateway's proxies"
        )
    return owner
