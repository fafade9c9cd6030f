"""What the proxies of each Gateway show to the control plane, in Secrets beside them.

Composition only, and for the one replica that may write. A Secret is written when it is missing,
when a third of its certificate's life is left, when another authority signs, or when those who are
trusted have changed; a running proxy reads it again by itself. Only Secrets that are ours to write
are: one of the name that carries no label of ours is somebody else's, and told.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable
from typing import Final, NamedTuple

from portway.adapters.identity import KeyPair, Keyring
from portway.adapters.identity.signing import pair
from portway.adapters.kube import secret
from portway.adapters.kube.client import Client
from portway.app.identity import FAILURES, Identity, now
from portway.core import infra, model

_log = logging.getLogger(__name__)

# Between looks at all of them, in seconds: somebody may have deleted one.
LOOK_SECONDS: Final = 300.0
_RETRY_SECONDS: Final = 5.0


class Wanted(NamedTuple):
    """A Gateway with proxies, and the metadata of its Secret."""

    gateway: model.ObjectKey
    metadata: infra.Document


class Credentials:
    """Keeps the Secrets of all Gateways that have proxies."""

    def __init__(
        self,
        client: Client,
        identity: Identity,
        wanted: Callable[[], Iterable[Wanted]],
        may_write: Callable[[], bool],
    ) -> None:
        self._client = client
        self._identity = identity
        self._wanted = wanted
        self._may_write = may_write
        self._news = asyncio.Event()
        self._good: dict[model.ObjectKey, infra.Document] = {}
        self._said: set[str] = set()

    def look(self) -> None:
        """A Gateway came or changed, or who may write did."""
        self._news.set()

    def look_at_all(self) -> None:
        """What was good may be so no more."""
        self._good.clear()
        self.look()

    async def run(self) -> None:
        """Keep them until cancelled."""
        while True:
            left = await self._keep()
            try:
                async with asyncio.timeout(_RETRY_SECONDS if left else LOOK_SECONDS):
                    await self._news.wait()
            except TimeoutError:
                if not left:
                    self._good.clear()
            self._news.clear()

    async def _keep(self) -> bool:
        """See to each; True when some are left to do."""
        left = False
        for each in tuple(self._wanted()):
            ring = self._identity.ring
            if ring is None or not self._may_write():
                return False
            if self._good.get(each.gateway) == each.metadata:
                continue
            try:
                done = await self._see_to(each, ring)
            except FAILURES as failure:
                self._say(each, str(failure))
                done = False
            left = left or not done
        return left

    async def _see_to(self, each: Wanted, ring: Keyring) -> bool:
        """True when it is as it should be."""
        metadata = each.metadata
        held = await secret.read(self._client, metadata["namespace"], metadata["name"])
        if held is not None and not ours(held, metadata):
            self._say(each, "somebody else has made it; delete it, or rename the Gateway")
            return False
        owner = f"{each.gateway.namespace}/{each.gateway.name}"
        own = None if held is None else _pair(held)
        if held is None or own is None or not self._good_for_now(held, own, owner, ring):
            made = ring.for_gateway(owner, now())
            data = {
                "tls.crt": made.certificate_pem,
                "tls.key": made.key_pem,
                "ca.crt": ring.bundle,
            }
            if await secret.write(self._client, metadata, data, held, secret.TLS) is None:
                return False
        self._good[each.gateway] = metadata
        return True

    def _good_for_now(self, held: secret.Secret, own: KeyPair, owner: str, ring: Keyring) -> bool:
        return ring.good(own, owner, now()) and held.data.get("ca.crt") == ring.bundle

    def _say(self, each: Wanted, words: str) -> None:
        """Once for each."""
        said = f"Secret {each.metadata['namespace']}/{each.metadata['name']}: {words}"
        if said not in self._said:
            self._said.add(said)
            _log.warning("%s; the proxies of %s wait for it", said, each.gateway)


def ours(held: secret.Secret, metadata: infra.Document) -> bool:
    """Whether it carries our label for this Gateway, and belongs to this one and no other that had
    its name."""
    labels = held.metadata.get("labels") or {}
    wanted = metadata["labels"][infra.GATEWAY_LABEL]
    owners = {each.get("uid") for each in held.metadata.get("ownerReferences") or ()}
    mine = {each["uid"] for each in metadata["ownerReferences"]}
    return labels.get(infra.GATEWAY_LABEL) == wanted and bool(owners & mine)


def _pair(held: secret.Secret) -> KeyPair | None:
    try:
        return pair(held.data["tls.crt"], held.data["tls.key"])
    except (KeyError, ValueError):
        return None
