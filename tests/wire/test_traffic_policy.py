"""XBackendTrafficPolicy on the wire: what is limited, and what is kept, whoever the route is."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from tests.wire.harness.envoy_admin import EnvoyAdmin
from tests.wire.harness.manifests import (
    Document,
    backend,
    gateway,
    http_route,
    listener,
    rule,
    service,
)
from tests.wire.stage import HTTP, Stage, stage

pytestmark = [pytest.mark.envoy, pytest.mark.asyncio(loop_scope="module")]

HOST = "traffic.test"
AT_ONCE, ATTEMPTS = 40, 3


def policy(name: str, target: str, **spec: Any) -> Document:
    return {
        "apiVersion": "gateway.networking.x-k8s.io/v1alpha1",
        "kind": "XBackendTrafficPolicy",
        "metadata": {"name": name},
        "spec": {"targetRefs": [{"group": "", "kind": "Service", "name": target}], **spec},
    }


def routes() -> list[Document]:
    def at(path: str, *backends: Document, **more: Any) -> Document:
        matches = [{"path": {"type": "PathPrefix", "value": path}}]
        return rule(*backends, matches=matches, **more)

    own = {"type": "Header", "sessionName": "X-Own"}
    retry = {"attempts": ATTEMPTS, "codes": [503], "backoff": "100ms"}
    rules = [
        at("/one", backend("both")),
        at("/split", backend("both"), backend("c")),
        at("/own", backend("both"), sessionPersistence=own),
        at("/retry", backend("a"), retry=retry),
    ]
    return [http_route("traffic", "web", rules, hostnames=[HOST])]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    async with stage(tmp_path_factory.mktemp("traffic"), "a", "b", "c") as site:
        both = service("both", *(site.origins[name].endpoint for name in "ab"))
        web = gateway("web", [listener("http", HTTP)])
        await site.write("site", [web, both, *site.services, *routes()])
        yield site


async def outcomes(site: Stage, path: str, sent: dict[str, str]) -> Counter[str]:
    return Counter([(await site.ask(HOST, path, headers=sent)).outcome for _ in range(40)])


async def test_a_backend_keeps_its_sessions_among_its_own_endpoints(site: Stage) -> None:
    envoy = EnvoyAdmin(site.portway.data)
    pattern = "(total_filter_chains_draining|total_listeners_draining|listener_modified)"
    before = await envoy.stats(pattern)
    session = {"type": "Header", "sessionName": "X-Both"}
    await site.write("policy", [policy("kept", "both", sessionPersistence=session)])
    first = await site.ask(HOST, "/one")
    sent = {"X-Both": first.headers["x-both"]}
    assert await outcomes(site, "/one", sent) == {first.backend: 40}
    # Weights choose the backend as before, and what was chosen keeps its session.
    assert (await outcomes(site, "/split", sent)).keys() == {first.backend, "c"}
    own = await site.ask(HOST, "/own")
    assert "x-own" in own.headers
    assert "x-both" not in own.headers
    await site.write("policy", [])
    assert "x-both" not in (await site.ask(HOST, "/one")).headers
    assert await envoy.stats(pattern) == before


async def tries(site: Stage, name: str) -> int:
    """How many tries that many requests at once made, all of which failed."""
    paths = [f"/retry?uuid={name}{number}&succeed_after=99&code=503" for number in range(AT_ONCE)]
    found = await asyncio.gather(*(site.ask(HOST, path) for path in paths))
    assert {each.status for each in found} == {503}
    counted = site.origins["a"].attempts
    return sum(counted[f"{name}{number}"] for number in range(AT_ONCE))


async def test_a_budget_keeps_retries_from_making_a_failure_worse(site: Stage) -> None:
    assert await tries(site, "all") == AT_ONCE * (1 + ATTEMPTS)
    rate = {"count": 2, "interval": "1s"}
    constraint = {"budget": {"percent": 0}, "minRetryRate": rate}
    await site.write("policy", [policy("gently", "a", retryConstraint=constraint)])

    async def accepted() -> bool:
        told = await site.portway.object_status("XBackendTrafficPolicy", "gently")
        return bool(told and told["ancestors"][0]["conditions"][0]["status"] == "True")

    await site.portway.until(accepted, "the policy is accepted")
    assert AT_ONCE < await tries(site, "few") < AT_ONCE * 1.5
    await site.write("policy", [])
    assert await tries(site, "again") == AT_ONCE * (1 + ATTEMPTS)


async def test_what_has_no_effect_says_so(site: Stage) -> None:
    session = {"idleTimeout": "5m", "sessionName": "X"}
    documents = [policy("idle", "both", sessionPersistence=session), policy("lost", "nobody")]
    await site.write("policy", documents)
    assert "set-cookie" not in (await site.ask(HOST, "/one")).headers
    told = await site.portway.object_status("XBackendTrafficPolicy", "idle")
    (condition,) = told["ancestors"][0]["conditions"]
    assert (condition["type"], condition["status"]) == ("Accepted", "False")
    await site.write("policy", [])
