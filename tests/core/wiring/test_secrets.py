"""Certificates and authorities go apart from those who refer to them."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portway.core import api, delta, model, translate
from portway.core.schema import Schema
from portway.core.wiring import Core, Turn
from portway.core.wiring.emit import PREFIX, SECRET
from tests.core import site
from tests.core.translate.pki import ca_pem
from tests.core.wiring import tls_site

PLAIN = "service/default/app/80/http"
SECURE = f"{PLAIN}/tls"


def names(core: Core, kind: str) -> list[str]:
    return [each.name for each in core.resources() if each.type_url.endswith(f".{kind}")]


def sent(turn: Turn) -> dict[str, str]:
    return {
        each.name: "gone" if isinstance(each, delta.Removed) else each.type_url.rsplit(".", 1)[1]
        for each in turn.resources
    }


def changed(core: Core, *events: api.Event) -> dict[str, str]:
    core.apply(events)
    return sent(core.settle())


def test_a_policy_makes_a_cluster_of_its_own_and_its_authorities(schema: Schema) -> None:
    core = tls_site.core(schema)
    assert names(core, "Cluster") == [SECURE]
    assert names(core, "Secret") == ["configmap/default/ca", "secret/default/cert"]


def test_an_edited_config_map_changes_itself_alone(schema: Schema) -> None:
    core = tls_site.core(schema, tls_site.gateway(mtls=True))
    assert changed(core, tls_site.authorities("one", "two")) == {"configmap/default/ca": "Secret"}


def test_a_renewed_certificate_changes_itself_alone(schema: Schema) -> None:
    core = tls_site.core(schema, tls_site.secret("client"), tls_site.gateway("client"))
    assert changed(core, tls_site.secret("client", "new.example.com")) == {
        "secret/default/client": "Secret"
    }


def test_what_is_verified_of_a_name_changes_with_the_name(schema: Schema) -> None:
    core = tls_site.core(schema)
    assert changed(core, tls_site.policy(hostname="new.internal")) == {SECURE: "Cluster"}


def test_a_gateway_that_shows_a_certificate_has_clusters_of_its_own(schema: Schema) -> None:
    shown = f"{SECURE}/default/client"
    core = tls_site.core(schema, tls_site.secret("client"))
    core.apply([tls_site.gateway("client")])
    core.settle()
    assert names(core, "Cluster") == [shown]
    assert "secret/default/client" in names(core, "Secret")
    core.apply([site.gateway("other"), site.route("b", gateway="other")])
    core.settle()
    assert names(core, "Cluster") == [SECURE, shown]


def test_a_certificate_that_is_shown_in_both_directions_is_sent_once(schema: Schema) -> None:
    """... and stays as long as one of the two needs it."""
    core = tls_site.core(schema, tls_site.gateway("cert", mtls=True))
    kept = ["configmap/default/ca", "secret/default/cert"]
    assert names(core, "Secret") == kept
    before = [each for each in core.resources() if each.name in kept]
    for events in (
        [tls_site.gateway(mtls=True)],
        [tls_site.gateway()],
        [tls_site.gateway(mtls=True), site.gone("BackendTLSPolicy", "tls")],
    ):
        # The same content may be told again; it is no change for whoever has it.
        assert "gone" not in {changed(core, *events).get(name) for name in kept}
        assert [each for each in core.resources() if each.name in kept] == before


@pytest.mark.parametrize(
    "event",
    [site.gone("ConfigMap", "ca"), tls_site.authorities()],
)
def test_without_authorities_nothing_is_sent_in_plain_text(
    schema: Schema, event: api.Event
) -> None:
    core = tls_site.core(schema, tls_site.gateway(mtls=True))
    core.apply([event])
    core.settle()
    assert names(core, "Cluster") == names(core, "Secret") == []
    assert names(core, "Listener") == ["default/web/8080"]
    accepted = ("False", "NoValidCACertificate")
    assert policy_condition(core, "Accepted") == accepted
    assert policy_condition(core, "ResolvedRefs") == ("False", "InvalidCACertificateRef")
    assert listener_condition(core, "https", "Accepted") == accepted
    assert listener_condition(core, "http", "Accepted") == ("True", "Accepted")
    assert site.condition(core, "HTTPRoute", "a", "ResolvedRefs") == ("True", "ResolvedRefs")


def policy_condition(core: Core, type_: str) -> tuple[str, str]:
    status: Any = core.statuses()[site.key("BackendTLSPolicy", "tls")]
    return condition(status["ancestors"][0]["conditions"], type_)


def listener_condition(core: Core, name: str, type_: str) -> tuple[str, str]:
    status: Any = core.statuses()[site.key("Gateway", "web")]
    found = next(each for each in status["listeners"] if each["name"] == name)
    return condition(found["conditions"], type_)


def condition(conditions: list[dict[str, str]], type_: str) -> tuple[str, str]:
    found = next(each for each in conditions if each["type"] == type_)
    return found["status"], found["reason"]


def test_a_route_without_tls_is_not_asked_for_its_parents(
    schema: Schema, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    whole = translate.backends

    def counting(rules: model.RouteRules, *rest: Any) -> tuple[model.ClusterKey, ...]:
        asked.append(rules.key.name)
        return whole(rules, *rest)

    monkeypatch.setattr(translate, "backends", counting)
    plain = [site.route(f"r{number}", "far") for number in range(50)]
    core = tls_site.core(schema, site.service("far"), tls_site.secret("client"), *plain)
    core.apply([tls_site.gateway("client")])
    core.settle()
    assert set(asked) == {"a"}


SECRETS = ["cert", "client"]
HOSTS = ["a.com", "b.com"]
HISTORIES = st.lists(
    st.one_of(
        st.builds(tls_site.authorities, st.sampled_from(["one", "two"])),
        st.builds(tls_site.authorities),
        st.builds(tls_site.policy, st.sampled_from(["tls", "also"]), st.sampled_from("ab")),
        st.builds(tls_site.policy, hostname=st.sampled_from(["a.internal", "b.internal"])),
        st.builds(tls_site.gateway, st.sampled_from(["", "cert", "client"]), mtls=st.booleans()),
        st.builds(
            tls_site.secret,
            st.sampled_from(["cert", "client"]),
            st.sampled_from(["a.com", "b.com"]),
        ),
        st.builds(site.route, st.sampled_from("ab"), st.sampled_from(["app", "a", "b"])),
        st.builds(site.service, st.sampled_from("ab")),
        st.builds(site.gone, st.just("ConfigMap"), st.just("ca")),
        st.builds(site.gone, st.just("Secret"), st.sampled_from(["cert", "client"])),
        st.builds(site.gone, st.just("BackendTLSPolicy"), st.sampled_from(["tls", "also"])),
        st.builds(site.gone, st.just("HTTPRoute"), st.sampled_from("ab")),
    ),
    max_size=10,
)


@settings(max_examples=60, deadline=None)
@given(HISTORIES)
def test_any_history_ends_where_a_fresh_start_ends(
    schema: Schema, history: list[api.Event]
) -> None:
    core = tls_site.core(schema)
    held = {each.key: each for each in core.resources()}
    final: dict[tuple[str, str], api.Event] = {}
    for each in history:
        core.apply([each])
        for change in core.settle().resources:
            if isinstance(change, delta.Removed):
                held.pop((change.type_url, change.name), None)
            else:
                held[change.key] = change
        final[each.kind, each.name] = each
    fresh = tls_site.core(schema)
    fresh.apply(final.values())
    fresh.settle()
    assert core.resources() == fresh.resources()
    assert core.statuses() == fresh.statuses()
    # What was told bit by bit is what there is, and every secret that is named is there.
    assert held == {each.key: each for each in core.resources()}
    for resource in held.values():
        for need in resource.needs:
            assert need[0] != PREFIX + SECRET or need in held


def test_private_keys_of_a_config_map_go_nowhere(schema: Schema) -> None:
    text = ca_pem() + "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"
    document = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "ca"},
        "data": {"ca.crt": text},
    }
    core = tls_site.core(schema, site.event(document))
    bodies = b"".join(each.body for each in core.resources() if each.name == "configmap/default/ca")
    assert b"CERTIFICATE" in bodies
    assert b"PRIVATE" not in bodies
