"""Without the CRDs of the Gateway API the controller is ready, and goes on when they come."""

import json
from collections.abc import MutableMapping
from typing import Any

import pytest

from portway.adapters.apiserver.http.path import parse
from tests.deploy import charts
from tests.deploy.authorizer import Receive, Scope, Send
from tests.deploy.installation import Installation, text, until

pytestmark = pytest.mark.envoy

GROUPS = ("gateway.networking.k8s.io", "gateway.networking.x-k8s.io", "inference.networking.k8s.io")


class Without:
    """An API that does not serve some groups, until it does."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner
        self.hidden = True

    def end_watches(self) -> None:
        self.inner.end_watches()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        target = parse(scope["path"])
        if not self.hidden or (
            scope["path"] != "/apis" and (target is None or target.group not in GROUPS)
        ):
            await self.inner(scope, receive, send)
            return
        if scope["path"] != "/apis":
            await answered(send, 404, b"404 page not found")
            return
        pieces: list[bytes] = []

        async def keep(message: MutableMapping[str, Any]) -> None:
            pieces.append(message.get("body", b""))

        await self.inner(scope, receive, keep)
        document = json.loads(b"".join(pieces))
        document["groups"] = [each for each in document["groups"] if each["name"] not in GROUPS]
        await answered(send, 200, json.dumps(document).encode())


async def answered(send: Send, code: int, body: bytes) -> None:
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": code, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def test_it_is_ready_without_them_and_makes_its_class_when_they_come() -> None:
    made: list[Without] = []

    def around(app: Any) -> Without:
        made.append(Without(app))
        return made[0]

    rendered = charts.documents(charts.INSTALL.read_text())
    here = Installation(rendered, around=around)
    definition = charts.of_kind(rendered, "CustomResourceDefinition")[0]
    async with here.serving() as server:
        here.make_namespace(charts.NAMESPACE)
        async with here.controller(server.kubeconfig, "only") as log:
            # Ready already; a class cannot be made yet.
            assert here.get("GatewayClass", "portway") is None
            assert "the cluster has no GatewayClass, Gateway" in text(log)
            made[0].hidden = False
            here.create(definition, "")  # a definition came: it looks again
            here.make_namespace("shop")

            async def accepted() -> bool:
                found = here.get("GatewayClass", "portway") or {}
                conditions = found.get("status", {}).get("conditions", ())
                return [each["status"] for each in conditions if each["type"] == "Accepted"] == [
                    "True"
                ]

            await until(accepted, "the class is made and accepted", log)
        assert here.authorizer.refused == []
