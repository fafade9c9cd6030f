"""A cluster's kinds come and go; what is told adds up to what there is."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from portway.adapters.kube.client import Client
from portway.adapters.kube.extent import EVERYWHERE, Extent
from portway.adapters.kube.rhythm import Rhythm
from portway.adapters.kube.source import Batch, ClusterSource
from portway.core import api
from tests.adapters.kube.cluster import GATEWAY, Cluster
from tests.adapters.kube.test_reflector import ACCESS, QUICK, until

POOLS = "inference.networking.k8s.io"
RHYTHM = replace(QUICK, poll=30.0, looks=(0.001, 0.05), forbidden=0.2)


class Told:
    """What a source told, added up."""

    def __init__(self, cluster: Cluster, extent: Extent, rhythm: Rhythm) -> None:
        self.source = ClusterSource(Client(ACCESS, rhythm, cluster), extent)
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
async def following(
    cluster: Cluster,
    extent: Extent = EVERYWHERE,
    rhythm: Rhythm = RHYTHM,
    expected: Iterable[api.Named] = (),
) -> AsyncIterator[Told]:
    told = Told(cluster, extent, rhythm)
    told.source.expect(expected)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(told.source.run(told.take))
        try:
            yield told
        finally:
            task.cancel()


async def test_everything_at_first_comes_at_once() -> None:
    cluster = Cluster()
    cluster.routes().put("app")
    cluster.of("/api/v1/services").put("app", spec={"ports": [{"port": 80}]})
    slow = cluster.of("/api/v1/namespaces")
    slow.moods = ["500"] * 5
    slow.put("default")
    async with following(cluster) as told:
        await told.has(("HTTPRoute", "app"), ("Service", "app"), ("Namespace", "default"))
        assert [each.listed for each in told.batches] == [True]
        assert told.source.waiting == ()
        cluster.routes().put("other")
        await told.has(
            ("HTTPRoute", "app"),
            ("HTTPRoute", "other"),
            ("Service", "app"),
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
        cluster.of("/api/v1/services").moods = ["500"] * 10000
        cluster.broken = False
        await until(lambda: len(told.source.waiting) == 1 and "500" in told.source.waiting[0])
        assert told.source.waiting[0].startswith("Service has not been listed: 500")
        assert told.batches == []
        cluster.of("/api/v1/services").moods.clear()
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


async def test_what_we_may_not_read_is_waited_for_a_while(
    caplog: pytest.LogCaptureFixture,
) -> None:
    cluster = Cluster()
    cluster.forbidden.add("services")
    cluster.of("/api/v1/services").put("app", spec={"ports": [{"port": 80}]})
    async with following(cluster) as told:
        await asyncio.sleep(0.1)
        assert told.batches == []
        await told.has()
        assert any("/api/v1/services: the API server says 403" in each for each in caplog.messages)
        cluster.forbidden.clear()
        await told.has(("Service", "app"))


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


async def test_of_some_namespaces_nothing_else_is_asked_for() -> None:
    cluster = Cluster()
    root = f"/apis/{GATEWAY}/v1"
    cluster.routes().put("elsewhere")
    cluster.of(f"{root}/namespaces/default/httproutes").put("app")
    cluster.of(f"{root}/namespaces/shop/httproutes").put("cart", namespace="shop")
    cluster.routes(plural="gatewayclasses").put("portway", spec={"controllerName": "example.com/x"})
    async with following(cluster, Extent(("default", "shop"))) as told:
        await told.has(("HTTPRoute", "app"), ("HTTPRoute", "cart"), ("GatewayClass", "portway"))
        assert [each.listed for each in told.batches] == [True]
        cluster.of(f"{root}/namespaces/shop/httproutes").delete("cart")
        await told.has(("HTTPRoute", "app"), ("GatewayClass", "portway"))
    assert cluster.routes().asked == []
    selectors = {each["fieldSelector"] for each in cluster.of("/api/v1/namespaces").asked}
    assert selectors == {"metadata.name=default", "metadata.name=shop"}


async def test_another_version_takes_nothing_from_a_namespace_that_still_has_it() -> None:
    cluster = Cluster()
    cluster.kinds[GATEWAY, "v1beta1"] = ["httproutes"]
    cluster.kinds[GATEWAY, "v1"].remove("httproutes")
    for version in ("v1beta1", "v1"):
        for namespace in ("default", "shop"):
            listed = cluster.of(f"/apis/{GATEWAY}/{version}/namespaces/{namespace}/httproutes")
            listed.put(f"of-{namespace}", namespace=namespace)
    async with following(cluster, Extent(("default", "shop"))) as told:
        await told.has(("HTTPRoute", "of-default"), ("HTTPRoute", "of-shop"))
        cluster.kinds[GATEWAY, "v1beta1"].remove("httproutes")
        cluster.install(GATEWAY, "v1", "httproutes")
        served = f"/apis/{GATEWAY}/v1/namespaces/shop/httproutes"
        await until(lambda: bool(cluster.of(served).asked))
        cluster.of(served).delete("of-shop")
        await told.has(("HTTPRoute", "of-default"))
        gone = [each for batch in told.batches for each in batch.events if each.object is None]
        assert [(each.namespace, each.name) for each in gone] == [("shop", "of-shop")]


async def test_a_namespace_without_a_role_does_not_keep_the_others_waiting() -> None:
    cluster = Cluster()
    cluster.of(f"/apis/{GATEWAY}/v1/namespaces/default/httproutes").put("app")
    cluster.forbidden.add("namespaces/shop/httproutes")
    async with following(cluster, Extent(("default", "shop"))) as told:
        refused = "HTTPRoute has not been listed: 403"
        await until(lambda: [each[: len(refused)] for each in told.source.waiting] == [refused])
        await told.has(("HTTPRoute", "app"))
