"""BackendTLSPolicies: what they demand, which one wins, and what is said of the others."""

from itertools import permutations
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from portway.core import api, model, translate
from portway.core.translate.backend_tls import in_force
from tests.core.translate.pki import ca_map, ca_pem

APP = model.ObjectKey("Service", "apps", "app")
SYSTEM: dict[str, Any] = {"wellKnownCACertificates": "System"}
ONE: dict[str, Any] = {"caCertificateRefs": [{"group": "", "kind": "ConfigMap", "name": "ca"}]}


def refs(*names: str, kind: str = "ConfigMap") -> dict[str, Any]:
    return {"caCertificateRefs": [{"group": "", "kind": kind, "name": each} for each in names]}


def policy(
    world: Any,
    name: str,
    *targets: str | dict[str, str],
    created: str = "2026-01-01T00:00:00Z",
    options: dict[str, str] | None = None,
    **validation: Any,
) -> api.BackendTLSPolicy:
    """A policy in apps; a target is a Service, or `service/port`."""

    def target(each: str | dict[str, str]) -> dict[str, str]:
        if isinstance(each, dict):
            return each
        service, _, section = each.partition("/")
        found = {"group": "", "kind": "Service", "name": service}
        return {**found, "sectionName": section} if section else found

    obj = api.decode(
        {
            "apiVersion": "gateway.networking.k8s.io/v1",
            "kind": "BackendTLSPolicy",
            "metadata": {
                "name": name,
                "namespace": "apps",
                "generation": 4,
                **({"creationTimestamp": created} if created else {}),
            },
            "spec": {
                "targetRefs": [target(each) for each in targets or ("app",)],
                "validation": {"hostname": "app.internal", **(validation or SYSTEM)},
                **({"options": options} if options else {}),
            },
        }
    )
    assert isinstance(obj, api.BackendTLSPolicy)
    world.put(obj)
    return obj


@pytest.fixture
def site(world: Any) -> Any:
    world.add(
        """
apiVersion: v1
kind: Service
metadata: {name: app, namespace: apps}
spec: {ports: [{name: web, port: 80}, {name: rpc, port: 81}]}
"""
    )
    world.put(ca_map("ca", ca_pem(), namespace="apps"))
    world.put(ca_map("two", ca_pem("two"), namespace="apps"))
    world.put(ca_map("bad", "bad", namespace="apps"))
    world.system_authorities = "/etc/ca.pem"
    return world


def told(found: model.TLSPolicy) -> dict[str, tuple[str, bool]]:
    return {each.condition: (each.reason, each.status) for each in found.findings}


def trusts(*names: str) -> model.TrustKey:
    return model.TrustKey(tuple(model.ObjectKey("ConfigMap", "apps", each) for each in names))


def test_the_host_name_is_asked_for_and_verified(site: Any) -> None:
    found = translate.tls_policy(policy(site, "p", **ONE), site)
    assert found.findings == ()
    assert found.generation == 4
    assert found.targets == (model.TLSTarget(APP),)
    names = (model.PeerName("Hostname", "app.internal"),)
    assert found.tls == model.BackendTLS("app.internal", names, trusts("ca"))


def test_with_alternative_names_only_those_are_verified(site: Any) -> None:
    names = [
        {"type": "URI", "uri": "spiffe://a/app"},
        {"type": "Hostname", "hostname": "other.internal"},
    ]
    found = translate.tls_policy(policy(site, "p", subjectAltNames=names, **ONE), site)
    assert found.tls is not None
    assert found.tls.server_name == "app.internal"
    assert [(each.kind, each.value) for each in found.tls.names] == [
        ("URI", "spiffe://a/app"),
        ("Hostname", "other.internal"),
    ]


@pytest.mark.parametrize(
    ("named", "accepted", "resolved", "trusted"),
    [
        (refs("ca", "two"), None, None, ("ca", "two")),
        (refs("two", "ca"), None, None, ("ca", "two")),
        (refs("ca", "bad"), None, "InvalidCACertificateRef", ("bad", "ca")),
        (refs("absent", "ca"), None, "InvalidCACertificateRef", ("absent", "ca")),
        (refs("absent"), "NoValidCACertificate", "InvalidCACertificateRef", None),
        (refs("bad"), "NoValidCACertificate", "InvalidCACertificateRef", None),
        (refs("ca", kind="Secret"), "NoValidCACertificate", "InvalidKind", None),
    ],
)
def test_some_references_may_lead_nowhere_all_may_not(
    site: Any,
    named: dict[str, Any],
    accepted: str | None,
    resolved: str | None,
    trusted: tuple[str, ...] | None,
) -> None:
    """Whoever is named and may be counts in the name of the set, so that mending one changes what
    is in the set and nothing else."""
    found = translate.tls_policy(policy(site, "p", **named), site)
    reasons = {condition: reason for condition, (reason, _) in told(found).items()}
    wanted = {"Accepted": accepted, "ResolvedRefs": resolved}
    assert reasons == {condition: reason for condition, reason in wanted.items() if reason}
    if trusted is None:
        assert found.tls is None
    else:
        assert found.tls is not None
        assert found.tls.trust == trusts(*trusted)


