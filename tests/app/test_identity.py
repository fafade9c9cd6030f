"""The authority of an installation: made once, shared by all, and never lost to a bad moment."""

import asyncio
import logging
from datetime import UTC, datetime, timedelta

import pytest

from portway.adapters.identity import Keyring
from portway.adapters.identity.keyring import AUTHORITY_LIFE, LEAF_LIFE
from portway.app.identity import SECRET, Identity
from tests.adapters.kube.secrets import Secrets

PLACE = f"gw/{SECRET}"
START = datetime(2030, 1, 1, tzinfo=UTC)


class Site:
    """Several replicas on one cluster, with a clock that the test moves."""

    def __init__(self) -> None:
        self.server = Secrets()
        self.now = START
        self.slept: list[float] = []

    def replica(self) -> Identity:
        made = Identity(
            self.server.client(), "gw", "xds", clock=lambda: self.now, sleep=self._sleep
        )
        return made

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await asyncio.sleep(0)


@pytest.fixture
def site() -> Site:
    return Site()


def ring(identity: Identity) -> Keyring:
    assert identity.ring is not None
    return identity.ring


async def test_the_first_makes_it_and_the_next_ones_find_it(site: Site) -> None:
    first, second = site.replica(), site.replica()
    await first.open()
    await second.open()
    assert ring(first).data == ring(second).data
    assert list(site.server.kept) == [PLACE]


async def test_two_at_once_end_with_the_same(site: Site) -> None:
    first, second = site.replica(), site.replica()
    await asyncio.gather(first.open(), second.open())
    assert ring(first).data == ring(second).data


async def test_one_that_was_overtaken_takes_the_others(site: Site) -> None:
    theirs = Keyring.new(START)

    def faster() -> None:
        from base64 import b64encode

        data = {key: b64encode(value).decode() for key, value in theirs.data.items()}
        metadata = {"namespace": "gw", "name": SECRET}
        site.server.put(PLACE, {"metadata": metadata, "data": data})

    site.server.before = faster
    mine = site.replica()
    await mine.open()
    assert ring(mine).data == theirs.data


async def test_it_waits_for_the_server_and_says_so_once(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    mine = site.replica()
    site.server.answer = 403
    opening = asyncio.ensure_future(mine.open())
    while len(site.slept) < 5:  # noqa: ASYNC110
        await asyncio.sleep(0)
    site.server.answer = 0
    await opening
    said = [each for each in caplog.records if each.levelno == logging.WARNING]
    assert len(said) == 1
    assert SECRET in said[0].getMessage()


async def test_a_new_certificate_is_shown_before_the_old_one_ends(site: Site) -> None:
    mine = site.replica()
    await mine.open()
    before = mine._own
    site.now += LEAF_LIFE / 2
    await mine.look()
    assert mine._own is before
    site.now += LEAF_LIFE / 4
    await mine.look()
    assert mine._own is not before
    # Also while the server cannot be asked.
    before, site.server.away = mine._own, True
    site.now += LEAF_LIFE
    await mine._try()
    assert mine._own is not before


async def test_the_authority_is_followed_by_another(site: Site) -> None:
    first, second = site.replica(), site.replica()
    await first.open()
    await second.open()
    told: list[Keyring] = []
    second.changed = lambda: told.append(ring(second))
    old = ring(first).signer.certificate
    site.now += 0.7 * AUTHORITY_LIFE
    await first.look()
    await second.look()
    assert ring(second).heir is not None
    site.now += LEAF_LIFE + timedelta(days=1)
    await second.look()
    await first.look()
    assert ring(first).data == ring(second).data
    assert ring(first).signer.certificate != old
    assert old in ring(first).trusted
    assert len(told) == 2


async def test_nonsense_in_the_secret_changes_nothing(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    mine = site.replica()
    await mine.open()
    before = ring(mine).data
    site.server.put(PLACE, {"metadata": {"namespace": "gw", "name": SECRET}, "data": {}})
    await mine._try()
    assert ring(mine).data == before
    assert "missing" in caplog.text
    # It is not written over either: somebody may want to know what became of it.
    assert site.server.kept[PLACE]["data"] == {}
