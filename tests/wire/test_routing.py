"""Which rule answers, asked with real requests: matches, precedence, hostnames, isolation.

The same order of rules is proved for every input in the core's tests; here Envoy has the word.
"""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.wire import seeds
from tests.wire.harness import raw
from tests.wire.harness.manifests import Document, backend, gateway, http_route, listener, rule
from tests.wire.stage import HTTP, Stage, stage

pytestmark = [pytest.mark.envoy, pytest.mark.asyncio(loop_scope="module")]

ISOLATED = 8081
OTHER = 8082
OVERLAPPING = 8083
BACKENDS = ("a", "b", "c", "d", "e", "f")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    async with stage(tmp_path_factory.mktemp("routing"), *BACKENDS) as site:
        documents = [
            gateway("web", LISTENERS),
            gateway("other", [listener("http", HTTP)]),
            *site.services,
            *matching(),
            *across_routes(),
            *hostnames(),
            *isolation(),
            *ports_of_parents(),
            *lost(),
            http_route("elsewhere", "other", [to("f", path("/"))], hostnames=["elsewhere.test"]),
        ]
        await site.write("site", documents)
        yield site


PLACES = {
    "empty": None,
    "example": "*.example.com",
    "foo": "*.foo.example.com",
    "abc": "abc.foo.example.com",
}


def four(prefix: str, port: int) -> list[Document]:
    """The listeners of a port, from the least to the most specific."""
    return [listener(f"{prefix}{name}", port, hostname=host) for name, host in PLACES.items()]


LISTENERS = [
    listener("http", HTTP),
    *four("", ISOLATED),
    *four("overlapping-", OVERLAPPING),
    listener("named-exact", OTHER, hostname="very.specific.com"),
    listener("named-wildcard", OTHER, hostname="*.wildcard.io"),
    listener("named-other-wildcard", OTHER, hostname="*.anotherwildcard.io"),
]


def path(value: str, kind: str = "PathPrefix") -> Document:
    return {"path": {"type": kind, "value": value}}


def exact(value: str) -> Document:
    return path(value, "Exact")


def pattern(value: str) -> Document:
    return path(value, "RegularExpression")


def pairs(field: str, **values: str) -> Document:
    named = ((name.replace("_", "-"), value) for name, value in values.items())
    return {field: [{"name": name, "value": value} for name, value in named]}


def to(name: str, *matches: Document) -> Document:
    return rule(backend(name), matches=list(matches))


def on(name: str, section: str, host: str | None, **rules: Document) -> Document:
    """A route of one listener; each rule is named after the backend it goes to."""
    made = [to(target, match) for target, match in rules.items()]
    hosts = [host] if host else []
    return http_route(name, "web", made, hostnames=hosts, sectionName=section)


def matching() -> list[Document]:
    return [
        on("paths", "http", "paths.test", a=exact("/one"), b=path("/one"), c=path("/one/two"),
           d=pattern("/r[0-9]+/.*x"), e=exact("/two/"), f=path("/v2/")),
        on("paths-all", "http", "order.test", a=path("/match"), b=path("/match/prefix"),
           c=exact("/match/prefix/one"), d=pattern("/match/prefix/o.*"),
           e=path("/match/any/deep/")),
        http_route("headers", "web", [
            to("a", pairs("headers", version="one")),
            to("b", pairs("headers", version="two")),
            to("c", pairs("headers", version="two", color="orange")),
            to("d", pairs("headers", color="blue"), pairs("headers", color="green")),
            to("e", {"headers": [{"name": "Trace", "type": "RegularExpression",
                                  "value": "[a-f0-9]{4}"}]}),
            to("f", {"headers": [{"name": "dup", "value": "first"},
                                 {"name": "DUP", "value": "second"}]}),
        ], hostnames=["headers.test"], sectionName="http"),
        http_route("queries", "web", [
            to("a", pairs("queryParams", animal="whale")),
            to("b", pairs("queryParams", animal="dolphin")),
            to("c", pairs("queryParams", animal="dolphin", color="blue")),
            to("d", pairs("queryParams", ANIMAL="Whale")),
            to("e", {"queryParams": [{"name": "id", "type": "RegularExpression",
                                      "value": "[0-9]+"}]}),
            to("f", path("/path") | pairs("queryParams", animal="whale")),
        ], hostnames=["queries.test"], sectionName="http"),
        http_route("methods", "web", [
            to("a", {"method": "POST"}),
            to("b", {"method": "GET"}),
            to("c", path("/p")),
            to("d", path("/p") | {"method": "PATCH"}),
            to("e", path("/p") | pairs("headers", version="one")),
            to("f", {"method": "DELETE"} | pairs("headers", version="one")),
        ], hostnames=["methods.test"], sectionName="http"),
    ]  # fmt: skip


