"""A cluster's kinds come and go; what is told adds up to what there is."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from portway.adapters.kube.client import Client
from portway.adapters.kube.source import Batch, ClusterSource
from portway.core import api
from tests.adapters.kube.cluster import GATEWAY, Cluster
from tests.adapters.kube.test_reflector import ACCESS, QUICK, until

POOLS = "inference.networking.k8s.io"
RHYTHM = replace(QUICK, poll=30.0, looks=(0.001, 0.05), forbidden=0.2)


class Told:
    """What a source told, added up."""

    def __init__(self, cluster: Cluster) -> None:
        self.source = ClusterSource(Client(ACCESS, RHYTHM, cluster))
        self.batches: list[Batch] = []
        self.state: dict[tuple[str, str], api.Resource] = {}

    def take(self, batch: Batch) -> None:
        self.batches.append(batch)
        for each in batch.events:
            if each.object is None:
                del self.state[each.kind, each.name]
            else:
                self.state[each.kind, each.name] = each.object

    async def has(self, *keys: tuple[str, str]) -> None:
        await until(lambda: bool(self.batches) and set(self.state) == set(keys))


@asynccontextmanager
async def following(cluster: Cluster) -> AsyncIterator[Told]:
    told = Told(cluster)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(told.source.run(told.take))
        try:
            yield told
        finally:
            task.cancel()


async def test_everything_at_first_comes_at_once() -> None:
    cluster = Cluster()
    cluster.routes().put("app")
    cluster.of("/api/v1/configmaps").put("app")
    slow = cluster.of("/api/v1/namespaces")
    slow.moods = ["500"] * 5
    slow.put("default")
    async with following(cluster) as told:
        await told.has(("HTTPRoute", "app"), ("ConfigMap", "app"), ("Namespace", "default"))
        assert [each.listed for each in told.batches] == [True]
        assert told.source.waiting == ()
        cluster.routes().put("other")
        await told.has(
            ("HTTPRoute", "app"),
            ("HTTPRoute", "other"),
            ("ConfigMap", "app"),
            ("Namespace", "default"),
        )
        assert [each.listed for each in told.batches] == [True, False]
    assert cluster.accepted["/apis/apiextensions.k8s.io/v1/customresourcedefinitions"] == {
        "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
    }


async def test_it_says_what_it_waits_for() -> None:
    cluster = Cluster()
    cluster.broken = True
    async with following(cluster) as told:
        assert told.source.waiting == ("the API server http://server has not answered yet",)
        cluster.of("/api/v1/secrets").moods = ["500"] * 10000
        cluster.broken = False
        await until(lambda: len(told.source.waiting) == 1 and "500" in told.source.waiting[0])
        assert told.source.waiting[0].startswith("Secret has not been listed: 500")
        assert told.batches == []
        cluster.of("/api/v1/secrets").moods.clear()
        await told.has()


async def test_a_kind_comes_with_its_crd_and_goes_with_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    cluster = Cluster()
    cluster.routes().put("app")
    async with following(cluster) as told:
        await told.has(("HTTPRoute", "app"))
        assert any("the cluster has no ListenerSet, GRPCRoute" in each for each in caplog.messages)
        cluster.routes(plural="grpcroutes").put("api")
        cluster.install(GATEWAY, "v1", "grpcroutes")
        await told.has(("HTTPRoute", "app"), ("GRPCRoute", "api"))
        cluster.remove(GATEWAY, "v1", "grpcroutes")
        await told.has(("HTTPRoute", "app"))
        # It comes again, with what is there then.
        cluster.routes(plural="grpcroutes").put("second")
        cluster.install(GATEWAY, "v1", "grpcroutes")
        await told.has(("HTTPRoute", "app"), ("GRPCRoute", "api"), ("GRPCRoute", "second"))


async def test_a_list_that_vanishes_is_looked_for_without_being_told() -> None:
    cluster = Cluster()
    cluster.routes().put("app")
    cluster.routes().moods = ["ends"] * 3
    async with following(cluster) as told:
        await told.has(("HTTPRoute", "app"))
        cluster.kinds[GATEWAY, "v1"].remove("httproutes")
        cluster.routes().forget()
        cluster.routes().put("unheard-of")
        await told.has()


async def test_discovery_that_fails_takes_nothing_away() -> None:
    cluster = Cluster()
    cluster.routes().put("app")
    async with following(cluster) as told:
        await told.has(("HTTPRoute", "app"))
        cluster.broken = True
        cluster.crds.put("something")
        await asyncio.sleep(0.2)
        assert set(told.state) == {("HTTPRoute", "app")}
        cluster.broken = False
        cluster.routes().put("other")
        await told.has(("HTTPRoute", "app"), ("HTTPRoute", "other"))


async def test_an_older_version_is_read_and_a_newer_one_when_it_comes() -> None:
    cluster = Cluster()
    cluster.kinds[GATEWAY, "v1beta1"] = ["httproutes"]
    cluster.kinds[GATEWAY, "v1"].remove("httproutes")
    old, new = cluster.routes("v1beta1"), cluster.routes()
    for each in ("kept", "lost"):
        old.put(each)
    new.put("kept")
    async with following(cluster) as told:
        await told.has(("HTTPRoute", "kept"), ("HTTPRoute", "lost"))
        cluster.kinds[GATEWAY, "v1beta1"].remove("httproutes")
        cluster.install(GATEWAY, "v1", "httproutes")
        await told.has(("HTTPRoute", "kept"))
        gone = [each for batch in told.batches for each in batch.events if each.object is None]
        assert [each.name for each in gone] == ["lost"]


async def test_a_version_that_nobody_here_can_read_is_told(
    caplog: pytest.LogCaptureFixture,
) -> None:
    cluster = Cluster()
    cluster.kinds[GATEWAY, "v2"] = ["tcproutes"]
    async with following(cluster) as told:
        await told.has()
    assert "TCPRoute is served as v2 only, which Portway cannot read" in caplog.messages


async def test_pods_are_read_only_where_something_selects_them() -> None:
    cluster = Cluster()
    cluster.of("/api/v1/pods").put("model")
    async with following(cluster) as told:
        await told.has()
        assert cluster.of("/api/v1/pods").asked == []
        cluster.install(POOLS, "v1", "inferencepools")
        await told.has(("Pod", "model"))


async def test_secrets_that_nobody_can_name_are_not_asked_for() -> None:
    cluster = Cluster()
    async with following(cluster) as told:
        await told.has()
    selectors = {each.get("fieldSelector", "") for each in cluster.of("/api/v1/secrets").asked}
    assert all("type!=helm.sh/release.v1" in each for each in selectors)


async def test_what_we_may_not_read_is_waited_for_a_while(
    caplog: pytest.LogCaptureFixture,
) -> None:
    cluster = Cluster()
    cluster.forbidden.add("secrets")
    cluster.of("/api/v1/secrets").put("cert")
    async with following(cluster) as told:
        await asyncio.sleep(0.1)
        assert told.batches == []
        await told.has()
        assert any("/api/v1/secrets: the API server says 403" in each for each in caplog.messages)
        cluster.forbidden.clear()
        await told.has(("Secret", "cert"))


async def test_an_object_that_breaks_our_rules_keeps_its_last_good_version(
    caplog: pytest.LogCaptureFixture,
) -> None:
    cluster = Cluster()
    routes = cluster.routes()
    routes.put("app")
    async with following(cluster) as told:
        await told.has(("HTTPRoute", "app"))
        routes.put("app", spec={"rules": [{"backendRefs": [{"name": 7}]}]})
        routes.put("other", spec={"hostnames": ["NOT A HOST"]})
        await until(lambda: len([each for each in caplog.messages if "HTTPRoute" in each]) >= 2)
        assert set(told.state) == {("HTTPRoute", "app")}
        assert any("its last good version stays" in each for each in caplog.messages)
        assert any("it is left out" in each for each in caplog.messages)
        routes.put("other")
        routes.delete("app")
        await told.has(("HTTPRoute", "other"))
