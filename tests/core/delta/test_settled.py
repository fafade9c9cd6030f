"""When a proxy has answered for everything there is, and not merely for what it was sent."""

import pytest

from portway.core.delta import LDS, RDS, Request, Resource, ResourceSet, Response, Stream

ROUTES = Resource(RDS, "web", "1", b"")
LISTENER = Resource(LDS, "web", "1", b"", ((RDS, "web"),))


@pytest.fixture
def resources() -> ResourceSet:
    made = ResourceSet()
    made.apply([LISTENER, ROUTES])
    return made


def answer(stream: Stream, response: Response, error: str | None = None) -> list[Response]:
    nonce = response.nonce
    return stream.on_request(Request(response.type_url, response_nonce=nonce, error=error))


def test_where_there_is_nothing_all_is_answered() -> None:
    assert Stream(ResourceSet()).settled


def test_a_proxy_that_has_not_asked_yet_has_not_answered(resources: ResourceSet) -> None:
    assert not Stream(resources).settled


def test_what_a_listener_needs_is_yet_to_be_asked_for(resources: ResourceSet) -> None:
    stream = Stream(resources)
    (listeners,) = stream.on_request(Request(LDS))
    assert answer(stream, listeners) == []
    assert stream.quiet
    assert not stream.settled
    (routes,) = stream.on_request(Request(RDS, subscribe=("web",)))
    assert not stream.settled
    answer(stream, routes)
    assert stream.settled


def test_a_proxy_that_comes_back_asks_for_its_routes_again(resources: ResourceSet) -> None:
    stream = Stream(resources)
    stream.on_request(Request(LDS, initial_resource_versions={"web": "1"}))
    assert not stream.settled
    stream.on_request(Request(RDS, subscribe=("web",), initial_resource_versions={"web": "1"}))
    assert stream.settled


def test_nothing_more_comes_of_a_refused_listener(resources: ResourceSet) -> None:
    stream = Stream(resources)
    (listeners,) = stream.on_request(Request(LDS))
    answer(stream, listeners, "no")
    assert stream.settled