def across_routes() -> list[Document]:
    """Equal matches: the oldest route, then the first name, then the first rule."""

    def made(name: str, target: str, host: str, created: str = "", namespace: str = "") -> Document:
        route = on(name, "http", host, **{target: path("/")})
        if created:
            route["metadata"]["creationTimestamp"] = created
        return route

    return [
        made("age-1", "a", "age.test", "2024-02-01T00:00:00Z"),
        made("age-2", "b", "age.test", "2024-01-01T00:00:00Z"),
        made("age-3", "c", "age.test", "2024-03-01T00:00:00Z"),
        made("name-b", "b", "name.test", "2024-01-01T00:00:00Z"),
        made("name-a", "a", "name.test", "2024-01-01T00:00:00Z"),
        http_route(
            "rules", "web", [to("b", path("/")), to("a", path("/"))],
            hostnames=["rules.test"], sectionName="http",
        ),
        on("split-1", "http", "split.test", a=path("/"), b=path("/v2") | pairs("headers", x="1")),
        on("split-2", "http", "split.test", c=path("/v2"), d=path("/v2/deep")),
    ]  # fmt: skip


def hostnames() -> list[Document]:
    wide = http_route(
        "wide", "web", [to("c", path("/s"))],
        hostnames=["non.matching.com", "*.nope.io", "very.specific.com", "*.anotherwildcard.io",
                   "foo.wildcard.io", "deep.bar.wildcard.io"],
    )  # fmt: skip
    return [
        on("case", "http", "case.test", a=path("/")),
        on("star", "http", "*.star.test", b=path("/")),
        on("star-one", "http", "one.star.test", c=path("/")),
        on("ip", "http", "ip.test", a=path("/")),
        wide,
    ]


def isolation() -> list[Document]:
    """Each route has a path that names its listener; those of the second port also have the
    hostnames of all four."""
    every = ["bar.com", "*.example.com", "*.foo.example.com", "abc.foo.example.com"]
    found = [on(f"isolated-{name}", name, None, a=path(f"/{name}")) for name in PLACES]
    for name in PLACES:
        rules = [to("b", path(f"/{name}"))]
        section = f"overlapping-{name}"
        found.append(http_route(section, "web", rules, hostnames=every, sectionName=section))
    return found


def ports_of_parents() -> list[Document]:
    return [
        http_route("by-port", "web", [to("d", path("/"))], hostnames=["port.test"], port=HTTP),
        http_route("by-other", "web", [to("e", path("/"))], hostnames=["port.test"], port=ISOLATED),
    ]


