"""Of Secrets and ConfigMaps that is read which something names, for as long as it does."""

import asyncio
from dataclasses import replace
from typing import Any

from portway.adapters.kube.needs import EACH
from portway.core import api
from tests.adapters.kube.cluster import GATEWAY, Cluster
from tests.adapters.kube.test_reflector import until
from tests.adapters.kube.test_source import RHYTHM, Told, following

SECRETS = "/api/v1/namespaces/default/secrets"
OFTEN = replace(RHYTHM, poll=0.03)


def https(*names: str) -> dict[str, Any]:
    refs = [{"name": each} for each in names]
    listener = {"name": "a", "port": 443, "protocol": "HTTPS", "tls": {"certificateRefs": refs}}
    return {"gatewayClassName": "portway", "listeners": [listener]}


def gateways(cluster: Cluster) -> Any:
    return cluster.routes(plural="gateways")


def names_of(told: Told) -> set[str]:
    return {name for kind, name in told.state if kind == "Secret"}


async def test_only_what_is_named_is_asked_for() -> None:
    cluster = Cluster()
    for name in ("cert", "other"):
        cluster.of(SECRETS).put(name)
    gateways(cluster).put("web", spec=https("cert"))
    async with following(cluster) as told:
        await told.has(("Gateway", "web"), ("Secret", "cert"))
        # Both in the first batch: a Gateway without its certificates would be served without them.
        assert [each.listed for each in told.batches] == [True]
    assert {each["fieldSelector"] for each in cluster.of(SECRETS).asked} == {"metadata.name=cert"}
    assert cluster.of("/api/v1/secrets").asked == []
    assert cluster.of("/api/v1/configmaps").asked == []


async def test_what_is_named_later_is_told_before_who_names_it() -> None:
    cluster = Cluster()
    secrets = cluster.of(SECRETS)
    for name in ("old", "new"):
        secrets.put(name)
    gateways(cluster).put("web", spec=https("old"))
    async with following(cluster) as told:
        await told.has(("Gateway", "web"), ("Secret", "old"))
        secrets.moods = ["500"] * 20
        gateways(cluster).put("web", spec=https("new"))
        await told.has(("Gateway", "web"), ("Secret", "old"), ("Secret", "new"))
        await until(lambda: api.named(told.state["Gateway", "web"]) == api.named(_gateway("new")))
        order = [each.name for batch in told.batches[1:] for each in batch.events]
        assert order == ["new", "web"]


async def test_one_that_comes_later_is_taken_up_and_one_that_goes_is_told() -> None:
    cluster = Cluster()
    gateways(cluster).put("web", spec=https("cert"))
    async with following(cluster) as told:
        await told.has(("Gateway", "web"))
        cluster.of(SECRETS).put("cert")
        await told.has(("Gateway", "web"), ("Secret", "cert"))
        cluster.of(SECRETS).delete("cert")
        await told.has(("Gateway", "web"))


async def test_what_nobody_names_any_more_is_read_no_more_unless_it_is_in_use() -> None:
    cluster = Cluster()
    for name in ("one", "two"):
        cluster.of(SECRETS).put(name)
    gateways(cluster).put("web", spec=https("one", "two"))
    async with following(cluster, rhythm=OFTEN) as told:
        await told.has(("Gateway", "web"), ("Secret", "one"), ("Secret", "two"))
        told.source.in_use = lambda named: named.name == "two"
        gateways(cluster).delete("web")
        await told.has(("Secret", "two"))
        cluster.of(SECRETS).put("one", 7)
        await asyncio.sleep(0.1)
        await told.has(("Secret", "two"))
        told.source.in_use = lambda _: False
        await told.has()


async def test_what_stands_in_for_something_refused_has_what_it_names() -> None:
    cluster = Cluster()
    cluster.of(SECRETS).put("earlier")
    async with following(cluster, expected=[api.Named("Secret", "default", "earlier")]) as told:
        await told.has(("Secret", "earlier"))


async def test_many_of_a_namespace_are_read_as_a_whole() -> None:
    cluster = Cluster()
    names = [f"cert-{number}" for number in range(EACH + 1)]
    for name in names:
        cluster.of(SECRETS).put(name)
        gateways(cluster).put(name, spec=https(name))
    async with following(cluster) as told:
        await until(lambda: names_of(told) == set(names))
        for name in names[EACH // 2 :]:
            gateways(cluster).delete(name)
        await until(lambda: len([kind for kind, _ in told.state if kind == "Gateway"]) == EACH // 2)
    assert not any("metadata.name" in each["fieldSelector"] for each in cluster.of(SECRETS).asked)


async def test_who_names_what_we_may_not_read_is_told_after_a_while() -> None:
    cluster = Cluster()
    cluster.forbidden.add("namespaces/default/secrets")
    async with following(cluster) as told:
        await told.has()
        gateways(cluster).put("web", spec=https("cert"))
        await asyncio.sleep(0.1)
        assert told.state == {}
        await told.has(("Gateway", "web"))
        cluster.of(SECRETS).put("cert")
        cluster.forbidden.clear()
        await told.has(("Gateway", "web"), ("Secret", "cert"))


async def test_of_a_policy_the_authorities_are_read_and_go_with_its_kind() -> None:
    cluster = Cluster()
    cluster.of("/api/v1/namespaces/default/configmaps").put("ca")
    policies = cluster.routes(plural="backendtlspolicies")
    ref = {"group": "", "kind": "ConfigMap", "name": "ca"}
    target = {"group": "", "kind": "Service", "name": "app"}
    validation = {"hostname": "app.example.com", "caCertificateRefs": [ref]}
    policies.put("app", spec={"targetRefs": [target], "validation": validation})
    async with following(cluster, rhythm=OFTEN) as told:
        await told.has()
        cluster.install(GATEWAY, "v1", "backendtlspolicies")
        await told.has(("BackendTLSPolicy", "app"), ("ConfigMap", "ca"))
        cluster.remove(GATEWAY, "v1", "backendtlspolicies")
        await told.has()


def _gateway(name: str) -> api.Gateway:
    found = api.decode(
        {
            "apiVersion": f"{GATEWAY}/v1",
            "kind": "Gateway",
            "metadata": {"name": "web"},
            "spec": https(name),
        }
    )
    assert isinstance(found, api.Gateway)
    return found
