"""What the generators say is understood, and the own one counts truly."""

import pytest

from bench.loads import LoadError, Target, choose, parse_python, parse_wrk
from tests.wire.harness.origin import Origin

WRK = """Running 1s test @ http://127.0.0.1:8080/
  1 threads and 32 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     1.05ms  412.53us   9.98ms   88.41%
    Req/Sec    30.13k     1.52k   32.26k    70.00%
  Latency Distribution
     50%  970.00us
     75%    1.13ms
     90%    1.38ms
     99%    2.61ms
  30180 requests in 1.00s, 4.55MB read
"""
BROKEN = """  Socket errors: connect 1, read 2, write 0, timeout 4
  Non-2xx or 3xx responses: 10
"""


def test_wrk_is_understood() -> None:
    shot = parse_wrk(WRK + "Requests/sec:  30092.22\n", cpu=0.5)
    assert (shot.requests, shot.errors, shot.seconds, shot.cpu) == (30180, 0, 1.0, 0.5)
    assert [shot.p50, shot.p99] == pytest.approx([970e-6, 2.61e-3])
    assert shot.rate == 30180.0


def test_wrks_errors_are_counted() -> None:
    assert parse_wrk(WRK + BROKEN, cpu=0.0).errors == 17


def test_what_generators_call_errors_may_be_what_was_wanted() -> None:
    shot = parse_wrk(WRK + "  Non-2xx or 3xx responses: 30180\n", cpu=0.0)
    assert shot.expecting(404).errors == 0
    assert shot.expecting(200).errors == 30180
    assert parse_wrk(WRK, cpu=0.0).expecting(404).errors == 30180


@pytest.mark.parametrize("parse", [parse_wrk, parse_python])
def test_unknown_words_are_an_error(parse: type) -> None:
    with pytest.raises(LoadError, match="unable to connect"):
        parse("unable to connect to 127.0.0.1", 0.0)


async def test_the_chosen_generator_counts_what_the_origin_sees() -> None:
    async with Origin() as origin:
        address, _, port = origin.endpoint.rpartition(":")
        shot = await choose().shoot(Target(address, int(port), "a.example"), 2, 1.0)
    assert shot.errors == 0
    assert 0 < shot.requests <= len(origin.requests)
    assert {request.header("host") for request in origin.requests} == {("a.example",)}
    assert 0 < shot.p50 <= shot.p99 < 1
    assert shot.cpu > 0
