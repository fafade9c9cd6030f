"""The roles that the charts make are enough for the controller, and not more.

The controller is started as the Deployment says, against an API that enforces the rendered rules
and nothing else. It serves and speaks of an object of every kind: nothing that it needs is refused,
and no verb of any rule is left unused. It is started twice, the second time against a server that
knows no listing by watch, so that lists are asked for too.
"""

import asyncio
from base64 import b64encode
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from portway.adapters.identity import Keyring
from portway.app.statuses import KINDS
from tests.deploy import charts
from tests.deploy.authorizer import Authorizer, permissions
from tests.deploy.installation import ACCOUNT, Installation, text, until

pytestmark = pytest.mark.envoy

PROXIES = (
    "Deployment",
    "DaemonSet",
    "Service",
    "ServiceAccount",
    "PodDisruptionBudget",
    "HorizontalPodAutoscaler",
)
PARAMETERS = {"parametersRef": {"group": "portway.dev", "kind": "ProxyConfig", "name": "proxies"}}
CLASS = {
    "apiVersion": "gateway.networking.k8s.io/v1",
    "kind": "GatewayClass",
    "spec": {"controllerName": "portway.dev/gateway-controller"},
}
PICKER_KINDS = {"ServiceAccount", "RoleBinding", "Service", "Deployment"}
POOL = {
    "apiVersion": "inference.networking.k8s.io/v1",
    "kind": "InferencePool",
    "metadata": {
        "name": "asking",
        "namespace": "shop",
        "annotations": {"portway.dev/picker": "process"},
    },
    "spec": {"selector": {"matchLabels": {"app": "model"}}, "targetPorts": [{"number": 8000}]},
}
_OLD = Keyring.new(datetime.now(UTC) - timedelta(days=3000))


async def proved(
    rendered: Sequence[dict[str, Any]], gateway_class: str, *namespaces: str, outside: str = ""
) -> Authorizer:
    """What became of the permissions while the controller did everything it does; nothing is said
    of what is ``outside`` of the namespaces."""
    here = Installation(rendered)
    expected = {(kind, each) for kind in KINDS - {"GatewayClass"} for each in namespaces}
    expected.add(("GatewayClass", ""))
    async with here.serving() as server:
        here.make_namespace(charts.NAMESPACE)
        for each in filter(None, (outside, *namespaces)):
            here.fill(each, gateway_class)

        async def all_spoken_of() -> bool:
            return here.spoken_of() == expected

        async with here.controller(server.kubeconfig, "first") as log:
            await until(all_spoken_of, f"every status: {expected}", log)
        here.authorizer.knows_watch_list = False
        async with here.controller(server.kubeconfig, "second") as log:
            here.delete("HTTPRoute", "http", namespaces[0])
            expected.discard(("HTTPRoute", namespaces[0]))
            await until(all_spoken_of, "every status again", log)
        assert "cannot be written" not in text(log)
        return here.authorizer


def test_the_rules_of_the_cluster_are_enough_and_all_needed() -> None:
    rendered = charts.documents((charts.GOLDEN / "shared" / "expected.yaml").read_text())
    found = asyncio.run(proved(rendered, "portway", "blog", "shop"))
    assert found.refused == []
    assert found.unused == []
    assert {each.split("/")[1] for each in found.others} <= {"api", "apis", "version"}


def test_of_some_namespaces_the_rules_are_in_those_alone() -> None:
    rendered = charts.documents((charts.GOLDEN / "shared-namespaced" / "expected.yaml").read_text())
    places = {each.place for each in permissions(rendered, ACCOUNT) if "routes" in each.resource}
    assert places == {"blog", "shop"}
    found = asyncio.run(proved(rendered, "portway-shop", "blog", "shop", outside="other"))
    assert found.refused == []
    assert found.unused == []


