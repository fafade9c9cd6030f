"""How often engines are asked, and what becomes of those that do not answer."""

import asyncio
from collections import Counter

from portway.adapters.engines.scraper import Rhythm, Scraper
from tests.wire.harness.model_server import ModelServer

FAST = Rhythm(busy=0.05, idle=0.5, patience=0.2, longest=5.0, at_once=2)


async def run(scraper: Scraper, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await scraper.run()
    except TimeoutError:
        pass


async def test_each_is_asked_about_once_in_its_time() -> None:
    heard: Counter[str] = Counter()
    async with ModelServer("a") as a, ModelServer("b") as b:
        a.page = b.page = b"x 1\n"
        scraper = Scraper(lambda name, _: heard.update([name]), rhythm=FAST)
        scraper.update([("a", a.endpoint), ("b", b.endpoint)])
        await run(scraper, 1.0)
    assert set(heard) == {"a", "b"}
    assert all(5 <= count <= 26 for count in heard.values()), heard


async def test_idle_is_slower() -> None:
    heard: list[str] = []
    async with ModelServer("a") as a:
        scraper = Scraper(lambda name, _: heard.append(name), busy=lambda: False, rhythm=FAST)
        scraper.update([("a", a.endpoint)])
        await run(scraper, 1.0)
    assert 1 <= len(heard) <= 4


async def test_those_that_hang_come_ever_more_rarely_and_stop_nobody() -> None:
    heard: Counter[str] = Counter()
    silent: Counter[str] = Counter()
    async with ModelServer("a") as good, ModelServer("b") as hangs:
        hangs.page_hangs = True
        scraper = Scraper(
            lambda name, _: heard.update([name]),
            failed=lambda name: silent.update([name]),
            rhythm=FAST,
        )
        scraper.update([("good", good.endpoint), *((f"b{n}", hangs.endpoint) for n in range(6))])
        await run(scraper, 3.0)
    assert heard["good"] >= 5
    assert set(silent) == {f"b{n}" for n in range(6)}
    assert max(silent.values()) <= 6


async def test_who_goes_is_not_asked_and_who_moves_is_asked_elsewhere() -> None:
    heard: list[str] = []
    async with ModelServer("a") as a, ModelServer("b") as b:
        a.page, b.page = b"a", b"b"
        scraper = Scraper(lambda _, text: heard.append(text.decode()), rhythm=FAST)
        scraper.update([("x", a.endpoint)])
        task = asyncio.ensure_future(run(scraper, 2.0))
        await asyncio.sleep(0.4)
        assert set(heard) == {"a"}
        scraper.update([("x", b.endpoint)])
        await asyncio.sleep(0.1)
        heard.clear()
        await asyncio.sleep(0.4)
        assert set(heard) == {"b"}
        scraper.update([])
        heard.clear()
        await asyncio.sleep(0.3)
        assert heard == []
        await task


async def test_idle_ends_when_requests_come() -> None:
    heard: list[str] = []
    busy = False
    async with ModelServer("a") as a:
        rhythm = Rhythm(busy=0.05, idle=60.0, patience=0.2)
        scraper = Scraper(lambda name, _: heard.append(name), busy=lambda: busy, rhythm=rhythm)
        scraper.update([("a", a.endpoint)])
        task = asyncio.ensure_future(run(scraper, 1.0))
        await asyncio.sleep(0.4)
        assert len(heard) == 1
        busy = True
        scraper.wake()
        await task
    assert len(heard) >= 5
