"""What an instance has to do with the proxies it configures, wherever they run.

    LocalProxy (`local_proxy`)   the one Envoy of this machine, kept running by us
    Proxies (`proxies`)          those of each Gateway, run by a cluster, that come over the network

Knows what the rest of an instance asks of either. Must not know how either does it.
"""

from collections.abc import Callable, Iterable
from typing import Protocol

from portway.adapters.admin.metrics import Metrics
from portway.adapters.xds import StreamEvents
from portway.app.turn import Answered, Complete, Connected, Disconnected, Message
from portway.core import delta

Post = Callable[[Message], None]


class DataPlane(Protocol):
    """The proxies of one instance."""

    @property
    def resources(self) -> "delta.ResourceSet | delta.Division":
        """What they are to hold."""

    @property
    def settled(self) -> bool:
        """Whether who can be expected to serve does."""

    def quiet(self) -> bool:
        """Whether there is a proxy, and all have answered everything they were sent."""

    def publish(self, owners: Iterable[str] | None) -> None:
        """The resources of these owners (None: of all) changed."""

    def begin(self) -> None:
        """The resources are complete; may be said again."""

    async def numbers(self) -> bytes:
        """What a proxy here counted that belongs beside an instance's own numbers, in the format of
        Prometheus; nothing where they are elsewhere, since those tell it themselves."""

    async def start(self) -> None:
        """Listen. Raises one of the failures of the world."""

    async def run(self) -> None:
        """Whatever there is to do until `stop`."""

    async def stop(self) -> None:
        """Let requests under way finish; `run` returns."""

    async def close(self) -> None:
        """Listen no more."""


def told(post: Post, metrics: Metrics, answered: Callable[[], None]) -> StreamEvents:
    """What proxies do, as messages. ``answered`` is called with every answer."""

    def outcome(stream: int, found: delta.Ack | delta.Nack) -> None:
        post(Answered(found, stream))
        answered()

    return StreamEvents(
        outcome=outcome,
        opened=lambda stream, owner, _node: post(Connected(stream, owner)),
        complete=lambda stream: post(Complete(stream)),
        closed=lambda stream: post(Disconnected(stream)),
        sent=metrics.push,
    )
