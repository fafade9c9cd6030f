"""Random graphs of references across namespaces, ListenerSets among them, against the spec's words.

A Gateway in `infra` takes ListenerSets from everywhere. Each has a listener with a certificate of
some namespace, and a route with a backend of some namespace; whatever leads out of its namespace
needs a grant where it leads to (ReferenceGrant), for the very kind that refers: a grant for
Gateways is none for ListenerSets.
"""

from typing import Any, NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from portway.core import api, model
from portway.core.schema import Schema
from tests.core import site
from tests.core.translate.pki import tls_secret

SPACES = ["a", "b"]
HOSTS = {"a": "a.example.com", "b": "b.example.com"}


class Grant(NamedTuple):
    """`name` is empty for all objects of the kind."""

    where: str
    kind_from: str
    space_from: str
    kind_to: str
    name: str


GRANTS = st.lists(
    st.builds(
        Grant,
        st.sampled_from(SPACES),
        st.sampled_from(["HTTPRoute", "ListenerSet", "Gateway"]),
        st.sampled_from([*SPACES, "infra"]),
        st.sampled_from(["Service", "Secret"]),
        st.sampled_from(["", "app", "cert", "other"]),
    ),
    max_size=6,
)
TARGETS = st.fixed_dictionaries({each: st.sampled_from(SPACES) for each in SPACES})


def permitted(grants: list[Grant], referrer: tuple[str, str], target: tuple[str, str, str]) -> bool:
    """ReferenceGrant, word by word. `target` is a kind, a namespace and a name."""
    kind, space, name = target
    return referrer[1] == space or any(
        each.where == space
        and (each.kind_from, each.space_from) == referrer
        and each.kind_to == kind
        and each.name in ("", name)
        for each in grants
    )


def document(kind: str, namespace: str, name: str, spec: dict[str, Any]) -> api.Event:
    metadata = {"name": name, "namespace": namespace}
    whole = {"apiVersion": site.GATEWAY_API, "kind": kind, "metadata": metadata, "spec": spec}
    return site.event(whole)


def events(
    grants: list[Grant], certificates: dict[str, str], backends: dict[str, str]
) -> list[api.Event]:
    listener = {"name": "http", "protocol": "HTTP", "port": 80}
    allowed = {"namespaces": {"from": "All"}}
    spec = {"gatewayClassName": "portway", "listeners": [listener], "allowedListeners": allowed}
    found = [document("Gateway", "infra", "edge", spec)]
    for space in SPACES:
        service = {"apiVersion": "v1", "kind": "Service", "spec": {"ports": [{"port": 80}]}}
        found.append(site.event({**service, "metadata": {"name": "app", "namespace": space}}))
        secret = tls_secret("cert", *HOSTS.values(), namespace=space)
        found.append(api.Event("Secret", space, "cert", secret))
        tls = {"certificateRefs": [{"name": "cert", "namespace": certificates[space]}]}
        https = {"name": "https", "protocol": "HTTPS", "port": 443, "hostname": HOSTS[space]}
        parent = {"name": "edge", "namespace": "infra"}
        listeners = [{**https, "tls": tls}]
        found.append(
            document("ListenerSet", space, "more", {"parentRef": parent, "listeners": listeners})
        )
        to = {"name": "app", "namespace": backends[space], "port": 80}
        refs = [{"group": "gateway.networking.k8s.io", "kind": "ListenerSet", "name": "more"}]
        rules = [{"backendRefs": [to]}]
        found.append(document("HTTPRoute", space, "route", {"parentRefs": refs, "rules": rules}))
    for number, each in enumerate(grants):
        group = "gateway.networking.k8s.io"
        to_all = {"group": "", "kind": each.kind_to}
        spec = {
            "from": [{"group": group, "kind": each.kind_from, "namespace": each.space_from}],
            "to": [{**to_all, **({"name": each.name} if each.name else {})}],
        }
        found.append(document("ReferenceGrant", each.where, f"g{number}", spec))
    return found


def resolved(conditions: list[dict[str, Any]]) -> tuple[str, str]:
    (found,) = [each for each in conditions if each["type"] == "ResolvedRefs"]
    return found["status"], found["reason"]


GOOD, BAD = ("True", "ResolvedRefs"), ("False", "RefNotPermitted")


@settings(max_examples=80)
@given(GRANTS, TARGETS, TARGETS, st.randoms(use_true_random=False))
def test_every_reference_is_judged_by_its_own_grants(
    schema: Schema,
    grants: list[Grant],
    certificates: dict[str, str],
    backends: dict[str, str],
    random: Any,
) -> None:
    arriving = events(grants, certificates, backends)
    random.shuffle(arriving)
    core = site.core(schema, *arriving)
    statuses = core.statuses()
    for space in SPACES:
        of_set = statuses[model.ObjectKey("ListenerSet", space, "more")]
        asked = permitted(grants, ("ListenerSet", space), ("Secret", certificates[space], "cert"))
        assert resolved(of_set["listeners"][0]["conditions"]) == (GOOD if asked else BAD)
        of_route = statuses[model.ObjectKey("HTTPRoute", space, "route")]
        asked = permitted(grants, ("HTTPRoute", space), ("Service", backends[space], "app"))
        assert resolved(of_route["parents"][0]["conditions"]) == (GOOD if asked else BAD)
    # Taking every grant away takes away what they allowed, and nothing else.
    core.apply([site.gone("ReferenceGrant", f"g{n}", each.where) for n, each in enumerate(grants)])
    core.settle()
    bare = site.core(schema, *events([], certificates, backends))
    assert core.statuses() == bare.statuses()
