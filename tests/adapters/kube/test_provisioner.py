"""What is made for Gateways: against the API of this project, and one that says no."""

import asyncio
import gc
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from portway.adapters.apiserver.http.server import ApiServer
from portway.adapters.apiserver.store.objects import ObjectStore
from portway.adapters.apiserver.store.options import DeleteOptions, WriteOptions
from portway.adapters.kube.access import Access
from portway.adapters.kube.client import Client
from portway.adapters.kube.failure import ApiFailure, Unreachable
from portway.adapters.kube.kubeconfig import from_kubeconfig
from portway.adapters.kube.provisioner import Made, Provisioner
from portway.core.model import ObjectKey

# A connection whose TLS handshake is cancelled is left by httpcore to the collector, which says so.
pytestmark = [
    pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"),
    pytest.mark.filterwarnings(
        "ignore:Exception ignored in.*(ransport|socket):pytest.PytestUnraisableExceptionWarning"
    ),
]

KINDS = {"PodDisruptionBudget": "/apis/policy/v1", "Deployment": "/apis/apps/v1"}
VERSIONS = {"PodDisruptionBudget": "policy/v1", "Deployment": "apps/v1"}
GATEWAY = "gateway.networking.k8s.io/v1"
POOL = "inference.networking.k8s.io/v1"
WEB = ObjectKey("Gateway", "default", "web")
OTHER = ObjectKey("Gateway", "default", "other")


UIDS: dict[str, str] = {}
"""Of the Gateways that own what is made; the API clears away what has no owner."""


def document(kind: str, gateway: str = "web", **spec: Any) -> dict[str, Any]:
    owner = {"apiVersion": GATEWAY, "kind": "Gateway", "name": gateway, "uid": UIDS[gateway]}
    return {
        "apiVersion": VERSIONS[kind],
        "kind": kind,
        "metadata": {
            "name": gateway,
            "namespace": "default",
            "labels": {"ours": "yes"},
            "ownerReferences": [owner],
        },
        "spec": spec,
    }


def of_pool(each: dict[str, Any]) -> dict[str, Any]:
    """The document, owned by the pool of the name."""
    (owner,) = each["metadata"]["ownerReferences"]
    owner |= {"apiVersion": POOL, "kind": "InferencePool"}
    return each


class Hostile(Client):
    """Its writes fail first, one way after the other."""

    def __init__(self, access: Access) -> None:
        super().__init__(access)
        self.fails: list[Exception] = []

    async def _ask(self, method: str, *rest: Any, **more: Any) -> bytes:
        if method != "GET" and self.fails:
            raise self.fails.pop(0)
        return await super()._ask(method, *rest, **more)


class Site:
    """A provisioner and its API."""

    def __init__(self, store: ObjectStore, client: Hostile) -> None:
        self.store = store
        self.client = client
        self.leads = True
        self.settled = True
        self.seen: list[tuple[Made, bool]] = []
        self.provisioner = Provisioner(
            client,
            KINDS,
            "ours=yes",
            may_write=lambda: self.leads,
            settled=lambda: self.settled,
            seen=lambda made, raw: self.seen.append((made, raw is not None)),
            each_second=1000,
        )

    def _kind(self, kind: str) -> Any:
        return next(each for each in self.store.kinds.values() if each.kind == kind)

    def get(self, kind: str, name: str = "web") -> dict[str, Any] | None:
        found = self.store.tables.tables[self._kind(kind).key].get("default", name)
        return None if found is None else found.document

    def edit(self, kind: str, manager: str = "someone", **spec: Any) -> None:
        options = WriteOptions(api_version=VERSIONS[kind], manager=manager)
        found = self.get(kind)
        assert found is not None
        changed = msgspec.json.decode(msgspec.json.encode(found))
        changed["spec"] |= spec
        self.store.update(self._kind(kind), "default", "web", changed, options)

    def gateway(self, name: str) -> None:
        listeners = [{"name": "a", "port": 80, "protocol": "HTTP"}]
        spec = {"gatewayClassName": "x", "listeners": listeners}
        given = {"metadata": {"name": name}, "spec": spec}
        options = WriteOptions(api_version=GATEWAY)
        stored = self.store.create(self._kind("Gateway"), "default", given, options)
        UIDS[name] = stored.document["metadata"]["uid"]

    def pool(self, name: str) -> str:
        """Its UID."""
        spec = {"selector": {"matchLabels": {"app": name}}, "targetPorts": [{"number": 1}]}
        given = {"metadata": {"name": name}, "spec": spec}
        options = WriteOptions(api_version=POOL)
        stored = self.store.create(self._kind("InferencePool"), "default", given, options)
        uid: str = stored.document["metadata"]["uid"]
        return uid

    def create(self, each: dict[str, Any]) -> None:
        options = WriteOptions(api_version=each["apiVersion"])
        self.store.create(self._kind(each["kind"]), "default", each, options)

    def delete(self, kind: str) -> None:
        self.store.delete(self._kind(kind), "default", "web", DeleteOptions())


