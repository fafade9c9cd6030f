"""The one task that owns the state: what it says, in which order, and when it says nothing."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable, Iterator

import pytest
from prometheus_client.parser import text_string_to_metric_families

from portway.adapters.admin.metrics import Metrics
from portway.app.addresses import AddressPool
from portway.app.statuses import Statuses
from portway.app.turn import (
    STATUS_DELAY,
    Answered,
    Changed,
    Complete,
    Connected,
    Disconnected,
    Loop,
    Message,
    Tick,
)
from portway.core import api, delta
from portway.core.culprit import Refusal
from portway.core.schema import Schema
from portway.core.wiring import Core
from tests.core import site

LISTENER = "type.googleapis.com/envoy.config.listener.v3.Listener"
ROUTES = "type.googleapis.com/envoy.config.route.v3.RouteConfiguration"
WEB = site.key("Gateway", "web")
IN_USE = "cannot bind '127.80.0.1:8080': Address already in use"


class Site:
    """A running loop, with everything it told its surroundings in `told`."""

    def __init__(self, schema: Schema, refusals: tuple[Refusal, ...] = ()) -> None:
        self.told: list[str] = []
        self.remembered: list[tuple[Refusal, ...]] = []
        self.quiet = True
        self.now = 0.0
        self.proxy: Acknowledging | None = None
        self.metrics = Metrics()
        self.resources = delta.ResourceSet()
        self.loop = Loop(
            Core(schema, strict=True),
            AddressPool("127.80.0.0/28", port_offset=0),
            Statuses(lambda: "2026-01-01T00:00:00Z"),
            self.metrics,
            resources=self.resources,
            publish=self._publish,
            begin=lambda: self.told.append("begin"),
            quiet=lambda: self.quiet,
            refusals=refusals,
            remember=self.remembered.append,
            clock=lambda: self.now,
        )

    def _publish(self, owners: Iterable[str] | None) -> None:
        assert owners is None
        self.quiet = False
        if self.proxy is not None:
            self.proxy.changed()
        known = self.loop.statuses.get(WEB)
        self.told.append("publish" if known is None else f"publish after {self.programmed}")

    async def take(self, *messages: Message) -> None:
        """Leaves messages at once and returns when they are dealt with."""
        for message in messages:
            self.loop.post(message)
        await asyncio.sleep(0)
        while not self.loop._inbox.empty() or self.loop._behind_since is not None:  # noqa: ASYNC110 - some steps
            await asyncio.sleep(0)
        await asyncio.sleep(0)

    async def listed(self, *events: api.Event) -> None:
        base = (site.gateway_class(), site.gateway(), site.service("app"))
        await self.take(Changed((*base, *events), listed=True))

    async def acknowledge(self, stream: int = 1) -> None:
        """Says of every resource, as it is now, that the proxy took it."""
        found = self.loop.core.resources()
        self.quiet = True
        acks = [delta.Ack(each.type_url, {each.name: each.version}) for each in found]
        await self.take(Connected(stream, ""), *(Answered(ack, stream) for ack in acks))

    async def refuse(self, type_url: str, name: str, words: str, *, quiet: bool = True) -> None:
        """Says that the proxy refused a resource as it is now; `quiet`: and that was all."""
        refused = {name: self.version(type_url, name)}
        self.quiet = quiet
        await self.take(Answered(delta.Nack(type_url, refused, (), words), 1))

    async def tick(self) -> None:
        """A tick when everything has been answered."""
        self.quiet = True
        await self.take(Tick())

    def version(self, type_url: str, name: str) -> str:
        found = self.resources.get(type_url, name)
        return "" if found is None else found.version

    @property
    def programmed(self) -> str:
        status = self.loop.statuses.get(WEB)
        assert status is not None
        found = next(each for each in status["conditions"] if each["type"] == "Programmed")
        return str(found["status"])

    @property
    def turns(self) -> float:
        text = self.metrics.exposition().decode()
        families = {each.name: each for each in text_string_to_metric_families(text)}
        return families["portway_turns"].samples[0].value


class Acknowledging:
    """A proxy that asks for everything and takes everything."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self.stream = delta.Stream(site.resources)
        self._unread: list[delta.Response] = []
        for type_url in (delta.CDS, delta.LDS):
            self._say(delta.Request(type_url))
        self._say(delta.Request(delta.RDS, ("default/web/8080",)))
        self._clusters: set[str] = set()
        self.answer_all()

    def changed(self) -> None:
        self._unread += self.stream.on_change()

    def answer_all(self) -> None:
        while self._unread:
            response = self._unread.pop(0)
            if response.type_url == delta.CDS:
                new = {each.name for each in response.resources} - self._clusters
                gone = self._clusters.intersection(response.removed)
                self._clusters = (self._clusters | new) - gone
                self._say(delta.Request(delta.EDS, tuple(new), tuple(gone)))
            self._say(delta.Request(response.type_url, response_nonce=response.nonce))
        for outcome in self.stream.take_outcomes():
            self._site.loop.post(Answered(outcome, 1))
        self._site.quiet = self.stream.settled

    def books(self) -> tuple[int, ...]:
        """How much the stream remembers."""
        held = self.stream
        kept = (held._uses, held._waits, held._cold, held._unasked, held._fresh, held._outcomes)
        lists = [
            each
            for books in held._types.values()
            for each in (books.names, books.acked, books.nacked, books.pending, books.again)
        ]
        return (*(len(each) for each in kept), *(len(each) for each in lists))

    def _say(self, request: delta.Request) -> None:
        self._unread += self.stream.on_request(request)


