"""Pools of a cluster, or of the embedded API: their endpoints and policies, as they change.

Knows where each kind is in the API, and that objectives and rewrites exist in two groups, either of
which may be missing or come later. Must not know what any of it means to a pick.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable
from typing import Any, Final

import msgspec

from portway.adapters.kube.client import Client
from portway.adapters.kube.decoding import resource_of
from portway.adapters.kube.discovery import Served, discover
from portway.adapters.kube.failure import ApiFailure, Garbled, Unreachable
from portway.adapters.kube.mirror import Change
from portway.adapters.kube.reflector import Reflector
from portway.app.picker.desk import Policies
from portway.app.picker.members import Members
from portway.core import api
from portway.core.pick import Target, objective, rewrite
from portway.core.translate.referred_pool import explains

_log = logging.getLogger(__name__)

Name = tuple[str, str]
"""Namespace and name of a pool."""

_POLICIES: Final = (
    ("InferenceObjective", "inferenceobjectives"),
    ("InferenceModelRewrite", "inferencemodelrewrites"),
)
_LOOK_SECONDS: Final = 10.0  # for groups that may come


class Followed:
    """The pools of one process."""

    def __init__(
        self,
        client: Client,
        pools: Iterable[Name],
        targets: Callable[[Name, tuple[Target, ...]], None],
        policies: Callable[[Name, Policies], None],
        *,
        look_seconds: float = _LOOK_SECONDS,
    ) -> None:
        """``targets`` and ``policies`` are told of a pool whenever they are others."""
        self._client = client
        self._targets = targets
        self._policies = policies
        self._look = look_seconds
        self.listed = asyncio.Event()
        """Set once every pool and Pod there was has been told."""
        wanted = sorted(set(pools))
        self._spaces = {
            space: _Space(space, [pool for pool in wanted if pool[0] == space])
            for space in {each for each, _ in wanted}
        }

    async def run(self) -> None:
        """Follow until cancelled."""
        try:
            async with asyncio.TaskGroup() as group:
                for space in self._spaces.values():
                    self._begin(space, group)
                group.create_task(self._follow_policies(group))
                for space in self._spaces.values():
                    await space.listed()
                self.listed.set()
        finally:
            await self._client.close()

    def _begin(self, space: "_Space", group: asyncio.TaskGroup) -> None:
        for kind, path, take in (
            (
                "InferencePool",
                f"/apis/{api.INFERENCE_GROUP}/v1/namespaces/{space.name}/inferencepools",
                self._pools,
            ),
            ("Pod", f"/api/v1/namespaces/{space.name}/pods", self._pods),
        ):
            group.create_task(self._reflect(space, path, kind, take).run())

    def _reflect(
        self,
        space: "_Space",
        path: str,
        kind: str,
        take: Callable[["_Space", str, api.Resource | None], None],
    ) -> Reflector:
        served = Served(kind, api.KINDS[kind].type.api_version, path)

        def tell(changes: list[Change]) -> None:
            for each in changes:
                take(space, each.place.name, _resource(each, served))

        reflector = Reflector(self._client, path, tell)
        space.waits.append(reflector.listed)
        return reflector

    def _pools(self, space: "_Space", name: str, pool: api.Resource | None) -> None:
        members = space.members.get((space.name, name))
        if members is not None:
            found = pool if isinstance(pool, api.InferencePool) else None
            members.pool_is(found, space.pods)
            space.tell(name, found is not None and explains(found))
            self._policies((space.name, name), space.policies_of((space.name, name)))
            self._targets((space.name, name), members.targets())

    def _pods(self, space: "_Space", name: str, pod: api.Resource | None) -> None:
        if isinstance(pod, api.Pod):
            space.pods[name] = pod
        else:
            space.pods.pop(name, None)
        for pool, members in space.members.items():
            if members.pod_is(name, space.pods.get(name)):
                self._targets(pool, members.targets())

    # -- policies --------------------------------------------------------------------------

    async def _follow_policies(self, group: asyncio.TaskGroup) -> None:
        """Those there are, and those that come."""
        missing = [(of, *each) for of in objective.GROUPS for each in _POLICIES]
        while missing:
            for each in list(missing):
                if await self._is_served(*each):
                    missing.remove(each)
                    for space in self._spaces.values():
                        group.create_task(self._policy(space, *each).run())
            await asyncio.sleep(self._look)

    async def _is_served(self, group: str, kind: str, plural: str) -> bool:
        info = api.KindInfo(group, ("v1alpha2",), plural, True, api.Resource)
        try:
            return bool((await discover(self._client, {kind: info})).served)
        except (ApiFailure, Unreachable, Garbled) as failure:
            _log.debug("%s of %s cannot be looked for: %s", kind, group, failure)
            return False

    def _policy(self, space: "_Space", group: str, kind: str, plural: str) -> Reflector:
        path = f"/apis/{group}/v1alpha2/namespaces/{space.name}/{plural}"

        def tell(changes: list[Change]) -> None:
            kept = space.policies.setdefault((kind, group), {})
            for each in changes:
                read = objective.read if kind == "InferenceObjective" else rewrite.read
                found = None if each.object is None else read(bytes(each.object))
                if found is None:
                    kept.pop(each.place.name, None)
                else:
                    kept[each.place.name] = found
            for pool in space.members:
                self._policies(pool, space.policies_of(pool))

        return Reflector(self._client, path, tell)


class _Space:
    """A namespace and what is known of it."""

    def __init__(self, name: str, pools: Iterable[Name]) -> None:
        self.name = name
        self.members = {each: Members() for each in pools}
        self.pods: dict[str, api.Pod] = {}
        self.policies: dict[tuple[str, str], dict[str, Any]] = {}
        self.waits: list[asyncio.Event] = []
        self._explaining: set[str] = set()

    async def listed(self) -> None:
        for each in self.waits:
            await each.wait()

    def tell(self, pool: str, explains: bool) -> None:
        """Whether clients of a pool may ask why."""
        (self._explaining.add if explains else self._explaining.discard)(pool)

    def policies_of(self, pool: Name) -> Policies:
        return Policies(
            objective.priorities(self._of("InferenceObjective"), *pool),
            rewrite.rules(self._of("InferenceModelRewrite"), *pool),
            pool[1] in self._explaining,
        )

    def _of(self, kind: str) -> list[Any]:
        groups = [self.policies.get((kind, group), {}) for group in objective.GROUPS]
        return [each for group in groups for each in group.values()]


def _resource(change: Change, served: Served) -> api.Resource | None:
    """The object; None for none, and for one that breaks a rule."""
    if change.object is None:
        return None
    try:
        return resource_of(msgspec.Raw(change.object), served)
    except api.InvalidResource as error:
        _log.warning("%s; it is left out", error)
        return None