@asynccontextmanager
async def site() -> AsyncIterator[Site]:
    store = ObjectStore()
    store.start()
    folder = Path(tempfile.mkdtemp(prefix="portway-test-"))
    server = ApiServer(store, folder)
    async with asyncio.TaskGroup() as group:
        serving = group.create_task(server.run())
        await server.listening.wait()
        client = Hostile(from_kubeconfig(server.kubeconfig))
        made = Site(store, client)
        keeping = group.create_task(made.provisioner.run())
        for name in ("web", "other", "left", "foreign"):
            made.gateway(name)
        yield made
        await asyncio.sleep(0.1)
        keeping.cancel()
        await asyncio.wait([keeping])
        await client.close()
        serving.cancel()
    store.close()
    gc.collect()  # in this test, and not in one that knows nothing of it
    shutil.rmtree(folder)


async def until(true: Callable[[], Any]) -> None:
    async with asyncio.timeout(10):
        while not true():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


def spec(found: dict[str, Any] | None, field: str) -> Any:
    return None if found is None else found["spec"].get(field)


async def test_what_is_wanted_is_made_and_follows() -> None:
    async with site() as made:
        made.provisioner.want(
            WEB, (document("PodDisruptionBudget"), document("Deployment", replicas=2))
        )
        await until(lambda: made.get("PodDisruptionBudget") and made.get("Deployment"))
        made.provisioner.want(
            WEB, (document("PodDisruptionBudget"), document("Deployment", replicas=3))
        )
        await until(lambda: spec(made.get("Deployment"), "replicas") == 3)
        await until(lambda: (Made("PodDisruptionBudget", "default", "web"), True) in made.seen)


async def test_ours_comes_back_and_what_others_add_stays() -> None:
    async with site() as made:
        made.provisioner.want(WEB, (document("Deployment", replicas=2),))
        await until(lambda: made.get("Deployment"))
        made.edit("Deployment", replicas=7, paused=True)
        await until(lambda: spec(made.get("Deployment"), "replicas") == 2)
        assert spec(made.get("Deployment"), "paused") is True
        made.delete("Deployment")
        await until(lambda: spec(made.get("Deployment"), "replicas") == 2)


async def test_a_field_that_is_not_ours_is_not_fought_over() -> None:
    """An autoscaler's replicas."""
    async with site() as made:
        made.provisioner.want(WEB, (document("Deployment", minReadySeconds=1),))
        await until(lambda: made.get("Deployment"))
        made.edit("Deployment", "autoscaler", replicas=9)
        await asyncio.sleep(0.3)
        assert spec(made.get("Deployment"), "replicas") == 9
        made.provisioner.want(WEB, (document("Deployment", minReadySeconds=2),))
        await until(lambda: spec(made.get("Deployment"), "minReadySeconds") == 2)
        assert spec(made.get("Deployment"), "replicas") == 9


async def test_what_nobody_wants_any_more_goes_and_nothing_else() -> None:
    async with site() as made:
        foreign = document("PodDisruptionBudget", "foreign")
        foreign["metadata"]["labels"] = {}
        made.create(foreign)
        made.create(document("PodDisruptionBudget", "left"))  # of an earlier life
        made.provisioner.want(WEB, (document("PodDisruptionBudget"), document("Deployment")))
        await until(lambda: made.get("Deployment") and not made.get("PodDisruptionBudget", "left"))
        made.provisioner.want(WEB, (document("PodDisruptionBudget"),))
        await until(lambda: not made.get("Deployment"))
        assert made.get("PodDisruptionBudget")
        made.provisioner.want(WEB, None)
        await until(lambda: not made.get("PodDisruptionBudget"))
        assert made.get("PodDisruptionBudget", "foreign")


async def test_what_belongs_to_a_pool_is_kept_apart_from_a_gateway_of_its_name() -> None:
    pool = ObjectKey("InferencePool", "default", "left")
    async with site() as made:
        for name in ("left", "other"):
            UIDS[name] = made.pool(name)
        theirs = [of_pool(document("Deployment", name)) for name in ("left", "other")]
        made.create(theirs[1])  # of an earlier life
        made.provisioner.want(pool, (theirs[0],))
        made.provisioner.want(WEB, (document("Deployment"),))
        # A Gateway that keeps what it has keeps nothing of a pool.
        made.provisioner.want(OTHER, ())
        await until(lambda: made.get("Deployment", "left") and made.get("Deployment"))
        await until(lambda: not made.get("Deployment", "other"))
        made.provisioner.want(pool, None)
        await until(lambda: not made.get("Deployment", "left"))
        assert made.get("Deployment")