def lost() -> list[Document]:
    """Routes no listener takes."""
    rules = [to("a", path("/"))]
    hosts = ["lost.test"]
    return [
        http_route("lost-name", "web", rules, hostnames=hosts, sectionName="nobody"),
        http_route("lost-port", "web", rules, hostnames=hosts, port=9999),
        http_route("lost-both", "web", rules, hostnames=hosts, sectionName="http", port=ISOLATED),
        http_route("lost-host", "web", rules, hostnames=hosts, sectionName="named-exact"),
        http_route("lost-namespace", "web", rules, hostnames=hosts, namespace="far",
                   parent_namespace="default"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("target", "outcome"),
    [
        ("/one", "a"),
        ("/one?with=query", "a"),
        ("/one/", "b"),
        ("/one/three", "b"),
        ("/one/two", "c"),
        ("/one/two/", "c"),
        ("/one/two/three", "c"),
        ("/one/twothree", "b"),
        ("/onetwo", "404"),
        ("/ONE", "404"),
        ("/r12/abx", "d"),
        ("/r12/ab", "404"),
        ("/r/x", "404"),
        ("/two/", "e"),
        ("/two", "404"),
        ("/v2", "f"),
        ("/v2/", "f"),
        ("/v2/x", "f"),
        ("/v2example", "404"),
        ("/", "404"),
    ],
)
async def test_paths(site: Stage, target: str, outcome: str) -> None:
    assert (await site.ask("paths.test", target)).outcome == outcome


@pytest.mark.parametrize(
    ("target", "outcome"),
    [
        ("/match", "a"),
        ("/match/other", "a"),
        ("/match/prefix", "b"),
        ("/match/prefix/two", "b"),
        ("/match/prefix/one", "c"),
        ("/match/prefix/one/any", "d"),
        ("/match/prefix/other", "d"),
        ("/match/any/deep", "e"),
    ],
)
async def test_exact_goes_before_pattern_before_the_longest_prefix(
    site: Stage, target: str, outcome: str
) -> None:
    assert (await site.ask("order.test", target)).outcome == outcome


@pytest.mark.parametrize(
    ("headers", "outcome"),
    [
        ({"version": "one"}, "a"),
        ({"Version": "two"}, "b"),
        ({"version": "two", "color": "orange"}, "c"),
        ({"version": "two", "color": "blue"}, "b"),
        ({"color": "blue"}, "d"),
        ({"color": "green"}, "d"),
        ({"color": "orange"}, "404"),
        ({"version": "ONE"}, "404"),
        ({"trace": "beef"}, "e"),
        ({"trace": "beefy"}, "404"),
        ({"dup": "first"}, "f"),
        ({"dup": "second"}, "404"),
        ({}, "404"),
    ],
)
async def test_headers(site: Stage, headers: dict[str, str], outcome: str) -> None:
    assert (await site.ask("headers.test", headers=headers)).outcome == outcome


@pytest.mark.parametrize(
    ("target", "outcome"),
    [
        ("/?animal=whale", "a"),
        ("/?animal=dolphin", "b"),
        ("/?x=1&animal=dolphin&y=2", "b"),
        ("/?animal=dolphin&color=blue", "c"),
        ("/?ANIMAL=Whale", "d"),
        ("/?animal=Whale", "404"),
        ("/?animal=shark", "404"),
        ("/?animal=whale&animal=dolphin", "a"),
        ("/?id=42", "e"),
        ("/?id=x42", "404"),
        ("/path?animal=whale", "f"),
        ("/", "404"),
    ],
)
async def test_query_parameters(site: Stage, target: str, outcome: str) -> None:
    assert (await site.ask("queries.test", target)).outcome == outcome


@pytest.mark.parametrize(
    ("method", "target", "headers", "outcome"),
    [
        ("POST", "/", {}, "a"),
        ("GET", "/", {}, "b"),
        ("PUT", "/", {}, "404"),
        ("GET", "/p", {}, "c"),
        ("PATCH", "/p", {}, "d"),
        ("PATCH", "/p", {"version": "one"}, "d"),
        ("GET", "/p", {"version": "one"}, "e"),
        ("DELETE", "/", {"version": "one"}, "f"),
        ("DELETE", "/", {}, "404"),
    ],
)
async def test_a_longer_path_beats_a_method_and_a_method_beats_headers(
    site: Stage, method: str, target: str, headers: dict[str, str], outcome: str
) -> None:
    assert (await site.ask("methods.test", target, method, headers)).outcome == outcome


@pytest.mark.parametrize(
    ("host", "outcome"), [("age.test", "b"), ("name.test", "a"), ("rules.test", "b")]
)
async def test_equal_matches_are_decided_by_age_name_and_position(
    site: Stage, host: str, outcome: str
) -> None:
    assert (await site.ask(host)).outcome == outcome


@pytest.mark.parametrize(
    ("target", "headers", "outcome"),
    [
        ("/", {}, "a"),
        ("/v2", {}, "c"),
        ("/v2", {"x": "1"}, "b"),
        ("/v2/deep", {"x": "1"}, "d"),
        ("/v2example", {}, "a"),
    ],
)
async def test_rules_of_several_routes_are_one_list(
    site: Stage, target: str, headers: dict[str, str], outcome: str
) -> None:
    assert (await site.ask("split.test", target, headers=headers)).outcome == outcome


@pytest.mark.parametrize(
    "host", ["case.test", "CASE.test", "Case.Test", "case.test:8080", "case.test:1", "case.test."]
)
async def test_host_is_matched_in_any_case_and_with_any_port_and_left_alone(
    site: Stage, host: str
) -> None:
    reply = await site.ask(host)
    assert reply.outcome == "a"
    assert reply.seen["host"].rstrip(".") == host.rstrip(".")


@pytest.mark.parametrize(
    ("host", "outcome"),
    [
        ("one.star.test", "c"),
        ("two.star.test", "b"),
        ("deep.two.star.test", "b"),
        ("deep.one.star.test", "b"),
        ("star.test", "404"),
        ("xstar.test", "404"),
    ],
)
async def test_the_most_specific_hostname_answers(site: Stage, host: str, outcome: str) -> None:
    assert (await site.ask(host)).outcome == outcome


@pytest.mark.parametrize("host", ["unknown.test", "127.0.0.1", "[::1]", "127.0.0.1:8080"])
async def test_hosts_nobody_serves_are_404(site: Stage, host: str) -> None:
    assert (await site.ask(host)).outcome == "404"


async def test_a_request_without_host_is_refused(site: Stage) -> None:
    answer = await raw.exchange(site.address, site.ports[HTTP], b"GET / HTTP/1.1\r\n\r\n")
    assert answer.status == 400


@pytest.mark.parametrize(
    ("host", "target", "outcome"),
    [
        ("very.specific.com", "/s1", "404"),
        ("very.specific.com", "/s", "c"),
        ("very.specific.com:1234", "/s/x", "c"),
        ("foo.wildcard.io", "/s", "c"),
        ("foo.wildcard.io:1234", "/s", "c"),
        ("deep.bar.wildcard.io", "/s", "c"),
        ("bar.wildcard.io", "/s", "404"),
        ("wildcard.io", "/s", "404"),
        ("one.anotherwildcard.io", "/s", "c"),
        ("one.two.anotherwildcard.io", "/s", "c"),
        ("anotherwildcard.io", "/s", "404"),
        ("non.matching.com", "/s", "404"),
        ("x.nope.io", "/s", "404"),
        ("specific.com", "/s", "404"),
    ],
)
async def test_only_hosts_that_route_and_listener_share_are_served(
    site: Stage, host: str, target: str, outcome: str
) -> None:
    assert (await site.ask(host, target, port=OTHER)).outcome == outcome


OWNERS = {
    "bar.com": "empty",
    "bar.example.com": "example",
    "bar.foo.example.com": "foo",
    "abc.foo.example.com": "abc",
    "deep.abc.foo.example.com": "foo",
    "example.com": "empty",
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("host", OWNERS)
async def test_only_the_most_specific_listener_of_a_host_answers(
    site: Stage, host: str, place: str
) -> None:
    wanted = "a" if OWNERS[host] == place else "404"
    assert (await site.ask(host, f"/{place}", port=ISOLATED)).outcome == wanted


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("host", [host for host in OWNERS if host != "example.com"])
async def test_a_routes_hostnames_do_not_carry_it_into_another_listener(
    site: Stage, host: str, place: str
) -> None:
    wanted = "b" if OWNERS[host] == place else "404"
    assert (await site.ask(host, f"/{place}", port=OVERLAPPING)).outcome == wanted


@pytest.mark.parametrize(("port", "outcome"), [(HTTP, "d"), (ISOLATED, "e"), (OTHER, "404")])
async def test_a_parents_port_chooses_its_listeners(site: Stage, port: int, outcome: str) -> None:
    assert (await site.ask("port.test", port=port)).outcome == outcome


async def test_each_listener_counts_the_routes_it_took(site: Stage) -> None:
    # The test site's own marker attaches wherever a listener has no hostname of other domains.
    status = await site.portway.object_status("Gateway", "web")
    counted = {each["name"]: each["attachedRoutes"] for each in status["listeners"]}
    named = ("named-exact", "named-wildcard", "named-other-wildcard", "example", "foo", "abc")
    assert {name: counted[name] for name in named} == dict.fromkeys(named, 1)


@pytest.mark.parametrize(
    ("route", "reason"),
    [
        ("default/lost-name", "NoMatchingParent"),
        ("default/lost-port", "NoMatchingParent"),
        ("default/lost-both", "NoMatchingParent"),
        ("default/lost-host", "NoMatchingListenerHostname"),
        ("far/lost-namespace", "NotAllowedByListeners"),
    ],
)
async def test_a_route_no_listener_takes_is_told_why(site: Stage, route: str, reason: str) -> None:
    assert (await seeds.route(site.portway, route))["Accepted"] == ("False", reason)
    assert (await site.ask("lost.test")).outcome == "404"


async def test_a_route_is_seen_through_its_own_gateway_only(site: Stage) -> None:
    assert (await site.ask("elsewhere.test")).outcome == "404"
    address, port = await seeds.where(site.portway, "default/other", HTTP)
    assert address != site.address
    for host, status in (("elsewhere.test", 200), ("case.test", 404)):
        request = f"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()
        assert (await raw.exchange(address, port, request)).status == status
