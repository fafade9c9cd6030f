"""Now, later or never: who is let go, and in which order."""

import asyncio
import json
from functools import partial
from typing import Any

import pytest

from portway.adapters.extproc.desk import Picked, Refused, Request, Why
from portway.app.picker.desk import Flow, Policies, PoolDesk
from portway.app.picker.numbers import Numbers, PoolNumbers
from portway.core.pick import Pool, Signals, Target
from portway.core.pick.pool import everybody
from portway.core.pick.queue import Bounds, Queue
from portway.core.pick.rewrite import Rule, Share

FULL, FREE = Signals(waiting=50), Signals(waiting=0)


class Clock:
    """Seconds that a test counts."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def desk(*names: str, flow: Flow | None = None, **more: Any) -> PoolDesk:
    pool = Pool()
    pool.update(Target(each) for each in names)
    made = PoolDesk(pool, PoolNumbers(Numbers(), "p"), flow, clock=Clock(), **more)
    made.policies = Policies({"high": 5, "low": -1})
    return made


def request(tenant: str = "", objective: str = "", **headers: str) -> Request:
    named = {
        "x-llm-d-inference-fairness-id": tenant,
        "x-llm-d-inference-objective": objective,
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    return Request(named, json.dumps({"model": "m", "prompt": "x" * 600}).encode())


def says(made: PoolDesk, signals: Signals) -> None:
    for each in made.pool.addresses:
        made.pool.heard(each, signals, 0.0)
    made.look()


async def test_at_once() -> None:
    made = desk("a:1", "b:1")
    found = await made.decide(request())
    assert isinstance(found, Picked)
    assert set(found.destination.split(",")) == {"a:1", "b:1"}
    assert (found.answer_headers, found.scores) == ({}, {})
    found.held.done(200)
    assert sum(each.own for each in everybody(made.pool, 0.0)) == 0


async def test_an_empty_pool_is_503_at_once() -> None:
    found = await desk().decide(request())
    assert isinstance(found, Refused)
    assert (found.status, found.reason) == (503, "rejected-no-endpoint")


async def test_below_zero_is_shed_when_the_pool_is_full_and_nobody_else() -> None:
    made = desk("a:1")
    says(made, FULL)
    found = await made.decide(request(objective="low"))
    assert isinstance(found, Refused)
    assert (found.status, found.reason) == (429, "rejected-saturated")
    assert isinstance(await made.decide(request()), Picked)
    says(made, FREE)
    assert isinstance(await made.decide(request(objective="low")), Picked)


async def test_why_only_where_it_is_allowed() -> None:
    asks = request(x_portway_explain_pick="1")
    silent = await desk("a:1").decide(asks)
    assert isinstance(silent, Picked)
    assert silent.answer_headers == {}
    told = await desk("a:1", explains=True).decide(asks)
    assert isinstance(told, Picked)
    assert told.answer_headers["x-portway-pick"].startswith("a:1: has nothing of the prompt; a:1")
    assert told.scores == {"a:1": 1.0}


async def test_a_body_with_another_model() -> None:
    made = desk("a:1")
    assert not made.whole_bodies({})
    assert made.whole_bodies({"x-gateway-model-name-rewrite": "n"})
    made.policies = Policies(rules=(Rule((Share("m-2"),)),))
    assert made.whole_bodies({})
    found = await made.decide(request())
    assert isinstance(found, Picked)
    assert json.loads(found.body or b"{}")["model"] == "m-2"


async def test_the_conformance_suite_steers_where_it_may() -> None:
    asks = request(test_epp_endpoint_selection="10.0.0.2,10.0.0.3:2")
    names = ("10.0.0.1:1", "10.0.0.2:1", "10.0.0.3:1", "10.0.0.3:2")
    found = await desk(*names, steered=True).decide(asks)
    assert isinstance(found, Picked)
    assert found.destination == "10.0.0.2:1,10.0.0.3:2"
    found.held.served("10.0.0.2:1")
    assert found.answer_headers == {"x-conformance-test-served-endpoint": "10.0.0.2:1"}
    found = await desk("10.0.0.1:1").decide(asks)
    assert isinstance(found, Picked)
    assert found.destination == "10.0.0.1:1"
    strange = await desk("10.0.0.1:1", steered=True).decide(asks)
    assert isinstance(strange, Refused)


def _note(order: list[str], name: str, _: object) -> None:
    order.append(name)


# -- waiting ---------------------------------------------------------------------------------


def waiting(made: PoolDesk, **fields: str) -> "asyncio.Future[Picked | Refused]":
    return asyncio.ensure_future(made.decide(request(**fields)))


async def test_who_waits_goes_by_priority_then_tenants_take_turns() -> None:
    made = desk("a:1", flow=Flow(queues=True, patience=5))
    says(made, FULL)
    order: list[str] = []
    asks = []
    for name, objective in (("g", ""), ("g", ""), ("h", ""), ("p", "high"), ("n", "low")):
        each = waiting(made, tenant=name, objective=objective)
        each.add_done_callback(partial(_note, order, name))
        asks.append(each)
        await asyncio.sleep(0)
    assert made.queue.lengths() == {0: 3, 5: 1, -1: 1}
    says(made, FREE)
    found = await asyncio.gather(*asks)
    assert all(isinstance(each, Picked) for each in found)
    assert order == ["p", "g", "h", "g", "n"]
    assert len(made.queue) == 0


async def test_only_as_many_are_let_go_as_there_is_room_for() -> None:
    made = desk("a:1", flow=Flow(queues=True, patience=5))
    says(made, Signals(waiting=5, running=10))
    asks = [waiting(made) for _ in range(6)]
    await asyncio.sleep(0)
    says(made, Signals(waiting=3, running=0))
    await asyncio.sleep(0.01)
    done = [each for each in asks if each.done()]
    assert len(done) == 5  # three wait in the engine, and two more that it has not told of yet
    found = done[0].result()
    assert isinstance(found, Picked)
    found.held.done(200)
    await asyncio.sleep(0.01)
    assert all(each.done() for each in asks)


async def test_nobody_overtakes_those_who_wait_but_a_higher_priority() -> None:
    made = desk("a:1", flow=Flow(queues=True, patience=0.2))
    says(made, FULL)
    first = waiting(made)
    await asyncio.sleep(0)
    made.pool.heard("a:1", FREE, 0.0)  # nobody has looked yet
    second = waiting(made)
    assert isinstance(await made.decide(request(objective="high")), Picked)
    assert not second.done()
    made.look()
    assert all(isinstance(each, Picked) for each in await asyncio.gather(first, second))


async def test_patience_ends() -> None:
    made = desk("a:1", flow=Flow(queues=True, patience=0.05))
    says(made, FULL)
    found = await made.decide(request())
    assert isinstance(found, Refused)
    assert (found.status, found.reason) == (503, "rejected-ttl-expired")
    assert len(made.queue) == 0


async def test_bounds() -> None:
    flow = Flow(queues=True, patience=0.1, queue=lambda: Queue(Bounds(most_requests=1)))
    made = desk("a:1", flow=flow)
    says(made, FULL)
    first = waiting(made)
    await asyncio.sleep(0)
    found = await made.decide(request())
    assert isinstance(found, Refused)
    assert (found.status, found.reason) == (429, "rejected-capacity")
    await first


@pytest.mark.parametrize("queues", [True, False])
async def test_an_empty_pool_may_be_waited_for(queues: bool) -> None:
    made = desk(flow=Flow(queues=queues, hold=5, settle=0))
    asks = [waiting(made) for _ in range(3)]
    await asyncio.sleep(0.02)
    assert not any(each.done() for each in asks)
    made.update([Target("a:1")])
    assert all(isinstance(each, Picked) for each in await asyncio.gather(*asks))
    short = desk(flow=Flow(queues=queues, hold=0.02))
    found = await short.decide(request())
    assert isinstance(found, Refused)
    assert found.words == "no endpoint came within 0.02 s"


async def test_a_client_that_goes_leaves_nothing_behind() -> None:
    made = desk("a:1", flow=Flow(queues=True, patience=5))
    says(made, FULL)
    gone, gone_late = waiting(made), waiting(made)
    await asyncio.sleep(0)
    gone.cancel()
    await asyncio.gather(gone, return_exceptions=True)
    assert len(made.queue) == 1
    says(made, FREE)  # its turn comes
    gone_late.cancel()  # in this very moment
    await asyncio.gather(gone_late, return_exceptions=True)
    assert len(made.queue) == 0
    assert sum(each.own for each in everybody(made.pool, 0.0)) == 0


async def test_the_first_request_after_a_while_is_told() -> None:
    made = desk("a:1")
    woken: list[float] = []
    clock = Clock()
    made = PoolDesk(made.pool, made.numbers, clock=clock)
    made.woken = lambda: woken.append(clock.now)
    for now in (0.0, 5.0, 14.0, 25.0):
        clock.now = now
        await made.decide(request())
    assert woken == [0.0, 25.0]
    assert (made.busy(30.0), made.busy(40.0)) == (True, False)


async def test_the_first_endpoint_is_picked_when_gateways_know_it_too() -> None:
    made = PoolDesk(Pool(), PoolNumbers(Numbers(), "p"), Flow(hold=5, settle=0.2))
    early = waiting(made)
    await asyncio.sleep(0)
    made.update([Target("a:1")])
    late = waiting(made)
    await asyncio.sleep(0.1)
    assert not early.done()
    assert not late.done()
    # Another one that comes takes nobody's time.
    made.update([Target("a:1"), Target("b:1")])
    found = await asyncio.wait_for(asyncio.gather(early, late), 0.3)
    assert all(isinstance(each, Picked) for each in found)
    assert isinstance(await made.decide(request()), Picked)


async def test_what_is_foreseen_comes_true_and_leaves_no_trace() -> None:
    made = desk("a:1", "b:1", "c:1")
    numbers = Numbers()
    made.numbers = PoolNumbers(numbers, "p")
    before = _ours(numbers)
    woken: list[bool] = []
    made.woken = lambda: woken.append(True)
    told = [made.foreseen(request()) for _ in range(3)]
    assert told[0] == told[1] == told[2]
    assert (woken, made.busy(0.0)) == ([], False)
    assert sum(each.own for each in everybody(made.pool, 0.0)) == len(made.pool.index) == 0
    assert _ours(numbers) == before
    found = await made.decide(request())
    assert isinstance(found, Picked)
    assert found.destination == ",".join(told[0].order)
    found.held.done(200)
    assert "has 2 of 2 blocks" in made.foreseen(request()).reason


def test_a_request_that_would_be_refused_or_wait_is_told_so() -> None:
    assert desk().foreseen(request()).status == 503
    held = desk(flow=Flow(hold=7)).foreseen(request())
    assert (held.order, held.status) == ((), 0)
    assert held.reason == "it waits for the pool's first endpoint, 7 s at most"
    full = desk("a:1")
    says(full, FULL)
    assert full.foreseen(request(objective="low")).status == 429
    queued = desk("a:1", flow=Flow(queues=True, patience=3))
    says(queued, FULL)
    assert "it waits its turn, 3 s at most" in queued.foreseen(request()).reason


def _ours(numbers: Numbers) -> list[bytes]:
    """The samples that are about picks."""
    samples = numbers.exposition().splitlines()
    return [each for each in samples if each.startswith((b"portway_", b"inference_"))]


async def test_a_pool_may_let_clients_ask() -> None:
    made = desk("a:1")
    asks = request(x_portway_explain_pick="1")
    for allowed in (False, True):
        made.policies = Policies(explains=allowed)
        found = await made.decide(asks)
        assert isinstance(found, Picked)
        assert ("x-portway-pick" in found.answer_headers) == allowed


async def test_each_pick_has_its_reason_for_the_log() -> None:
    made = desk("a:1")
    for cached, reason in (
        (0, "has nothing of the prompt"),
        (2, "has 2 of 2 blocks of the prompt"),
    ):
        found = await made.decide(request())
        assert isinstance(found, Picked)
        assert found.why == Why(reason, cached, 2)
