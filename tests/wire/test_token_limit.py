"""Limits on the tokens that answers of models take: exact, by key, and gone with their time.

A stretch of time may end while a test runs: those that count within one begin early in a minute or
use days. Must not import the product.
"""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.wire import pools
from tests.wire.harness import manifests
from tests.wire.harness.envoy_admin import EnvoyAdmin
from tests.wire.harness.model_server import ModelServer
from tests.wire.harness.portway import Portway

pytestmark = pytest.mark.envoy

REF = {"group": "portway.dev", "kind": "TokenLimit"}
USED = {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}
KEYED = [{"header": "Authorization"}]


def limit(name: str, *limits: dict[str, Any]) -> dict[str, Any]:
    return {
        "apiVersion": "portway.dev/v1alpha1",
        "kind": "TokenLimit",
        "metadata": {"name": name, "namespace": "default"},
        "spec": {"limits": list(limits)},
    }


def by(*names: str) -> list[dict[str, Any]]:
    """The filters that name these."""
    return [{"type": "ExtensionRef", "extensionRef": {**REF, "name": name}} for name in names]


def answer(used: dict[str, int]) -> bytes:
    return b"data: %b\n\n" % json.dumps({"model": "llama", "usage": used}).encode()


class Served:
    def __init__(self, portway: Portway, web: httpx.AsyncClient, server: ModelServer) -> None:
        self.portway = portway
        self.web = web
        self.server = server

    async def ask(self, key: str = "", path: str = "/v1/chat/completions") -> httpx.Response:
        headers = {"authorization": key} if key else {}
        return await self.web.post(path, content=b'{"stream": true}', headers=headers)

    async def statuses(self, *keys: str) -> list[int]:
        """One after the other."""
        return [(await self.ask(key)).status_code for key in keys]

    def writes(self, *limits: dict[str, Any], filters: list[dict[str, Any]], **rule: Any) -> None:
        named = pools.pool("llama", "", self.server.endpoint)
        site = pools.site(pools.to("llama"), filters=filters, **rule)
        self.portway.write("site", [*site, named, *limits])


@asynccontextmanager
async def served(
    folder: Path, *limits: dict[str, Any], filters: list[dict[str, Any]], **rule: Any
) -> AsyncIterator[Served]:
    async with ModelServer("a") as server, Portway(folder) as portway:
        server.chunks = [b"data: {}\n\n", answer(USED), b"data: [DONE]\n\n"]
        async with httpx.AsyncClient(verify=False) as nobody:
            site = Served(portway, nobody, server)
            site.writes(*limits, filters=filters, **rule)
            async with await pools.client(portway) as site.web:
                yield site


async def test_what_is_spent_is_refused_until_there_is_more(tmp_path: Path) -> None:
    """In the words and with the headers that clients of OpenAI's API know."""
    budget = limit("free", {"tokens": 20, "per": "Day", "by": KEYED})
    async with served(tmp_path, budget, filters=by("free")) as site:
        # 7, 14, 21: an answer is not cut where the budget ends, and the next one is refused.
        assert await site.statuses("a", "a", "a", "a") == [200, 200, 200, 429]
        assert await site.statuses("b", "", "a") == [200, 200, 429]
        refused = await site.ask("a")
        wait = int(refused.headers["retry-after"])
        assert 0 < wait <= 86400
        assert refused.headers["x-ratelimit-limit-tokens"] == "20"
        assert refused.headers["x-ratelimit-remaining-tokens"] == "0"
        assert refused.headers["x-ratelimit-reset-tokens"] == f"{wait}s"
        error = refused.json()["error"]
        assert (error["type"], error["code"]) == ("tokens", "rate_limit_exceeded")
        assert "20 tokens each day for each authorization of default/free" in error["message"]
        assert len(site.server.bodies) == 5


async def test_a_whole_answer_counts_and_each_model_has_its_own(tmp_path: Path) -> None:
    """What names the model is the body, by the time the limit looks at the header."""
    names = "X-Gateway-Model-Name"
    budget = limit("model", {"tokens": 7, "per": "Day", "by": [{"header": names}]})
    matches = [
        {"headers": [{"name": names, "value": each}], "path": {"value": "/named"}}
        for each in ("llama", "gpt")
    ]
    async with served(tmp_path, budget, filters=by("model"), matches=matches) as site:
        site.server.head = "content-type: application/json"
        site.server.chunks = [json.dumps({"model": "llama", "usage": USED}).encode()]

        async def ask(model: str) -> int:
            body = json.dumps({"model": model, "stream": True}).encode()
            headers = {"content-type": "application/json"}
            return (await site.web.post("/named", content=body, headers=headers)).status_code

        found = [await ask(each) for each in ("llama", "llama", "gpt", "gpt", "other")]
        assert found == [200, 429, 200, 429, 404]


async def test_many_at_once_are_counted_to_the_last_token(tmp_path: Path) -> None:
    """Both workers of the proxy add to one number, and no answer is forgotten."""
    budget = limit(
        "all", {"tokens": 10**9, "per": "Day"}, {"tokens": 999, "per": "Day", "by": KEYED}
    )
    async with served(tmp_path, budget, filters=by("all")) as site:

        async def some(number: int) -> None:
            url = str(site.web.base_url)
            async with httpx.AsyncClient(base_url=url, trust_env=False, verify=False) as web:
                for _ in range(25):
                    found = await web.post(
                        "/", content=b'{"stream": true}', headers={"authorization": f"{number % 4}"}
                    )
                    assert found.status_code == 200

        await asyncio.gather(*(some(number) for number in range(16)))
        gauges = await spent(site.portway)
        assert Counter(gauges.values())[100 * 7] == 4
        assert 400 * 7 in gauges.values()