def test_the_authorities_of_the_machine_count_only_where_it_has_any(site: Any) -> None:
    found = translate.tls_policy(policy(site, "p"), site)
    assert found.tls is not None
    assert found.tls.trust == model.TrustKey()
    site.system_authorities = ""
    found = translate.tls_policy(policy(site, "p"), site)
    assert found.tls is None
    assert told(found) == {"Accepted": ("Invalid", False)}
    assert "no file with CA certificates was found" in found.findings[0].message


def test_other_well_known_authorities_are_unknown_here(site: Any) -> None:
    found = translate.tls_policy(policy(site, "p", wellKnownCACertificates="a.com/mine"), site)
    assert found.tls is None
    assert told(found) == {"Accepted": ("Invalid", False)}


def test_unknown_options_are_noted_without_harm(site: Any) -> None:
    found = translate.tls_policy(policy(site, "p", options={"a.com/b": "c"}), site)
    assert found.tls is not None
    assert told(found) == {"Accepted": ("Accepted", True)}


def test_a_refused_policy_keeps_its_targets_and_what_worked(site: Any) -> None:
    """Nobody falls back to plain text because somebody edits a policy badly."""
    key = model.ObjectKey("BackendTLSPolicy", "apps", "p")
    earlier = policy(site, "p", "other", **ONE)
    written = policy(site, "p", "app", **refs("two"))
    site.refusals[key] = translate.Refused("too long", earlier)
    found = translate.tls_policy(written, site)
    assert found.targets == (model.TLSTarget(APP),)
    assert found.tls is not None
    assert found.tls.trust == trusts("ca")
    assert told(found) == {"Accepted": ("RejectedByProxy", False)}
    site.refusals[key] = translate.Refused("", None)
    found = translate.tls_policy(written, site)
    assert found.tls is None
    assert found.findings == ()


# -- which one wins ----------------------------------------------------------------------------


def winner(world: Any, section: str) -> str | None:
    found = in_force(APP, section, world)
    return found.key.name if found else None


def test_one_for_the_port_beats_one_for_the_service(site: Any) -> None:
    policy(site, "whole", "app", created="2020-01-01T00:00:00Z")
    policy(site, "web", "app/web")
    assert (winner(site, "web"), winner(site, "rpc"), winner(site, "")) == (
        *("web", "whole"),
        "whole",
    )


def test_even_if_it_cannot_be_carried_out(site: Any) -> None:
    policy(site, "whole", "app")
    policy(site, "web", "app/web", **refs("absent"))
    found = in_force(APP, "web", site)
    assert found is not None
    assert found.tls is None


@given(
    ages=st.lists(st.sampled_from(["", "2026-01-01T00:00:00Z", "2025-01-01T00:00:00Z"]), min_size=3)
)
def test_the_oldest_wins_then_the_first_by_name(new_world: Any, ages: list[str]) -> None:
    """Without a creation time a policy is the newest: a file that is being tried out."""
    world = new_world()
    for number, created in enumerate(ages):
        policy(world, f"p{number:02}", created=created)
    expected = min(range(len(ages)), key=lambda n: (not ages[n], ages[n], n))
    assert winner(world, "web") == f"p{expected:02}"


def findings(world: Any, name: str) -> list[tuple[str, str]]:
    found = world.tls_policy("apps", name)
    return [(f.reason, f.message) for f in translate.tls_policy_findings(found, world)]


def test_the_loser_is_told_who_won(site: Any) -> None:
    policy(site, "a", "app")
    policy(site, "b", "app")
    policy(site, "c", "app/web")
    assert findings(site, "a") == findings(site, "c") == []
    ((reason, message),) = findings(site, "b")
    assert reason == "Conflicted"
    assert "BackendTLSPolicy apps/a is about Service apps/app as well" in message


def test_a_policy_that_loses_one_target_keeps_the_others(site: Any) -> None:
    policy(site, "a", "app/web")
    policy(site, "b", "app/web", "app/rpc")
    assert [reason for reason, _ in findings(site, "b")] == ["Conflicted"]
    assert winner(site, "rpc") == "b"


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("app/none", "Service apps/app has no port named none; its ports are web, rpc."),
        ("gone", "Service apps/gone does not exist"),
        (
            {"group": "portway.dev", "kind": "Backend", "name": "gone"},
            "Backend apps/gone does not exist",
        ),
        (
            {"group": "portway.dev", "kind": "Backend", "name": "there", "sectionName": "web"},
            "Backend apps/there has no ports with names",
        ),
        (
            {"group": "a.com", "kind": "Service", "name": "app"},
            "Portway takes Service, and Backend",
        ),
    ],
)
def test_a_target_that_is_not_there(site: Any, target: Any, words: str) -> None:
    site.add(
        """
apiVersion: portway.dev/v1alpha1
kind: Backend
metadata: {name: there, namespace: apps}
spec: {endpoints: [{unix: {path: /a.sock}}]}
"""
    )
    policy(site, "p", target)
    ((reason, message),) = findings(site, "p")
    assert reason == "TargetNotFound"
    assert words in message


def test_the_order_in_which_policies_come_does_not_matter(new_world: Any) -> None:
    seen = set()
    for order in permutations([("a", "app"), ("b", "app/web"), ("c", "app/web")]):
        world = new_world()
        for name, target in order:
            policy(world, name, target)
        seen.add(msgspec.json.encode([winner(world, "web"), winner(world, "rpc")]))
    assert len(seen) == 1