async def test_nothing_goes_before_all_is_known_nor_for_a_mistake() -> None:
    async with site() as made:
        made.settled = False
        made.create(document("PodDisruptionBudget"))
        made.provisioner.want(OTHER, (document("PodDisruptionBudget", "other"),))
        await until(lambda: made.get("PodDisruptionBudget", "other"))
        await asyncio.sleep(0.1)
        assert made.get("PodDisruptionBudget")
        made.provisioner.want(WEB, ())  # there is nothing to be said of it now
        made.settled = True
        made.provisioner.look_at_all()
        await asyncio.sleep(0.3)
        assert made.get("PodDisruptionBudget")


async def test_what_had_to_wait_goes_though_nothing_else_happens() -> None:
    async with site() as made:
        made.provisioner.want(WEB, (document("Deployment"),))
        await until(lambda: made.get("Deployment") and made.provisioner._there)
        await asyncio.sleep(0.2)  # what was written was told, so nobody has news any more
        made.settled = False
        made.provisioner.want(WEB, None)
        await asyncio.sleep(0.1)
        assert made.get("Deployment")
        made.settled = True
        await until(lambda: not made.get("Deployment"))


async def test_who_does_not_lead_writes_nothing_and_begins_when_it_does() -> None:
    async with site() as made:
        made.leads = False
        made.provisioner.want(WEB, (document("PodDisruptionBudget"),))
        await asyncio.sleep(0.3)
        assert not made.get("PodDisruptionBudget")
        made.leads = True
        made.provisioner.look_at_all()
        await until(lambda: made.get("PodDisruptionBudget"))


async def test_a_no_is_told_once_and_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    async with site() as made:
        bad = document("PodDisruptionBudget")
        bad["metadata"]["labels"] = {"ours": "yes", "no label": "?"}
        made.provisioner.want(WEB, (bad, document("Deployment")))
        made.provisioner.want(OTHER, (document("PodDisruptionBudget", "other"),))
        await until(lambda: made.get("PodDisruptionBudget", "other"))
        await asyncio.sleep(1.0)
        said = [each for each in caplog.records if "what is made for" in each.getMessage()]
        assert len(said) == 1
        assert "Gateway default/web" in said[0].getMessage()
        made.provisioner.want(WEB, (document("PodDisruptionBudget"), document("Deployment")))
        await until(lambda: made.get("Deployment"))


TROUBLE = [
    ApiFailure(500, "InternalError", "no"),
    ApiFailure(429, "TooManyRequests", "wait", 0.05),
    ApiFailure(409, "Conflict", "again"),
    Unreachable("away"),
]


async def test_writes_that_fail_are_tried_again_whatever_the_trouble() -> None:
    async with site() as made:
        made.client.fails = list(TROUBLE)
        made.provisioner.want(WEB, (document("PodDisruptionBudget"), document("Deployment")))
        await until(lambda: made.get("PodDisruptionBudget") and made.get("Deployment"))


async def test_deletions_that_fail_are_tried_again_though_nothing_else_happens() -> None:
    async with site() as made:
        made.provisioner.want(WEB, (document("PodDisruptionBudget"), document("Deployment")))
        await until(lambda: made.get("Deployment"))
        await asyncio.sleep(0.3)
        made.client.fails = [TROUBLE[0], TROUBLE[1], TROUBLE[3]]
        made.provisioner.want(WEB, (document("PodDisruptionBudget"),))
        await until(lambda: not made.get("Deployment"))
        assert made.get("PodDisruptionBudget")


async def test_one_that_is_refused_holds_up_no_other() -> None:
    async with site() as made:
        bad = document("PodDisruptionBudget")
        bad["metadata"]["labels"] = {"ours": "yes", "no label": "?"}
        made.provisioner.want(WEB, (bad, document("Deployment")))
        await until(lambda: made.get("Deployment"))
        assert not made.get("PodDisruptionBudget")


async def test_what_somebody_else_has_made_under_the_name_is_left_alone(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """It would be deleted with the Gateway."""
    async with site() as made:
        theirs = document("PodDisruptionBudget", minAvailable=3)
        theirs["metadata"]["labels"] = {"mine": "yes"}
        del theirs["metadata"]["ownerReferences"]
        made.create(theirs)
        made.provisioner.want(WEB, (document("PodDisruptionBudget"), document("Deployment")))
        await until(lambda: made.get("Deployment"))
        found = made.get("PodDisruptionBudget")
        assert found is not None
        assert found["metadata"]["labels"] == {"mine": "yes"}
        # Said once all of the Gateway was tried.
        await until(lambda: "PodDisruptionBudget default/web is somebody else's" in caplog.text)
        made.provisioner.want(WEB, None)
        await until(lambda: not made.get("Deployment"))
        assert made.get("PodDisruptionBudget")
