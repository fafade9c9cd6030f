"""Whether an API server is a controller itself: that of `portway run` is.

Knows what it says of itself at `/version`; a cluster's says nothing of the kind. Must not know what
follows from it.
"""

from typing import Final

import msgspec

from portway.adapters.kube.client import Client
from portway.adapters.kube.failure import NOT_FOUND, ApiFailure, Garbled, Unreachable
from portway.adapters.kube.rhythm import Backoff

_CLOSED: Final = (401, 403, NOT_FOUND)


class _Version(msgspec.Struct):
    controller: str = ""


async def controller_of(client: Client) -> str:
    """The name of the controller that the server is; empty for none, which is also what one says
    that tells us nothing. Waits until it answers."""
    backoff = Backoff(client.rhythm)
    while True:
        try:
            return msgspec.json.decode(await client.get("/version"), type=_Version).controller
        except msgspec.DecodeError:
            return ""
        except (ApiFailure, Unreachable, Garbled) as failure:
            if getattr(failure, "status", 0) in _CLOSED:
                return ""
            await client.pause(backoff.next(getattr(failure, "retry_after", None)))
