"""What waits, waits alone: a cluster that never becomes warm holds up nothing but its own users.

The proxy does as Envoy does: it takes clusters at once, and answers for none while one warms.
"""

import pytest

from portway.core.delta import (
    CDS,
    EDS,
    LDS,
    SRDS,
    Removed,
    Request,
    Resource,
    ResourceSet,
    Response,
    Stream,
)


def cluster(name: str, version: str = "1") -> Resource:
    return Resource(CDS, name, version, b"", ((EDS, name),))


def endpoints(name: str, version: str = "1") -> Resource:
    return Resource(EDS, name, version, b"")


def scope(name: str, version: str, *clusters: str) -> Resource:
    return Resource(SRDS, name, version, b"", tuple((CDS, each) for each in clusters))


class Proxy:
    """Takes everything at once, but never gets as far as the endpoints of `cold` clusters."""

    def __init__(self, resources: ResourceSet, cold: frozenset[str]) -> None:
        self.resources = resources
        self.stream = Stream(resources)
        self.got: list[str] = []
        self._cold = cold
        self._asked: set[str] = set()
        self._warming: set[str] = set()
        for type_url in (CDS, LDS, SRDS):
            self._say(Request(type_url))

    def put(self, *changes: Resource | Removed) -> list[str]:
        """What arrives because of these changes, as `name version` or `-name`, in order."""
        self.got = []
        self.resources.apply(changes)
        self._read(self.stream.on_change())
        return self.got

    def _say(self, request: Request) -> None:
        self._read(self.stream.on_request(request))

    def _read(self, responses: list[Response]) -> None:
        for each in responses:
            self.got += [f"{r.name} {r.version}" for r in each.resources]
            self.got += [f"-{name}" for name in each.removed]
            if each.type_url == CDS:
                new = {r.name for r in each.resources} - self._asked - self._cold
                self._asked |= new
                self._say(Request(EDS, tuple(sorted(new))))
                self._warming |= {r.name for r in each.resources} & self._cold
                if self._warming:
                    continue
            self._say(Request(each.type_url, response_nonce=each.nonce))


@pytest.fixture
def proxy() -> Proxy:
    """Serves scope `one` from cluster `a`; cluster `cold` is there and not warm."""
    resources = ResourceSet()
    made = Proxy(resources, frozenset({"cold"}))
    made.put(cluster("a"), endpoints("a"), scope("one", "1", "a"))
    assert made.put(cluster("cold"), endpoints("cold"), scope("waits", "1", "cold")) == ["cold 1"]
    assert made.stream.waiting() == {(SRDS, "waits"): (EDS, "cold")}
    return made


def test_a_change_of_a_scope_goes_at_once(proxy: Proxy) -> None:
    assert proxy.put(scope("one", "2", "a")) == ["one 2"]


def test_new_endpoints_go_at_once(proxy: Proxy) -> None:
    assert proxy.put(endpoints("a", "2")) == ["a 2"]


def test_a_new_cluster_and_its_scope_go_at_once(proxy: Proxy) -> None:
    new = proxy.put(cluster("b"), endpoints("b"), scope("two", "1", "b"))
    assert new == ["b 1", "b 1", "two 1"]


def test_a_changed_cluster_goes_at_once(proxy: Proxy) -> None:
    assert proxy.put(cluster("a", "2")) == ["a 2", "a 1"]


def test_a_scope_moves_to_another_cluster_and_the_old_one_goes(proxy: Proxy) -> None:
    proxy.put(cluster("b"), endpoints("b"))
    gone = (Removed(CDS, "a"), Removed(EDS, "a"))
    assert proxy.put(scope("one", "2", "b"), *gone) == ["one 2", "-a"]


def test_a_scope_goes_at_once(proxy: Proxy) -> None:
    assert proxy.put(Removed(SRDS, "one")) == ["-one"]


def test_what_waits_goes_where_it_no_longer_needs_the_cold_one(proxy: Proxy) -> None:
    assert proxy.put(scope("waits", "2", "a")) == ["waits 2"]


def test_one_changed_scope_of_thousands_is_a_response_of_one(proxy: Proxy) -> None:
    names = [f"n{number}" for number in range(3000)]
    assert len(proxy.put(*[scope(name, "1", "a") for name in names])) == 3000
    assert proxy.put(scope("n1234", "2", "a"), scope("n7", "1", "a")) == ["n1234 2"]


def test_a_proxy_that_comes_back_with_everything_is_sent_nothing() -> None:
    resources = ResourceSet()
    names = [f"n{number}" for number in range(500)]
    for name in names:
        resources.apply([cluster(name), endpoints(name), scope(name, "1", name)])
    stream = Stream(resources)
    held = dict.fromkeys(names, "1")
    said = [
        Request(CDS, initial_resource_versions=held),
        Request(EDS, tuple(names), initial_resource_versions=held),
        Request(LDS),
        Request(SRDS, initial_resource_versions=held),
    ]
    sent = [response for each in said for response in stream.on_request(each)]
    # Listeners there are none, which is the one thing that has to be said.
    assert [(each.type_url, each.resources, each.removed) for each in sent] == [(LDS, (), ())]
    stream.on_request(Request(LDS, response_nonce=sent[0].nonce))
    assert stream.settled
    resources.apply([scope("n7", "2", "n7")])
    assert [[r.name for r in each.resources] for each in stream.on_change()] == [["n7"]]