async def spent(portway: Portway) -> dict[str, int]:
    """The gauges of limits in the proxy that hold something."""
    found = await EnvoyAdmin(portway.data).stats("token-limit")
    return {name: value for name, value in found.items() if not name.endswith((".at", ".keys"))}


async def test_each_limit_of_each_filter_counts_what_it_says(tmp_path: Path) -> None:
    one = limit(
        "one", {"tokens": 100, "per": "Day"}, {"tokens": 8, "per": "Day", "count": "Completion"}
    )
    two = limit("two", {"tokens": 4, "per": "Day", "count": "Prompt", "by": KEYED})
    async with served(tmp_path, one, two, filters=by("one", "two")) as site:
        # a: 3 and 6 of 4 for its prompts; then b: 8 and 12 of 8 for what all got.
        assert await site.statuses("a") == [200]
        assert await site.statuses("a") == [200]
        found = await site.ask("a")
        assert "8 completion tokens each day of default/one" in found.text
        site.writes(limit("one", {"tokens": 100, "per": "Day"}), two, filters=by("one", "two"))

        async def other() -> bool:
            return "4 prompt tokens" in (await site.ask("a")).text

        await site.portway.until(other, "the second limit is what refuses")
        assert await site.statuses("b", "b", "b") == [200, 200, 429]


async def test_a_change_of_the_limit_keeps_what_was_spent(tmp_path: Path) -> None:
    """And a change of the route, and none of either reaches a listener."""
    budget = limit("free", {"tokens": 8, "per": "Day", "by": KEYED})
    async with served(tmp_path, budget, filters=by("free")) as site:
        assert await site.statuses("a", "a", "a") == [200, 200, 429]
        admin = EnvoyAdmin(site.portway.data)
        listeners = await admin.stats("listener_manager.listener_(modified|create_success)")
        site.writes(limit("free", {"tokens": 15, "per": "Day", "by": KEYED}), filters=by("free"))

        async def more() -> bool:
            return (await site.statuses("a")) == [200]

        await site.portway.until(more, "there is more to spend")
        assert await site.statuses("a") == [429]
        site.writes(filters=[])

        async def free() -> bool:
            return (await site.statuses("a")) == [200]

        await site.portway.until(free, "nothing is limited")
        assert await admin.stats("listener_manager.listener_(modified|create_success)") == listeners


async def test_who_names_the_same_limit_spends_the_same(
    tmp_path: Path,
) -> None:
    """A Service counts as a pool does; and a control plane that begins anew forgets nothing."""
    budget = limit("free", {"tokens": 14, "per": "Day"})
    async with served(tmp_path, budget, filters=[]) as site:
        to = {"pool": pools.to("llama"), "service": manifests.backend("plain")}
        rules = [
            manifests.rule(ref, filters=by("free"), matches=[{"path": {"value": f"/{name}"}}])
            for name, ref in to.items()
        ]
        site.portway.write(
            "site",
            [
                pools.gateway(),
                manifests.http_route("models", "web", rules),
                pools.pool("llama", "", site.server.endpoint),
                manifests.service("plain", site.server.endpoint),
                budget,
            ],
        )

        async def there() -> bool:
            return (await site.ask(path="/nowhere")).status_code == 404

        await site.portway.until(there, "the two rules are served")
        found = [(await site.ask(path=f"/{name}")).status_code for name in (*to, *to)]
        assert found == [200, 200, 429, 429]
        await site.portway.kill()
        await site.portway.start()
        await pools.base(site.portway)
        assert [(await site.ask(path=f"/{name}")).status_code for name in to] == [429, 429]


async def test_what_a_client_leaves_unread_was_spent_all_the_same(tmp_path: Path) -> None:
    budget = limit("free", {"tokens": 7, "per": "Day"})
    async with served(tmp_path, budget, filters=by("free")) as site:
        site.server.chunks = [answer(USED), *[b": wait\n\n"] * 50]
        site.server.between = 0.1
        async with site.web.stream("POST", "/", content=b'{"stream": true}') as found:
            await anext(found.aiter_raw())
        assert await site.statuses("") == [429]


async def test_a_new_stretch_of_time_begins_with_nothing_spent(tmp_path: Path) -> None:
    budget = limit("free", {"tokens": 7, "per": "Minute"})
    async with served(tmp_path, budget, filters=by("free")) as site:
        # A minute may end between any two of them, but not between all.
        found = [await site.ask() for _ in range(3)]
        refused = next(each for each in found if each.status_code == 429)
        wait = int(refused.headers["retry-after"])
        assert 0 < wait <= 60
        await asyncio.sleep(wait + 0.2)
        assert await site.statuses("") == [200]


async def test_a_limit_that_is_not_there_breaks_the_rule_and_says_so(tmp_path: Path) -> None:
    async with served(tmp_path, limit("other", {"tokens": 1, "per": "Day"}), filters=[]) as site:
        site.writes(filters=by("free"))

        async def broken() -> bool:
            return (await site.statuses("")) == [500]

        await site.portway.until(broken, "the rule answers with an error")
        status = await site.portway.object_status("HTTPRoute", "models")
        (parent,) = status["parents"]
        (found,) = [each for each in parent["conditions"] if each["type"] == "ResolvedRefs"]
        assert (found["status"], found["reason"]) == ("False", "ExtensionNotFound")
        assert "TokenLimit free" in found["message"]