@pytest.mark.parametrize(("name", "place"), [("install", ""), ("namespaced", "shop")])
async def test_what_proxies_need_is_allowed_and_all_needed(name: str, place: str) -> None:
    """Proxies of every kind, made and unmade; certificates; what replicas tell each other; a picker
    for a pool, as long as that asks for one."""
    rendered = dict(charts.renders())[name]
    here = Installation(rendered)
    mine = ("Secret", "web-portway-xds", "shop")
    authority = ("Secret", "portway-xds-authority", charts.NAMESPACE)
    async with here.serving() as server:
        here.make_namespace(charts.NAMESPACE)
        here.make_namespace("blog")
        here.fill("shop", "portway")
        gateway = here.get("Gateway", "web", "shop")
        assert gateway is not None

        def wants(*kinds: str, name: str = "web-portway") -> Callable[[], Awaitable[bool]]:
            async def there() -> bool:
                found = {each for each in PROXIES if here.get(each, name, "shop") is not None}
                return found == set(kinds)

            return there

        async with here.controller(server.kubeconfig, "first") as log:
            always = ("Service", "ServiceAccount", "PodDisruptionBudget")
            await until(wants("Deployment", *always), "proxies", log)
            here.create(proxy_config(autoscaling={"minReplicas": 2, "maxReplicas": 3}), "shop")
            here.replace({**gateway, "spec": {**gateway["spec"], "infrastructure": PARAMETERS}})
            scaled = ("Deployment", "HorizontalPodAutoscaler", *always)
            await until(wants(*scaled), "an autoscaler", log)
            here.replace(proxy_config(kind="DaemonSet"))
            await until(
                wants("DaemonSet", "Service", "ServiceAccount"), "a proxy on each node", log
            )
            await until(lambda: shown(here, mine), "a certificate", log)
            here.create(POOL, "shop")
            await until(lambda: picked(here, PICKER_KINDS), "a picker", log)
            here.replace({**POOL, "metadata": {"name": "asking", "namespace": "shop"}})
            await until(lambda: picked(here, set()), "no picker", log)
            # Another class is another name: everything of the old one goes.
            second = {**CLASS, "metadata": {"name": "second"}}
            here.create(second, "")
            spec = {**gateway["spec"], "gatewayClassName": "second"}
            here.replace({**gateway, "spec": spec})
            await until(wants(), "nothing of the old name", log)
            await until(wants("Deployment", *always, name="web-second"), "the new name", log)
            here.replace(gateway)
            await until(wants("Deployment", *always), "the old name again", log)
        # An authority that has grown old is replaced, and what it has signed.
        old = {key: b64encode(value).decode() for key, value in _OLD.data.items()}
        here.replace({**(here.get(*authority) or {}), "data": old})
        before = here.get(*mine)
        here.authorizer.knows_watch_list = False

        async def changed() -> bool:
            found = here.get(*authority)
            return found is not None and found["data"] != old and here.get(*mine) != before

        async with here.controller(server.kubeconfig, "second") as log:
            await until(changed, "another certificate", log)
            await until(wants("Deployment", *always), "proxies still", log)
        assert here.authorizer.refused == []
        left = {
            (each.place, each.verb, each.resource)
            for each in here.authorizer.unused
            # Where there is nothing, nothing is made.
            if each.place != "blog"
        }
        # A replica that died is cleared away after two minutes only (see test_replicas), and what
        # finalizers are for, and who may bind a role, is asked at admission (see the rules).
        assert left == {
            (charts.NAMESPACE, "delete", "configmaps"),
            (place, "update", "gateways/finalizers"),
            (place, "update", "inferencepools/finalizers"),
            (place, "bind", "clusterroles"),
        }


async def picked(here: Installation, kinds: set[str]) -> bool:
    return {each for each in PICKER_KINDS if here.get(each, "asking-picker", "shop")} == kinds


async def shown(here: Installation, key: tuple[str, str, str]) -> bool:
    found = here.get(*key)
    return found is not None and bool(found["data"]["tls.crt"])


def proxy_config(**spec: Any) -> dict[str, Any]:
    metadata = {"name": "proxies", "namespace": "shop"}
    return {
        "apiVersion": "portway.dev/v1alpha1",
        "kind": "ProxyConfig",
        "metadata": metadata,
        "spec": spec,
    }
