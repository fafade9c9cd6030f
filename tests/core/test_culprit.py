"""The search for culprits, against a proxy that refuses what it does not like."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portway.core import api, delta
from portway.core.culprit import Refusal, Search
from portway.core.schema import Schema
from portway.core.wiring import Core
from tests.core import site
from tests.core.translate.pki import ca_pem
from tests.core.wiring import tls_site
from tests.wire.harness.certificates import Authority


class Proxy:
    """Takes every resource whose bytes hold none of the hated words; keeps the old one else."""

    def __init__(self, core: Core, *hated: bytes) -> None:
        self.core = core
        self.search = Search(core)
        self.hated = hated
        self.held: dict[tuple[str, str], bytes] = {}
        self.refusals = 0

    def settle(self) -> None:
        """Turns until nothing more follows, like the loop that owns the core."""
        for _ in range(200):
            turn = self.core.settle()
            self.search.on_turn(turn)
            refused = self._answer(turn.resources)
            if not refused and not self.search.on_quiet():
                return
        pytest.fail("the search does not end")

    def _answer(self, changes: tuple[delta.Resource | delta.Removed, ...]) -> bool:
        refused = False
        for each in changes:
            name = (each.type_url, each.name)
            if isinstance(each, delta.Removed):
                self.held.pop(name, None)
            elif any(word in each.body for word in self.hated):
                self.refusals += 1
                self.search.on_refused([name], "I do not like it")
                refused = True
            else:
                self.held[name] = each.body
        return refused

    @property
    def table(self) -> bytes:
        return next(b for (t, _), b in self.held.items() if t.endswith("RouteConfiguration"))


def test_one_culprit_among_many_is_found_and_the_rest_go_on(schema: Schema) -> None:
    core = site.core(schema)
    proxy = Proxy(core, b"/evil")
    proxy.settle()
    core.apply([site.route(f"r{n}", path="/evil" if n == 13 else f"/p{n}") for n in range(40)])
    proxy.settle()
    assert [key.name for key in proxy.search.culprits] == ["r13"]
    assert site.condition(core, "HTTPRoute", "r13", "Accepted") == ("False", "RejectedByProxy")
    assert site.condition(core, "HTTPRoute", "r12", "Accepted") == ("True", "Accepted")
    assert all(f"/p{n}".encode() in proxy.table for n in range(40) if n != 13)
    assert proxy.refusals <= 8


def test_what_worked_goes_on_working_after_a_bad_edit(schema: Schema) -> None:
    core = site.core(schema, site.route("a", path="/good"))
    proxy = Proxy(core, b"/evil")
    for each in core.resources():
        proxy.held[each.type_url, each.name] = each.body
    core.apply([site.route("b")])
    proxy.search.on_turn(core.settle())
    written = core.inputs.sources["HTTPRoute"].get(("default", "a"))
    proxy.search._pending[site.key("HTTPRoute", "a")] = written
    proxy.search.on_quiet()
    core.apply([site.route("a", path="/evil")])
    proxy.settle()
    assert b"/good" in proxy.table
    assert site.condition(core, "HTTPRoute", "a", "Accepted") == ("False", "RejectedByProxy")


def test_it_recovers_by_itself_when_mended(schema: Schema) -> None:
    core = site.core(schema)
    proxy = Proxy(core, b"/evil")
    proxy.settle()
    core.apply([site.route("a", path="/evil")])
    proxy.settle()
    core.apply([site.route("a", path="/mended")])
    proxy.settle()
    assert b"/mended" in proxy.table
    assert proxy.search.culprits == {}
    assert site.condition(core, "HTTPRoute", "a", "Accepted") == ("True", "Accepted")


def test_a_refused_gateway_keeps_its_routes_and_its_status(schema: Schema) -> None:
    core = site.core(schema)
    proxy = Proxy(core, b"hated.example.com")
    proxy.settle()
    core.apply([site.route("a"), site.gateway("web", 9090)])
    proxy.settle()
    assert proxy.search.culprits == {}
    assert site.condition(core, "HTTPRoute", "a", "Accepted") == ("True", "Accepted")


@settings(max_examples=40, deadline=None)
@given(st.sets(st.integers(0, 15), max_size=6))
def test_exactly_the_culprits_are_held(schema: Schema, evil: set[int]) -> None:
    core = site.core(schema)
    proxy = Proxy(core, b"/evil")
    proxy.settle()
    core.apply(
        [site.route(f"r{n:02}", path="/evil" if n in evil else f"/fine{n}") for n in range(16)]
    )
    proxy.settle()
    assert {key.name for key in proxy.search.culprits} == {f"r{n:02}" for n in evil}
    assert all(f"/fine{n}".encode() in proxy.table for n in range(16) if n not in evil)


@pytest.mark.parametrize("still", [True, False])
def test_another_life_holds_what_was_refused_and_tries_it_once(schema: Schema, still: bool) -> None:
    events = [site.route("a", path="/good"), site.route("b")]
    core = site.core(schema)
    proxy = Proxy(core, b"/evil")
    core.apply(events)
    proxy.settle()
    bad = site.route("a", path="/evil")
    core.apply([bad])
    proxy.settle()

    later = site.core(schema)
    again = Proxy(later, *((b"/evil",) if still else ()))
    later.apply([*events, bad])
    again.search.recall(proxy.search.refusals())
    again._answer(later.settle().resources)
    assert b"/good" in again.table
    assert again.refusals == 0
    again.settle()
    assert again.refusals == still
    assert (b"/good" in again.table) == still
    accepted = site.condition(later, "HTTPRoute", "a", "Accepted")
    assert accepted[0] == ("False" if still else "True")
    assert bool(again.search.culprits) == still


def test_what_was_mended_meanwhile_is_not_held(schema: Schema) -> None:
    core = site.core(schema)
    proxy = Proxy(core, b"/evil")
    core.apply([site.route("a", path="/evil")])
    proxy.settle()
    later = site.core(schema, site.route("a", path="/mended"))
    search = Search(later)
    search.recall(proxy.search.refusals())
    later.settle()
    assert search.culprits == {}
    assert site.condition(later, "HTTPRoute", "a", "Accepted") == ("True", "Accepted")


SECRET = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret"


def https_site(schema: Schema, *secrets: api.Event) -> Core:
    tls = {"certificateRefs": [{"name": "cert"}]}
    return site.core(schema, site.gateway("web", 8443, protocol="HTTPS", tls=tls), *secrets)


def secret(certificate: Authority) -> api.Event:
    return site.event(certificate.certificate("a.example.com").secret("cert"))


def listeners(core: Core) -> list[bytes]:
    return [each.body for each in core.resources() if each.type_url.endswith("Listener")]


def secrets(core: Core) -> list[bytes]:
    return [each.body for each in core.resources() if each.type_url == SECRET]


def https_condition(core: Core, kind: str) -> tuple[str, str, str]:
    status = core.statuses()[site.key("Gateway", "web")]
    found = next(c for c in status["listeners"][0]["conditions"] if c["type"] == kind)
    return found["status"], found["reason"], found["message"]


def test_a_refused_certificate_changes_no_listener(schema: Schema) -> None:
    core = https_site(schema, secret(Authority()))
    search = Search(core)
    search.on_turn(core.settle())
    before = listeners(core)
    search.on_refused([(SECRET, "secret/default/cert")], "no good chain\n")
    core.settle()
    assert listeners(core) == before
    assert secrets(core) == []
    status, reason, message = https_condition(core, "ResolvedRefs")
    assert (status, reason) == ("False", "InvalidCertificateRef")
    assert message.endswith("Secret default/cert was refused by the proxy: no good chain.")
    assert https_condition(core, "Programmed")[:2] == ("False", "Invalid")


def test_a_refused_rotation_leaves_the_certificate_before_it(schema: Schema) -> None:
    authority = Authority()
    core = https_site(schema)
    search = Search(core)
    core.apply([secret(authority)])
    search.on_turn(core.settle())
    for each in core.resources():
        core.inputs.acknowledged.set((each.type_url, each.name), each.version)
    search.on_turn(core.settle())
    search.on_quiet()
    good = secrets(core)
    core.apply([secret(authority)])
    search.on_turn(core.settle())
    assert secrets(core) != good
    search.on_refused([(SECRET, "secret/default/cert")], "no")
    core.settle()
    assert secrets(core) == good
    assert https_condition(core, "Programmed")[0] == "True"
    status, _, message = https_condition(core, "ResolvedRefs")
    assert status == "False"
    assert "the version before it is still served" in message


def test_an_edit_that_comes_with_the_answer_to_the_one_before_falls_back_to_it(
    schema: Schema,
) -> None:
    core = site.core(schema)
    proxy = Proxy(core, b"/evil")
    proxy.settle()
    core.apply([site.route("a", path="/good")])
    turn = core.settle()
    proxy.search.on_turn(turn)
    # The next version is there before the answer is taken in; then the answer comes.
    core.apply([site.route("a", path="/evil")])
    proxy._answer(turn.resources)
    proxy.search.on_agreed()
    proxy.settle()
    assert [key.name for key in proxy.search.culprits] == ["a"]
    assert b"/good" in proxy.table


def test_a_refused_version_is_never_good_however_soon_the_next_one_comes(schema: Schema) -> None:
    core = site.core(schema)
    proxy = Proxy(core, b"/evil", b"/worse")
    proxy.settle()
    core.apply([site.route("a", path="/good")])
    proxy.settle()
    core.apply([site.route("a", path="/evil")])
    turn = core.settle()
    proxy.search.on_turn(turn)
    proxy._answer(turn.resources)  # refused, and held
    core.apply([site.route("a", path="/worse")])
    proxy.search.on_agreed()
    proxy.settle()
    assert [key.name for key in proxy.search.culprits] == ["a"]
    assert b"/good" in proxy.table


EVIL = ca_pem("evil").encode().splitlines()[3]


def told(core: Core, kind: str, type_: str) -> tuple[str, str, str]:
    """Of the first listener of a Gateway with TLS, or the first ancestor of a policy."""
    status: Any = core.statuses()[site.key(kind, "web" if kind == "Gateway" else "tls")]
    if kind == "Gateway":
        entry = next(each for each in status["listeners"] if each["name"] == "https")
    else:
        entry = status["ancestors"][0]
    found = next(each for each in entry["conditions"] if each["type"] == type_)
    return found["status"], found["reason"], found["message"]


def test_refused_authorities_are_replaced_by_those_that_worked(schema: Schema) -> None:
    core = tls_site.core(schema, tls_site.gateway(mtls=True))
    proxy = Proxy(core, EVIL)
    proxy.search.on_turn(core.settle())
    core.apply([tls_site.authorities("one")])
    proxy.settle()
    for kind in ("ConfigMap", "BackendTLSPolicy", "Gateway"):
        name = {"ConfigMap": "ca", "BackendTLSPolicy": "tls", "Gateway": "web"}[kind]
        written = core.inputs.sources[kind].get(("default", name))
        assert written is not None
        proxy.search._good[site.key(kind, name)] = written
    core.apply([tls_site.authorities("evil")])
    proxy.settle()
    assert [str(key) for key in proxy.search.culprits] == ["ConfigMap default/ca"]
    held = next(b for (_, name), b in proxy.held.items() if name == "configmap/default/ca")
    assert ca_pem("one").encode().splitlines()[3] in held
    for kind in ("Gateway", "BackendTLSPolicy"):
        status, reason, message = told(core, kind, "ResolvedRefs")
        assert (status, reason) == ("False", "InvalidCACertificateRef")
        assert "I do not like it (the version before it is still used)" in message
        assert told(core, kind, "Accepted")[0] == "True"
    core.apply([tls_site.authorities("two")])
    proxy.settle()
    assert proxy.search.culprits == {}
    assert told(core, "BackendTLSPolicy", "ResolvedRefs")[0] == "True"


def test_refused_authorities_that_never_worked_leave_nothing_to_verify_by(schema: Schema) -> None:
    core = tls_site.core(schema, tls_site.gateway(mtls=True), tls_site.authorities("evil"))
    proxy = Proxy(core, EVIL)
    proxy.search.on_turn(core.settle())
    core.apply([tls_site.authorities("evil", "two")])
    proxy.settle()
    assert [str(key) for key in proxy.search.culprits] == ["ConfigMap default/ca"]
    for kind in ("Gateway", "BackendTLSPolicy"):
        assert told(core, kind, "Accepted")[1] == "NoValidCACertificate"
    names = [name for (_, name) in proxy.held]
    assert not [name for name in names if name.startswith("service/")]  # no plain text either


def test_a_refused_policy_never_means_plain_text(schema: Schema) -> None:
    core = tls_site.core(schema, tls_site.policy(hostname="evil.internal"))
    proxy = Proxy(core, b"evil.internal")
    proxy.search.on_turn(core.settle())
    core.apply([tls_site.policy(hostname="more-evil.internal"), site.route("b")])
    proxy.settle()
    assert [str(key) for key in proxy.search.culprits] == ["BackendTLSPolicy default/tls"]
    assert told(core, "BackendTLSPolicy", "Accepted")[:2] == ("False", "RejectedByProxy")
    assert not [name for (_, name) in proxy.held if name.startswith("service/")]
    core.apply([tls_site.policy(hostname="good.internal")])
    proxy.settle()
    assert "service/default/app/80/http/tls" in [name for (_, name) in proxy.held]


def found_by_another(schema: Schema) -> tuple[tuple[Refusal, ...], api.Event, api.Event]:
    """What another control plane has found, and the objects before and after the bad edit."""
    good, bad = site.route("a", path="/good"), site.route("a", path="/evil")
    core = site.core(schema)
    other = Proxy(core, b"/evil")
    core.apply([good])
    other.settle()
    core.apply([bad])
    other.settle()
    return other.search.refusals(), good, bad


def test_what_another_has_found_is_held_here_too_and_not_tried(schema: Schema) -> None:
    refusals, good, bad = found_by_another(schema)
    core = site.core(schema)
    proxy = Proxy(core, b"/evil")
    core.apply([good])
    proxy.settle()
    # The word may come before the object does, and after.
    for first in (True, False):
        if first:
            proxy.search.hear("other", refusals)
        core.apply([bad])
        proxy.search.recheck([site.key("HTTPRoute", "a")])
        proxy.search.hear("other", refusals)
        proxy.settle()
        assert site.condition(core, "HTTPRoute", "a", "Accepted") == ("False", "RejectedByProxy")
        assert proxy.search.learned == {site.key("HTTPRoute", "a")}
        assert not proxy.search.retry(("like",))
        assert b"/good" in proxy.table
        core.apply([good])
        proxy.settle()
        assert not proxy.search.culprits
        assert not proxy.search.learned
    assert proxy.refusals == 0


def test_what_another_takes_back_is_tried(schema: Schema) -> None:
    refusals, good, bad = found_by_another(schema)
    core = site.core(schema)
    proxy = Proxy(core)
    core.apply([good])
    proxy.settle()
    proxy.search.hear("other", refusals)
    core.apply([bad])
    proxy.search.recheck([site.key("HTTPRoute", "a")])
    proxy.settle()
    assert b"/good" in proxy.table
    proxy.search.hear("other", ())
    proxy.settle()
    assert b"/evil" in proxy.table
    assert not proxy.search.culprits


def test_what_is_remembered_and_heard_of_is_not_tried(schema: Schema) -> None:
    refusals, _, bad = found_by_another(schema)
    core = site.core(schema)
    proxy = Proxy(core, b"/evil")
    proxy.search.hear("other", refusals)
    core.apply([bad])
    proxy.search.recall(refusals)
    proxy.settle()
    assert proxy.refusals == 0
    assert b"/good" in proxy.table
