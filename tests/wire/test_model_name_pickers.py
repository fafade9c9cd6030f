"""Pickers of pools that get requests by the model which a body names: what they are shown."""

import itertools
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from portway.core.schema import Schema
from tests.wire import pools
from tests.wire.harness.manifests import http_route, rule
from tests.wire.harness.model_server import ModelServer
from tests.wire.harness.origin import Origin
from tests.wire.harness.picker import Picker
from tests.wire.harness.portway import Portway
from tests.wire.test_model_names import CHAT, HEADER, by, chat

pytestmark = pytest.mark.envoy


async def test_each_pool_asks_its_own_picker_about_the_whole_body(
    tmp_path: Path, schema: Schema
) -> None:
    async with (
        Origin("a") as a,
        Origin("b") as b,
        Picker(schema) as one,
        Picker(schema) as two,
        Portway(tmp_path) as portway,
    ):
        one.picks, two.picks = a.endpoint, b.endpoint
        documents = []
        for name, origin, picker in (("one", a, one), ("two", b, two)):
            documents += [
                pools.pool(name, f"epp-{name}", origin.endpoint),
                pools.picker_service(f"epp-{name}", picker.endpoint),
            ]
        both = [pools.to("one", weight=1), pools.to("two", weight=1)]
        made_rules = [
            rule(pools.to("one"), matches=by("one")),
            rule(pools.to("two"), matches=by("two")),
            rule(*both, matches=by("both")),
        ]
        route = http_route("models", "web", made_rules)
        portway.write("site", [pools.gateway(), route, *documents])
        async with await pools.client(portway) as web:
            for size in (10, 40_000, 1_500_000):
                for name, origin, picker in (("one", a, one), ("two", b, two)):
                    body = json.dumps(chat(name, "y" * size)).encode()
                    answer = await web.post(CHAT, content=body)
                    assert answer.json()["service"] == origin.name
                    assert origin.requests[-1].body == body
                    assert picker.seen[-1].headers[HEADER.lower()] == name
                    assert picker.seen[-1].body == body
                    assert picker.seen[-1].served == origin.endpoint
            found = set()
            for _ in range(20):
                answer = await web.post(CHAT, json=chat("both", "y" * 50_000))
                found.add(answer.json()["service"])
            assert found == {"a", "b"}


async def test_the_picker_that_is_started_for_a_pool_sees_enough(tmp_path: Path) -> None:
    """In the light mode it is shown the beginning of what has been read already."""
    async with ModelServer("a") as a, ModelServer("b") as b, Portway(tmp_path) as portway:
        made = pools.pool("llama", "", a.endpoint, b.endpoint)
        made["metadata"]["annotations"]["portway.dev/picker"] = "process"
        route = http_route("models", "web", [rule(pools.to("llama"), matches=by("llama"))])
        portway.write("site", [pools.gateway(), route, made])
        async with await pools.client(portway) as web:
            for size in (10_000, 100_000, 1_500_000):
                turns = itertools.count()

                async def together(size: int = size, turns: Iterator[int] = turns) -> bool:
                    """Whether equal prompts go to one place, for each of some."""
                    salt = next(turns)
                    for number in range(5):
                        body = json.dumps(
                            chat("llama", f"{salt} {number} ".ljust(size, "y"))
                        ).encode()
                        answers = [await web.post(CHAT, content=body) for _ in range(3)]
                        if {each.status_code for each in answers} != {200}:
                            return False
                        if len({each.json()["service"] for each in answers}) > 1:
                            return False
                        assert body in [*a.bodies, *b.bodies]
                    return True

                await portway.until(together, "the picker decides")