@pytest.fixture
async def running(schema: Schema) -> AsyncIterator[Site]:
    made = Site(schema)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(made.loop.run())
        yield made
        task.cancel()


@pytest.fixture
def warnings(caplog: pytest.LogCaptureFixture) -> Iterator[list[str]]:
    """Grows with what the loop warns of."""
    found: list[str] = []

    class Taking(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.levelno >= logging.WARNING:
                found.append(record.getMessage())

    handler = Taking()
    logger = logging.getLogger("portway.app.turn")
    logger.addHandler(handler)
    yield found
    logger.removeHandler(handler)


async def test_nothing_is_said_before_everything_is_listed(running: Site) -> None:
    await running.take(Changed((site.gateway_class(), site.gateway())))
    assert running.told == []
    assert list(running.loop.statuses.items()) == []
    await running.listed()
    assert running.told[0] == "publish"
    assert running.loop.statuses.get(WEB) is not None


async def test_resources_go_before_statuses_and_before_the_beginning(running: Site) -> None:
    await running.listed(site.route("a"))
    assert running.told == ["publish", "begin"]


async def test_a_change_is_published_in_the_next_step_of_the_event_loop(running: Site) -> None:
    await running.listed()
    await running.acknowledge()
    before = len(running.told)
    running.loop.post(Changed((site.route("a"),)))
    await asyncio.sleep(0)
    assert running.told[before:] == ["publish after True", "begin"]


async def test_no_status_is_computed_before_what_came_with_it_is_written(running: Site) -> None:
    """A change leaves, and the proxy's answer to it is taken in, before its status is made."""
    await running.listed()
    await running.acknowledge()
    known = len(list(running.loop.statuses.items()))
    running.loop.post(Changed((site.route("a"),)))
    await asyncio.sleep(0)
    assert running.told[-2:] == ["publish after True", "begin"]
    running.loop.post(Changed((site.route("b"),)))
    await asyncio.sleep(0)
    assert len(list(running.loop.statuses.items())) == known
    await running.take()
    assert len(list(running.loop.statuses.items())) == known + 2


async def test_statuses_come_some_at_a_time_between_messages(running: Site) -> None:
    await running.listed()
    running.loop.post(Changed(tuple(site.route(f"r{number}") for number in range(500))))
    await asyncio.sleep(0)
    seen = []
    while running.loop.core.graph.stale:
        await asyncio.sleep(0)
        seen.append(len(list(running.loop.statuses.items())))
    assert seen[0] < 200
    assert seen[-1] == 502
    assert seen == sorted(seen)


async def test_messages_that_never_stop_delay_statuses_only_so_long(
    running: Site,
) -> None:
    await running.listed()
    key = site.key("HTTPRoute", "a")
    running.loop.post(Changed((site.route("a"),)))
    for number in range(20):
        await asyncio.sleep(0)
        running.loop.post(Changed((site.route(f"busy{number}"),)))
        assert running.loop.statuses.get(key) is None
    running.now += STATUS_DELAY
    for number in range(4):
        running.loop.post(Changed((site.route(f"late{number}"),)))
        await asyncio.sleep(0)
    assert running.loop.statuses.get(key) is not None


async def test_who_asks_gets_the_statuses_of_now_but_none_before_the_listing(
    running: Site,
) -> None:
    await running.take(Changed((site.gateway_class(), site.gateway())))
    running.loop.tell()
    assert list(running.loop.statuses.items()) == []
    await running.listed()
    running.loop.post(Changed((site.route("a"),)))
    await asyncio.sleep(0)
    running.loop.tell()
    assert running.loop.statuses.get(site.key("HTTPRoute", "a")) is not None


async def test_an_answer_that_no_status_speaks_of_is_no_turn(running: Site) -> None:
    await running.listed(site.route("a"))
    await running.acknowledge()
    before = running.turns
    await running.take(Answered(delta.Ack(delta.CDS, {"a": "1"}), 1))
    await running.take(Answered(delta.Ack(delta.EDS, {"a": "1"}, ("b",)), 1))
    assert running.turns == before


async def test_churn_leaves_nothing_behind(running: Site) -> None:
    """Routes, their hosts, Services and endpoints come, change and go: the books stay as long."""
    await running.listed()
    proxy = Acknowledging(running)
    running.proxy = proxy

    async def churn(first: int, last: int) -> None:
        for number in range(first, last):
            await running.take(
                Changed(
                    (
                        site.service(f"s{number}", f"127.0.0.1:{3000 + number % 7}"),
                        site.route(f"r{number}", f"s{number}"),
                        site.gone("HTTPRoute", f"r{number - 5}"),
                        site.gone("Service", f"s{number - 5}"),
                    )
                )
            )
            proxy.answer_all()
            await running.take()

    def books() -> tuple[int, ...]:
        loop = running.loop
        return (
            loop.core.graph.footprint(),
            len(running.resources),
            len(list(loop.statuses.items())),
            len(loop.search._pending) + len(loop.search._good),
            *proxy.books(),
        )

    await churn(0, 50)
    early = books()
    await churn(50, 400)
    assert books() == early


async def test_an_empty_listing_is_complete_too(running: Site) -> None:
    await running.take(Changed((), listed=True))
    assert running.told == ["begin"]


async def test_what_comes_together_is_one_turn(running: Site) -> None:
    await running.listed()
    before = running.turns
    many = [Changed((site.route(f"r{number}"),)) for number in range(50)]
    await running.take(*many)
    assert running.turns == before + 1


async def test_without_a_change_there_is_no_turn(running: Site) -> None:
    await running.listed(site.route("a"))
    await running.acknowledge()
    before, told = running.turns, [each for each in running.told if each != "begin"]
    await running.take(Tick(), Changed((site.route("a"),)), Tick())
    assert running.turns == before
    assert [each for each in running.told if each != "begin"] == told


async def test_programmed_follows_the_proxy_up_and_down(running: Site) -> None:
    await running.listed()
    assert running.programmed == "False"
    await running.acknowledge()
    assert running.programmed == "True"
    await running.take(Disconnected(1))
    assert running.programmed == "False"
    await running.acknowledge(2)
    assert running.programmed == "True"


async def test_a_second_proxy_that_begins_takes_nothing_back(running: Site) -> None:
    await running.listed()
    await running.acknowledge()
    await running.take(Complete(1), Connected(2, ""))
    assert running.programmed == "True"
    # It has everything, but does not have it yet: both are waited for.
    await running.take(Complete(2))
    assert running.programmed == "False"
    await running.take(Disconnected(2))
    assert running.programmed == "True"


async def test_what_is_good_is_what_all_proxies_have_taken(running: Site) -> None:
    def good() -> bool:
        return running.loop.good("", running.resources) is not None

    await running.listed()
    assert not good()
    await running.acknowledge()
    assert not good()  # its first proxy may still want more
    await running.take(Complete(1))
    assert good()
    assert running.loop.good("", None) is None
    await running.take(Connected(2, ""), Complete(2))
    assert not good()
    await running.take(Disconnected(2))
    assert good()
    running.loop.post(Tick())
    assert not good()  # what waits may change everything


async def test_a_removed_resource_is_no_longer_acknowledged(running: Site) -> None:
    await running.listed()
    await running.acknowledge()
    await running.take(Answered(delta.Ack(LISTENER, {}, ("default/web/8080",)), 1))
    assert running.programmed == "False"


async def test_every_gateway_gets_an_address_and_keeps_it(running: Site) -> None:
    await running.listed()
    status = running.loop.statuses.get(WEB)
    assert status is not None
    (address,) = status["addresses"]
    await running.take(Changed((site.gateway("more"),)), Changed((site.gone("Gateway", "more"),)))
    status = running.loop.statuses.get(WEB)
    assert status is not None
    assert status["addresses"] == [address]
    assert len(list(running.loop.core.inputs.placements.items())) == 1


async def test_a_refused_edit_goes_back_and_is_remembered_until_it_is_mended(
    running: Site,
) -> None:
    await running.listed(site.route("a", path="/good"))
    await running.acknowledge()
    good = running.version(ROUTES, "default/web/8080")
    await running.take(Changed((site.route("a", path="/bad"),)))
    await running.refuse(ROUTES, "default/web/8080", "no such thing\n")
    assert running.version(ROUTES, "default/web/8080") == good
    assert running.loop.search.culprits == {site.key("HTTPRoute", "a"): "no such thing"}
    assert [each.message for each in running.remembered[-1]] == ["no such thing"]
    await running.tick()
    assert running.version(ROUTES, "default/web/8080") == good
    await running.take(Changed((site.route("a", path="/mended"),)))
    assert running.loop.search.culprits == {}
    assert running.remembered[-1] == ()


async def test_a_tick_tries_again_what_has_a_cause_outside(
    running: Site, warnings: list[str]
) -> None:
    await running.listed()
    tried = running.version(LISTENER, "default/web/8080")
    await running.refuse(LISTENER, "default/web/8080", IN_USE)
    assert running.loop.search.culprits == {WEB: IN_USE}
    assert running.version(LISTENER, "default/web/8080") == ""
    for _ in range(3):
        await running.tick()
        assert running.version(LISTENER, "default/web/8080") == tried
        await running.refuse(LISTENER, "default/web/8080", IN_USE)
    assert len(warnings) == 1
    await running.tick()
    await running.acknowledge()
    assert running.loop.search.culprits == {}
    assert running.programmed == "True"


async def test_suspects_wait_until_everything_is_answered(running: Site) -> None:
    await running.listed()
    await running.acknowledge()
    await running.take(Changed((site.route("a"), site.route("b"))))
    await running.refuse(ROUTES, "default/web/8080", "one of them", quiet=False)
    assert running.loop.search.searching
    held = running.version(ROUTES, "default/web/8080")
    await running.take(Tick())
    assert running.version(ROUTES, "default/web/8080") == held
    running.quiet = True
    await running.take(Tick())
    assert running.version(ROUTES, "default/web/8080") != held


async def test_what_was_on_its_way_when_an_edit_was_refused_blames_nobody(running: Site) -> None:
    """An edit beside a bad one goes out before the first answer; another proxy answers late."""
    table = (ROUTES, "default/web/8080")
    await running.listed(site.route("a"))
    await running.acknowledge()
    versions = []
    for name in ("bad", "good"):
        await running.take(Changed((site.route(name, path=f"/{name}"),)))
        versions.append(running.version(*table))
    for version in (*versions, versions[0]):
        running.quiet = False
        nack = delta.Nack(ROUTES, {table[1]: version}, (), "one of them")
        await running.take(Answered(nack, 1))
    assert running.loop.search.culprits == {}
    assert {key.name for key, _ in running.loop.core.inputs.holds.items()} == {"bad", "good"}


async def test_refusals_of_an_earlier_control_plane_hold_from_the_first_turn(
    running: Site, schema: Schema
) -> None:
    await running.listed(site.route("a", path="/good"))
    await running.acknowledge()
    await running.take(Changed((site.route("a", path="/bad"),)))
    await running.refuse(ROUTES, "default/web/8080", "no")
    later = Site(schema, running.remembered[-1])
    async with asyncio.TaskGroup() as group:
        task = group.create_task(later.loop.run())
        await later.listed(site.route("a", path="/bad"))
        task.cancel()
    same = [each.resources.get(ROUTES, "default/web/8080") for each in (running, later)]
    assert same[0] == same[1]
    assert later.loop.search.culprits == running.loop.search.culprits
    assert later.remembered == []
