"""What proxies show, in Secrets: written when due, by one, and nobody else's touched."""

import asyncio
from base64 import b64decode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from portway.adapters.identity import Keyring
from portway.adapters.identity.signing import pair
from portway.app.credentials import Credentials, Wanted
from portway.app.identity import Identity, now
from portway.core import infra, model
from tests.adapters.kube.secrets import Secrets
from tests.core import site

WEB = model.ObjectKey("Gateway", "default", "web")
PLACE = "default/web-portway-xds"


def wanted(uid: str = "u-web") -> Wanted:
    return Wanted(WEB, infra.credentials(site.gateway().object, uid))  # type: ignore[arg-type]


class Keeping:
    """A keeper, with everything it depends on in the test's hands."""

    def __init__(self) -> None:
        self.server = Secrets()
        self.identity = Identity(self.server.client(), "gw", "xds")
        self.identity.ring = Keyring.new(now())
        self.wanted = [wanted()]
        self.leads = True
        self.keeper = Credentials(
            self.server.client(), self.identity, lambda: self.wanted, lambda: self.leads
        )

    async def look(self) -> None:
        """Lets it do all there is to do now."""
        self.keeper.look()
        for _ in range(60):
            await asyncio.sleep(0.001)

    def data(self) -> dict[str, bytes]:
        kept: dict[str, str] = self.server.kept[PLACE]["data"]
        return {key: b64decode(value) for key, value in kept.items()}


@asynccontextmanager
async def keeping() -> AsyncIterator[Keeping]:
    made = Keeping()
    async with asyncio.TaskGroup() as group:
        task = group.create_task(made.keeper.run())
        yield made
        task.cancel()


async def test_a_gateways_proxies_get_what_they_need_and_no_more() -> None:
    async with keeping() as made:
        await made.look()
        data = made.data()
        ring = made.identity.ring
        assert ring is not None
        assert sorted(data) == ["ca.crt", "tls.crt", "tls.key"]
        assert data["ca.crt"] == ring.bundle
        assert ring.good(pair(data["tls.crt"], data["tls.key"]), "default/web", now())
        document = made.server.kept[PLACE]
        assert document["type"] == "kubernetes.io/tls"
        assert document["metadata"]["ownerReferences"][0]["uid"] == "u-web"
        asked = len(made.server.asked)
        await made.look()
        assert len(made.server.asked) == asked


async def test_it_is_renewed_when_another_authority_signs_or_is_trusted() -> None:
    async with keeping() as made:
        await made.look()
        before = made.data()
        made.identity.ring = Keyring.new(now())
        made.keeper.look_at_all()
        await made.look()
        assert made.data()["tls.crt"] != before["tls.crt"]
        assert made.data()["ca.crt"] == made.identity.ring.bundle
        # Nothing is due: nothing is written.
        writes = made.server.asked.count("PUT")
        made.keeper.look_at_all()
        await made.look()
        assert made.server.asked.count("PUT") == writes


async def test_one_that_was_damaged_or_deleted_comes_back() -> None:
    async with keeping() as made:
        await made.look()
        for damage in (made.server.kept.clear, lambda: made.server.kept[PLACE].pop("data")):
            damage()
            made.keeper.look_at_all()
            await made.look()
            assert "tls.key" in made.data()


@pytest.mark.parametrize("metadata", [{}, {"labels": {infra.GATEWAY_LABEL: "web"}}])
async def test_one_of_somebody_else_is_left_alone_and_told(
    metadata: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    """Also what was made for a Gateway of that name that is gone."""
    async with keeping() as made:
        theirs = {"namespace": "default", "name": "web-portway-xds", **metadata}
        made.server.put(PLACE, {"metadata": theirs, "data": {}})
        await made.look()
        assert made.server.kept[PLACE]["data"] == {}
        assert "somebody else" in caplog.text


async def test_nobody_writes_who_does_not_lead() -> None:
    async with keeping() as made:
        made.leads = False
        await made.look()
        assert made.server.asked == []
        made.leads = True
        await made.look()
        assert PLACE in made.server.kept


async def test_it_tries_again_after_trouble(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portway.app.credentials._RETRY_SECONDS", 0.01)
    async with keeping() as made:
        made.server.answer = 500
        await made.look()
        assert made.server.kept == {}
        made.server.answer = 0
        async with asyncio.timeout(5):
            while PLACE not in made.server.kept:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
