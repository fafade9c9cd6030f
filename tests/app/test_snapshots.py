"""The last good configurations in Secrets: written when due, by one, and nobody else's touched."""

import asyncio
from base64 import b64decode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import Random
from typing import Any

import pytest

from portway.app import snapshots
from portway.app.credentials import Wanted
from portway.app.last_good import FILE
from portway.app.snapshots import DIGEST, Snapshots, Times
from portway.core import delta, infra, model
from tests.adapters.kube.secrets import Secrets
from tests.core import site

WEB = model.ObjectKey("Gateway", "default", "web")
PLACE = "default/web-portway-snapshot"
QUICK = Times(look=0.001, gap=10.0, pause=0.0, retry=1.0, again=100.0)


def wanted(uid: str = "u-web") -> Wanted:
    return Wanted(WEB, infra.snapshot(site.gateway().object, uid))  # type: ignore[arg-type]


def resource(name: str, version: str = "1", body: bytes = b"body") -> delta.Resource:
    return delta.Resource(delta.CDS, name, version, body)


class Keeping:
    """A keeper, with everything it depends on in the test's hands."""

    def __init__(self) -> None:
        self.server = Secrets()
        self.wanted = [wanted()]
        self.resources: delta.ResourceSet | None = delta.ResourceSet()
        self.resources.apply([resource("a")])
        self.leads = True
        self.now = 0.0
        self.keeper = Snapshots(
            self.server.client(),
            lambda: self.wanted,
            lambda owner: self.resources if owner == "default/web" else None,
            lambda: self.leads,
            QUICK,
            lambda: self.now,
        )

    async def look(self, after: float = 0.0) -> None:
        """Lets it do all there is to do at a later time."""
        self.now += after
        await asyncio.sleep(0.05)

    def change(self, *changes: delta.Resource | delta.Removed) -> None:
        assert self.resources is not None
        self.resources.apply(changes)

    def kept(self) -> delta.Snapshot | None:
        data: dict[str, str] = self.server.kept[PLACE]["data"]
        return delta.unpack(b64decode(data[FILE])) if FILE in data else None

    @property
    def writes(self) -> int:
        return sum(each in ("POST", "PUT") for each in self.server.asked)


@asynccontextmanager
async def keeping() -> AsyncIterator[Keeping]:
    made = Keeping()
    async with asyncio.TaskGroup() as group:
        task = group.create_task(made.keeper.run())
        yield made
        task.cancel()


async def test_what_all_have_taken_is_kept() -> None:
    async with keeping() as made:
        await made.look()
        found = made.kept()
        assert found is not None
        assert (found.owner, found.resources) == ("default/web", (resource("a"),))
        document = made.server.kept[PLACE]
        assert document["type"] == "portway.dev/snapshot"
        assert document["metadata"]["ownerReferences"][0]["uid"] == "u-web"
        asked = len(made.server.asked)
        await made.look(20)
        assert len(made.server.asked) == asked


async def test_a_change_is_kept_but_not_each_at_once() -> None:
    async with keeping() as made:
        await made.look()
        made.change(resource("b"))
        await made.look(5)
        assert made.writes == 1
        made.change(resource("c"), delta.Removed(delta.CDS, "a"))
        await made.look(5)
        found = made.kept()
        assert found is not None
        assert [each.name for each in found.resources] == ["b", "c"]
        assert made.writes == 2
        # There and back again is no change.
        made.change(delta.Removed(delta.CDS, "b"))
        made.change(resource("b"))
        await made.look(20)
        assert made.writes == 2


async def test_what_is_on_its_way_is_not_kept() -> None:
    async with keeping() as made:
        await made.look()
        before, made.resources = made.resources, None
        await made.look(50)
        assert made.writes == 1
        made.resources = before
        made.change(resource("b"))
        await made.look()
        assert made.writes == 2


async def test_only_the_one_that_leads_writes_and_it_trusts_what_is_there() -> None:
    async with keeping() as made:
        made.leads = False
        await made.look()
        assert not made.server.asked
        made.leads = True
        await made.look()
        made.leads = False
        await made.look()
        made.leads = True
        await made.look()
        assert made.server.asked == ["GET", "POST", "GET"]


async def test_one_that_was_deleted_comes_back() -> None:
    async with keeping() as made:
        await made.look()
        made.server.kept.clear()
        await made.look(150)
        assert made.kept() is not None


async def test_where_somebody_was_faster_it_is_read_again() -> None:
    async with keeping() as made:
        await made.look()
        theirs = made.server.kept[PLACE]
        made.server.put(PLACE, theirs)
        made.change(resource("b"))
        await made.look(20)
        assert made.writes == 2
        await made.look(2)
        found = made.kept()
        assert found is not None
        assert len(found.resources) == 2


@pytest.mark.parametrize("metadata", [{}, {"labels": {infra.GATEWAY_LABEL: "web"}}])
async def test_one_of_somebody_else_is_left_alone_and_told(
    metadata: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    async with keeping() as made:
        theirs = {"namespace": "default", "name": "web-portway-snapshot", **metadata}
        made.server.put(PLACE, {"metadata": theirs, "data": {}})
        await made.look()
        await made.look(5)
        assert made.writes == 0
        assert caplog.text.count("somebody else has made it") == 1


async def test_an_api_server_that_is_away_is_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    async with keeping() as made:
        made.server.away = True
        await made.look()
        await made.look(2)
        made.server.away = False
        assert caplog.text.count("Secret default/web-portway-snapshot") == 1
        await made.look(2)
        assert made.kept() is not None


async def test_one_that_has_outgrown_a_secret_leaves_no_old_one(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(snapshots, "LARGEST", 4096)
    async with keeping() as made:
        await made.look()
        before = made.server.kept[PLACE]["metadata"]["annotations"][DIGEST]
        made.change(resource("b", "1", Random(1).randbytes(8192)))
        await made.look(20)
        assert made.kept() is None
        assert made.server.kept[PLACE]["metadata"]["annotations"][DIGEST] != before
        assert "4096 is what a Secret holds" in caplog.text
        made.change(delta.Removed(delta.CDS, "b"))
        await made.look(20)
        assert made.kept() is not None


async def test_another_gateway_of_the_name_begins_anew() -> None:
    async with keeping() as made:
        await made.look()
        made.server.kept.clear()
        made.wanted = [wanted("u-other")]
        await made.look(20)
        await made.look(2)
        assert made.server.kept[PLACE]["metadata"]["ownerReferences"][0]["uid"] == "u-other"
        made.wanted = []
        await made.look()
        made.wanted = [wanted("u-other")]
        await made.look()
        assert made.kept() is not None
