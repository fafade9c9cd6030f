"""ConfigMaps with CA certificates, and sets of them."""

from typing import Any

import pytest

from portway.core import api, model, translate
from portway.core.translate.authority import Authorities, Named, named, read_authorities
from portway.core.translate.reference import Cause, Referrer, Target
from tests.core.translate.pki import ca_map, ca_pem

CA = model.ObjectKey("ConfigMap", "infra", "ca")
OTHER = model.ObjectKey("ConfigMap", "infra", "other")


def follow(
    world: Any, name: str = "ca", namespace: str = "infra", kind: str = "ConfigMap"
) -> Named:
    referrer = Referrer("Gateway", "infra", "edge", "field")
    return named(referrer, Target("", kind, namespace, name), world)


def test_text_and_bytes_are_read_alike() -> None:
    metadata = api.ObjectMeta(name="ca", namespace="infra")
    binary = api.ConfigMap(metadata=metadata, binary_data={"ca.crt": ca_pem().encode()})
    found = read_authorities(binary)
    assert isinstance(found, Authorities)
    assert found == read_authorities(ca_map("ca", ca_pem()))


@pytest.mark.parametrize(
    ("config_map", "words"),
    [
        (ca_map("ca"), "ConfigMap infra/ca has no ca.crt"),
        (ca_map("ca", "  \n"), "ConfigMap infra/ca has no ca.crt"),
        (ca_map("ca", "certainly"), "ConfigMap infra/ca: ca.crt holds no PEM certificates"),
        (
            api.ConfigMap(
                metadata=api.ObjectMeta(name="ca", namespace="infra"), data={"tls.crt": ca_pem()}
            ),
            "ConfigMap infra/ca has no ca.crt",
        ),
    ],
)
def test_what_holds_no_certificates_says_so(config_map: api.ConfigMap, words: str) -> None:
    found = read_authorities(config_map)
    assert isinstance(found, str)
    assert found.startswith(words)


def test_a_reference_leads_to_its_config_map(world: Any) -> None:
    world.put(ca_map("ca", ca_pem()))
    assert follow(world) == Named(CA, True)


@pytest.mark.parametrize(
    ("where", "key", "cause"),
    [
        ({"name": "absent"}, model.ObjectKey("ConfigMap", "infra", "absent"), Cause.MISSING),
        ({"kind": "Secret"}, None, Cause.KIND),
        ({"namespace": "apps"}, None, Cause.NOT_PERMITTED),
        ({"name": "empty"}, model.ObjectKey("ConfigMap", "infra", "empty"), None),
    ],
)
def test_a_reference_that_is_of_no_use_says_why(
    world: Any, where: dict[str, str], key: model.ObjectKey | None, cause: Cause | None
) -> None:
    """The ConfigMap is known whenever it may be named, so that mending it changes it alone."""
    world.put(ca_map("ca", ca_pem(), namespace="apps"))
    world.put(ca_map("empty"))
    found = follow(world, **where)
    assert (found.key, found.good, found.cause) == (key, False, cause)
    assert found.problem.startswith("Gateway infra/edge, field: ")


BUNDLE = model.ObjectKey("ClusterTrustBundle", "", "example.com:ca:v1")


def bundle(text: str) -> api.ClusterTrustBundle:
    metadata = api.TrustBundleMeta(name=BUNDLE.name)
    spec = api.ClusterTrustBundleSpec(signer_name="example.com/ca", trust_bundle=text)
    return api.ClusterTrustBundle(metadata=metadata, spec=spec)


def follow_bundle(world: Any, name: str = BUNDLE.name) -> Named:
    referrer = Referrer("Gateway", "infra", "edge", "field")
    target = Target(api.CERTIFICATES_GROUP, "ClusterTrustBundle", "infra", name)
    return named(referrer, target, world)


def test_a_bundle_is_there_for_every_namespace(world: Any) -> None:
    world.put(bundle(ca_pem()))
    assert follow_bundle(world) == Named(BUNDLE, True)
    both = model.TrustKey((BUNDLE, CA))
    world.put(ca_map("ca", ca_pem("two")))
    assert translate.trust(both, world) == model.Trust(both, (ca_pem() + ca_pem("two")).encode())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "ClusterTrustBundle example.com:ca:v1 does not exist"),
        ("", "ClusterTrustBundle example.com:ca:v1 has no spec.trustBundle"),
        ("x", "ClusterTrustBundle example.com:ca:v1: spec.trustBundle holds no PEM certificates"),
    ],
)
def test_a_bundle_without_certificates_is_of_no_use(
    world: Any, text: str | None, words: str
) -> None:
    """It is known even so, so that mending it changes it alone."""
    if text is not None:
        world.put(bundle(text))
    found = follow_bundle(world)
    assert (found.key, found.good) == (BUNDLE, False)
    assert words in found.problem
    assert translate.trust(model.TrustKey((BUNDLE,)), world) is None


def test_where_there_are_no_bundles_the_kind_is_wrong(world: Any) -> None:
    world.put(bundle(ca_pem()))
    world.unserved.add("ClusterTrustBundle")
    found = follow_bundle(world)
    assert (found.key, found.good, found.cause) == (None, False, Cause.KIND)


def test_an_earlier_bundle_stands_in_for_a_refused_one(world: Any) -> None:
    world.put(bundle(ca_pem("two")))
    world.refusals[BUNDLE] = translate.Refused("bad magic", bundle(ca_pem("one")))
    assert follow_bundle(world).good
    assert translate.trust(model.TrustKey((BUNDLE,)), world) == model.Trust(
        model.TrustKey((BUNDLE,)), ca_pem("one").encode()
    )


def test_a_set_holds_what_can_be_used(world: Any) -> None:
    world.put(ca_map("ca", ca_pem()))
    world.put(ca_map("bad", "bad"))
    both = model.TrustKey((CA, model.ObjectKey("ConfigMap", "infra", "bad"), OTHER))
    assert translate.trust(both, world) == model.Trust(both, ca_pem().encode())
    world.put(ca_map("other", ca_pem("two")))
    found = translate.trust(both, world)
    assert found is not None
    assert found.pem.decode() == ca_pem() + ca_pem("two")
    assert translate.trust(model.TrustKey((both.authorities[1],)), world) is None


def test_those_of_the_machine_are_a_file_if_there_is_one(world: Any) -> None:
    assert translate.trust(model.TrustKey(), world) is None
    world.system_authorities = "/etc/ca.pem"
    assert translate.trust(model.TrustKey(), world) == model.Trust(
        model.TrustKey(), file="/etc/ca.pem"
    )


@pytest.mark.parametrize("words", ["", "bad magic"])
def test_what_the_proxy_refused_is_replaced_by_what_worked(world: Any, words: str) -> None:
    """A suspect (without words) is not called refused before it is known to be the one."""
    world.put(ca_map("ca", ca_pem("two")))
    world.refusals[CA] = translate.Refused(words, ca_map("ca", ca_pem("one")))
    found = follow(world)
    assert (found.key, found.good) == (CA, True)
    assert bool(found.problem) is bool(words)
    assert translate.trust(model.TrustKey((CA,)), world) == model.Trust(
        model.TrustKey((CA,)), ca_pem("one").encode()
    )


def test_what_the_proxy_refused_and_never_worked_is_of_no_use(world: Any) -> None:
    world.put(ca_map("ca", ca_pem()))
    world.refusals[CA] = translate.Refused("bad magic", None)
    found = follow(world)
    assert not found.good
    assert found.problem.endswith("ConfigMap infra/ca was refused by the proxy: bad magic.")
    assert translate.trust(model.TrustKey((CA,)), world) is None
