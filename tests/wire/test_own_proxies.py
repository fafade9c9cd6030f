"""What a ProxyConfig says of a Gateway's own proxies, and what they make of it.

The cluster and what runs Pods are as in test_provisioning. Must not import the product.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.wire.harness.proxy import until
from tests.wire.test_provisioning import HOST, NAME, WHERE, Site, site

pytestmark = [pytest.mark.envoy, pytest.mark.shapeless]

OWN = {"parametersRef": {"group": "portway.dev", "kind": "ProxyConfig", "name": "own"}}


@asynccontextmanager
async def configured(folder: Path, **spec: Any) -> AsyncIterator[Site]:
    """The site, where one proxy is as it is asked for, and programmed."""
    async with site(folder, infrastructure=OWN) as made:
        document = {
            "apiVersion": "portway.dev/v1alpha1",
            "kind": "ProxyConfig",
            "metadata": {"name": "own"},
            "spec": {"replicas": 1, "delaySeconds": 0, "drainSeconds": 2, **spec},
        }
        answer = await made.http.post(WHERE["ProxyConfig"], json=document)
        assert answer.status_code == 201, answer.text
        await made.there("Service", "Deployment")
        await made.give_address()
        await made.becomes(("True", "Programmed"))
        yield made


async def ask(agent: str) -> int:
    headers = {"host": HOST, "user-agent": agent, "authorization": "hidden"}
    async with httpx.AsyncClient(trust_env=False, verify=False) as http:
        answer = await http.get("http://127.0.0.1:10080/p?token=hidden", headers=headers)
        return answer.status_code


def lines(made: Site, agent: str) -> list[str]:
    """What the container has written of the requests of an agent."""
    return [
        each
        for pod in made.kubelet.pods[NAME]
        for each in pod.log.splitlines()
        if f'"{agent}"' in each
    ]


async def test_requests_are_on_the_standard_output_as_it_is_asked_for(tmp_path: Path) -> None:
    log = {"fields": ["status", "route", "path"], "requestHeaders": ["User-Agent"]}
    # By themselves they are written down every second.
    flags = ["--file-flush-interval-msec=100"]
    async with configured(tmp_path, accessLog=log, envoyFlags=flags) as made:
        (pod,) = made.kubelet.pods[NAME]

        async def told() -> bool:
            assert await ask("json") == 200
            return bool(lines(made, "json"))

        await until(told, 20.0)
        assert json.loads(lines(made, "json")[0]) == {
            "status": 200,
            "route": "httproute/default/app/0",
            "path": "/p",
            "header:user-agent": "json",
        }
        assert "hidden" not in pod.log
        # The log is the listeners', which the running proxies get; no Pod is replaced.
        change = {"spec": {"accessLog": {"format": "Text", "fields": ["status", "route"]}}}
        await made.patch("ProxyConfig", "own", change)

        async def as_text() -> bool:
            assert await ask("text") == 200
            return any(each.startswith("status=") for each in lines(made, "text"))

        await until(as_text, 20.0)
        wanted = 'status="200" route="httproute/default/app/0" header:user-agent="text"'
        assert wanted in lines(made, "text")
        await made.patch("ProxyConfig", "own", {"spec": {"accessLog": {"enabled": False}}})

        async def silent() -> bool:
            before = len(lines(made, "off"))
            for _ in range(10):
                assert await ask("off") == 200
            await asyncio.sleep(1.0)
            return len(lines(made, "off")) == before

        await until(silent, 30.0)
        assert made.kubelet.pods[NAME] == [pod]


async def test_a_flag_that_would_break_them_is_said_and_replaces_none(tmp_path: Path) -> None:
    async with configured(tmp_path) as made:
        pods = list(made.kubelet.pods[NAME])
        await made.patch("ProxyConfig", "own", {"spec": {"envoyFlags": ["--config-yaml=x"]}})
        await made.becomes(("False", "InvalidParameters"), "Accepted")
        status = (await made.get("Gateway", "web"))["status"]
        (accepted,) = [each for each in status["conditions"] if each["type"] == "Accepted"]
        assert "spec.envoyFlags[0] --config-yaml is set by Portway" in accepted["message"]
        assert made.kubelet.pods[NAME] == pods
        await made.patch("ProxyConfig", "own", {"spec": {"envoyFlags": ["--log-level=info"]}})
        await made.becomes(("True", "Accepted"), "Accepted")

        async def replaced() -> bool:
            now = made.kubelet.pods[NAME]
            return len(now) == 1 and now != pods and await now[0].ready()

        await until(replaced, 60.0)
        assert await made.asked() == 200
