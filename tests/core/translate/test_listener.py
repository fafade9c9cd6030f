"""HTTPS listeners and their certificate references."""

from typing import Any

import pytest
import trustme

from portway.core import api, model


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def store(world: Any, authority: trustme.CA, namespace: str, name: str, *hosts: str) -> None:
    issued = authority.issue_cert(*hosts)
    world.put(
        api.Secret(
            metadata=api.ObjectMeta(name=name, namespace=namespace),
            type=api.TLS_SECRET_TYPE,
            data={
                "tls.crt": b"".join(each.bytes() for each in issued.cert_chain_pems),
                "tls.key": issued.private_key_pem.bytes(),
            },
        )
    )


def https(*refs: dict[str, str], **more: Any) -> dict[str, Any]:
    return {"protocol": "HTTPS", "port": 443, "tls": {"certificateRefs": list(refs)}, **more}


def judged(world: Any, name: str = "web") -> tuple[model.Listener, list[model.Finding]]:
    gateway = world.gateway("infra", "edge")
    return gateway.listener(name), [f for f in gateway.findings if f.parent == name]


def test_a_usable_certificate_is_served(world: Any, authority: trustme.CA) -> None:
    store(world, authority, "infra", "cert", "a.example")
    world.edge(https({"name": "cert"}))
    listener, findings = judged(world)
    assert listener.serving
    assert listener.certificates == (model.ObjectKey("Secret", "infra", "cert"),)
    assert findings == []


@pytest.mark.parametrize(
    ("ref", "reason", "words"),
    [
        ({"name": "absent"}, "InvalidCertificateRef", "Secret infra/absent does not exist"),
        ({"name": "cert", "group": "x.io"}, "InvalidCertificateRef", "group 'x.io' cannot be"),
        ({"name": "cert", "kind": "ConfigMap"}, "InvalidCertificateRef", "kind ConfigMap"),
        ({"name": "bad"}, "InvalidCertificateRef", "tls.crt is not a PEM certificate chain"),
        ({"name": "cert", "namespace": "vault"}, "RefNotPermitted", "no ReferenceGrant"),
    ],
)
def test_an_unusable_reference_stops_the_listener(
    world: Any, authority: trustme.CA, ref: dict[str, str], reason: str, words: str
) -> None:
    store(world, authority, "infra", "cert", "a.example")
    store(world, authority, "vault", "cert", "a.example")
    world.put(
        api.Secret(
            metadata=api.ObjectMeta(name="bad", namespace="infra"),
            data={"tls.crt": b"Hello world\n", "tls.key": b"Hello world\n"},
        )
    )
    world.edge({"name": "plain"}, https(ref))
    listener, (finding,) = judged(world)
    assert (finding.condition, finding.reason) == ("ResolvedRefs", reason)
    assert words in finding.message
    assert listener.accepted
    assert not listener.serving
    assert [each.kind for each in listener.allowed.kinds] == ["HTTPRoute", "GRPCRoute"]
    assert judged(world, "plain")[0].serving


def test_a_grant_opens_another_namespace(world: Any, authority: trustme.CA) -> None:
    store(world, authority, "vault", "cert", "a.example")
    world.edge(https({"name": "cert", "namespace": "vault"}))
    world.add(
        """
        apiVersion: gateway.networking.k8s.io/v1beta1
        kind: ReferenceGrant
        metadata: {name: g, namespace: vault}
        spec:
          from: [{group: gateway.networking.k8s.io, kind: Gateway, namespace: infra}]
          to: [{group: "", kind: Secret, name: cert}]
        """
    )
    assert judged(world)[0].serving


def test_one_bad_reference_does_not_spoil_the_good_one(world: Any, authority: trustme.CA) -> None:
    store(world, authority, "infra", "cert", "a.example")
    world.edge(https({"name": "absent"}, {"name": "cert"}))
    listener, (finding,) = judged(world)
    assert finding.reason == "InvalidCertificateRef"
    assert listener.serving
    assert [each.name for each in listener.certificates] == ["cert"]


def test_the_names_of_certificates_are_compared(world: Any, authority: trustme.CA) -> None:
    store(world, authority, "infra", "one", "a.example", "b.example")
    store(world, authority, "infra", "two", "*.example")
    world.edge(
        https({"name": "one"}, name="a", hostname="a.example"),
        https({"name": "two"}, name="c", hostname="c.example"),
    )
    for name in ("a", "c"):
        (finding,) = judged(world, name)[1]
        assert finding.condition == "OverlappingTLSConfig"
        assert (finding.reason, finding.status) == ("OverlappingCertificates", True)
