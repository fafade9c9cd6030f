"""The API server is away for longer than anything waits for it, and nothing is lost.

How long is in seconds in PORTWAY_TEST_AWAY, 40 by default: more than the lease is good for (15),
than one replica believes another (15) and than the longest wait between two tries (30). For longer
than a watch may be silent (150) say 300.
Must not import the product.
"""

import asyncio
import os
import time
from pathlib import Path

import pytest

from tests.wire.harness.origin import Origin
from tests.wire.harness.proxy import until
from tests.wire.test_controller import Counted, named
from tests.wire.test_embedded_api import PATHS, api_of, asked, create
from tests.wire.test_remote_proxies import HOSTS, site

pytestmark = [pytest.mark.envoy, pytest.mark.shapeless]

AWAY_SECONDS = float(os.environ.get("PORTWAY_TEST_AWAY", "40"))
CONVERGE_SECONDS = 5.0


async def test_statuses_are_right_soon_after_and_no_request_failed(tmp_path: Path) -> None:
    async with Origin("app") as origin, site(tmp_path, origin) as made:
        port = made.xds
        async with await made.proxy("web", port=port) as web:
            await web.ready()
            await made.becomes("web", "True")
            address = await made.controller.address("web")
            counted = Counted(address, HOSTS["web"])
            async with counted.asking():
                await made.cluster.kill()
                await asyncio.sleep(AWAY_SECONDS)
                assert "cannot be reached" in made.controller.log
                assert await web.probed() == 200
                await made.cluster.start()
                async with api_of(made.cluster) as http:
                    started = time.monotonic()
                    await create(http, named("late", "late.example.com", "web-app"))

                    async def served() -> bool:
                        return await asked(address, "late.example.com") == 200

                    async def spoken_of() -> bool:
                        answer = await http.get(f"{PATHS['HTTPRoute']}/late")
                        parents = answer.json().get("status", {}).get("parents", ())
                        return any(
                            each["type"] == "Accepted" and each["status"] == "True"
                            for parent in parents
                            for each in parent["conditions"]
                        )

                    await until(served, CONVERGE_SECONDS)
                    await until(spoken_of, CONVERGE_SECONDS)
                    took = time.monotonic() - started
            assert took < CONVERGE_SECONDS
            assert counted.answers == {200: counted.total}
            assert counted.total > AWAY_SECONDS
            assert await made.programmed("web") == "True"
