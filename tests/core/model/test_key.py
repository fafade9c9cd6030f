"""Names read well, sort by content and lead back to the object."""

import random

from portway.core import model

GATEWAY = model.ObjectKey("Gateway", "shop", "web")


def test_a_name_is_printed_with_its_namespace_if_it_has_one() -> None:
    assert str(GATEWAY) == "Gateway shop/web"
    assert str(model.ObjectKey("GatewayClass", "", "portway")) == "GatewayClass portway"


def test_a_cluster_leads_to_its_backend() -> None:
    key = model.ClusterKey("Backend", "data", "store", 0, model.Protocol.H2C)
    assert key.backend == model.ObjectKey("Backend", "data", "store")


def test_policies_and_protocols_make_clusters_of_their_own() -> None:
    plain = model.ClusterKey("Service", "shop", "cart", 80, model.Protocol.HTTP1)
    others = {plain._replace(protocol="h2c"), plain._replace(policy="tls"), plain._replace(port=81)}
    assert plain not in others
    assert {each.backend for each in others} == {plain.backend}


def test_a_policy_may_go_with_a_certificate_that_is_shown() -> None:
    secret = model.ObjectKey("Secret", "infra", "edge")
    plain = model.ClusterKey("Service", "shop", "cart", 80, model.Protocol.HTTP1)
    secure = plain._replace(policy="cart-tls")
    shown = secure.showing(secret)
    assert shown.policy == "cart-tls/infra/edge"
    policy = model.ObjectKey("BackendTLSPolicy", "shop", "cart-tls")
    assert [each.tls_policy for each in (plain, secure, shown)] == [None, policy, policy]
    assert [each.client for each in (plain, secure, shown)] == [None, None, secret]
    assert shown.plainly() == secure
    assert shown.showing(secret) == shown
    assert plain.showing(secret) == plain.plainly() == plain  # there is nobody to show it to


def test_order_does_not_depend_on_arrival() -> None:
    table = model.TableKey(GATEWAY, 80, "")
    keys = [model.HostKey(table, domain) for domain in ("*", "*.a.com", "a.com", "b.a.com")]
    keys += [model.HostKey(model.TableKey(GATEWAY, 443, "https"), "*")]
    expected = sorted(keys)
    for seed in range(5):
        random.Random(seed).shuffle(keys)
        assert sorted(keys) == expected
