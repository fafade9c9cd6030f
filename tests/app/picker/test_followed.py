"""Pools of an API server: endpoints and policies, as they come, change and go."""

import asyncio
import gc
import json
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from portway.adapters.apiserver.http.server import ApiServer
from portway.adapters.apiserver.store.objects import ObjectStore
from portway.adapters.kube.client import Client
from portway.adapters.kube.kubeconfig import from_kubeconfig
from portway.app.picker.desk import Policies
from portway.app.picker.followed import Followed, Name
from portway.core.pick import Target

# A connection whose TLS handshake is cancelled is left by httpcore to the collector, which says so.
pytestmark = [
    pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"),
    pytest.mark.filterwarnings(
        "ignore:Exception ignored in.*(ransport|socket):pytest.PytestUnraisableExceptionWarning"
    ),
]

LLAMA, QWEN = ("default", "llama"), ("other", "qwen")
POOLS = "/apis/inference.networking.k8s.io/v1/namespaces/{}/inferencepools"
PODS = "/api/v1/namespaces/{}/pods"


class Cluster:
    """An API server in this process, and what a picker was told of it."""

    def __init__(self, kubeconfig: Path) -> None:
        self.targets: dict[Name, list[str]] = {}
        self.policies: dict[Name, Policies] = {}
        self._client = Client(from_kubeconfig(kubeconfig))
        self.followed = Followed(
            Client(from_kubeconfig(kubeconfig)),
            [LLAMA, QWEN],
            self._told,
            self.policies.__setitem__,
            look_seconds=0.1,
        )

    def _told(self, name: Name, targets: tuple[Target, ...]) -> None:
        self.targets[name] = [each.address for each in targets]

    async def make(self, path: str, document: dict[str, Any]) -> None:
        await self._client.put(path, json.dumps(document).encode(), new=True)

    async def apply(self, path: str, document: dict[str, Any]) -> None:
        where = f"{path}/{document['metadata']['name']}"
        await self._client.apply(where, json.dumps(document).encode(), "test")

    async def pool(self, name: Name) -> None:
        await self.make(
            POOLS.format(name[0]),
            {
                "apiVersion": "inference.networking.k8s.io/v1",
                "kind": "InferencePool",
                "metadata": {"name": name[1]},
                "spec": {
                    "selector": {"matchLabels": {"app": name[1]}},
                    "targetPorts": [{"number": 8000}],
                    "endpointPickerRef": {"name": "epp", "port": {"number": 9002}},
                },
            },
        )

    async def pod(self, name: str, ip: str, app: str = "llama", ready: str = "True") -> None:
        space = "default" if app == "llama" else "other"
        document = {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": name, "labels": {"app": app}},
            "spec": {"containers": [{"name": "c", "image": "i"}]},
        }
        status = {"podIP": ip, "conditions": [{"type": "Ready", "status": ready}]}
        await self.apply(PODS.format(space), document)
        where = f"{PODS.format(space)}/{name}/status"
        body = {**document, "status": status}
        await self._client.apply(where, json.dumps(body).encode(), "test")

    async def close(self) -> None:
        await self._client.close()


@asynccontextmanager
async def cluster() -> AsyncIterator[Cluster]:
    store = ObjectStore()
    store.start()
    folder = Path(tempfile.mkdtemp(prefix="portway-test-"))
    server = ApiServer(store, folder)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(server.run())
        await server.listening.wait()
        made = Cluster(server.kubeconfig)
        try:
            yield made
            await asyncio.sleep(0.1)
        finally:
            await made.close()
            task.cancel()
    store.close()
    gc.collect()  # in this test, and not in one that knows nothing of it
    shutil.rmtree(folder)


async def until(true: Callable[[], bool], seconds: float = 10.0) -> None:
    async with asyncio.timeout(seconds):
        while not true():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


@asynccontextmanager
async def following(made: Cluster) -> AsyncIterator[None]:
    async with asyncio.TaskGroup() as group:
        task = group.create_task(made.followed.run())
        await until(lambda: made.followed.listed.is_set())
        await asyncio.sleep(0.3)
        yield
        task.cancel()


async def test_pools_and_pods_come_and_change_in_any_order() -> None:
    async with cluster() as made:
        space = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "other"}}
        await made.make("/api/v1/namespaces", space)
        await made.pod("a", "10.0.0.1")
        await made.pool(LLAMA)
        async with following(made):
            await until(lambda: made.targets.get(LLAMA) == ["10.0.0.1:8000"])
            await made.pod("b", "10.0.0.2")
            await made.pod("q", "10.0.9.9", "qwen")
            await until(lambda: made.targets[LLAMA] == ["10.0.0.1:8000", "10.0.0.2:8000"])
            assert QWEN not in made.targets
            await made.pool(QWEN)
            await until(lambda: made.targets.get(QWEN) == ["10.0.9.9:8000"])
            await made.pod("a", "10.0.0.1", ready="False")
            await until(lambda: made.targets[LLAMA] == ["10.0.0.2:8000"])


def definition(group: str, kind: str, plural: str) -> dict[str, Any]:
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{group}"},
        "spec": {
            "group": group,
            "scope": "Namespaced",
            "names": {"kind": kind, "plural": plural, "singular": kind.lower()},
            "versions": [
                {
                    "name": "v1alpha2",
                    "served": True,
                    "storage": True,
                    "schema": {"openAPIV3Schema": schema},
                }
            ],
        },
    }


@pytest.mark.parametrize("group", ["llm-d.ai", "inference.networking.x-k8s.io"])
async def test_objectives_and_rewrites_of_both_groups_even_if_they_come_later(group: str) -> None:
    crds = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
    here = f"/apis/{group}/v1alpha2/namespaces/default"
    async with cluster() as made, following(made):
        for kind, plural in (
            ("InferenceObjective", "inferenceobjectives"),
            ("InferenceModelRewrite", "inferencemodelrewrites"),
        ):
            await made.make(crds, definition(group, kind, plural))
        ref = {"name": "llama", "kind": "InferencePool"}
        head = {"apiVersion": f"{group}/v1alpha2"}
        await asyncio.sleep(0.3)
        await made.make(
            f"{here}/inferenceobjectives",
            {
                **head,
                "kind": "InferenceObjective",
                "metadata": {"name": "batch"},
                "spec": {"poolRef": ref, "priority": -1},
            },
        )
        await made.make(
            f"{here}/inferencemodelrewrites",
            {
                **head,
                "kind": "InferenceModelRewrite",
                "metadata": {"name": "canary"},
                "spec": {"poolRef": ref, "rules": [{"targets": [{"modelRewrite": "m-2"}]}]},
            },
        )

        def told() -> bool:
            policies = made.policies.get(LLAMA, Policies())
            return policies.priorities == {"batch": -1} and len(policies.rules) == 1

        await until(told)
        assert QWEN not in made.policies


async def test_a_pool_says_whether_its_clients_may_ask_why() -> None:
    async with cluster() as made:
        await made.pool(LLAMA)
        async with following(made):
            assert not made.policies[LLAMA].explains
            for word, allowed in (("allowed", True), ("no", False)):
                document = {
                    "apiVersion": "inference.networking.k8s.io/v1",
                    "kind": "InferencePool",
                    "metadata": {
                        "name": "llama",
                        "annotations": {"portway.dev/explain-pick": word},
                    },
                }
                await made.apply(POOLS.format("default"), document)
                await until(partial(_explains, made, allowed))


def _explains(made: Cluster, wanted: bool) -> bool:
    return made.policies[LLAMA].explains == wanted
