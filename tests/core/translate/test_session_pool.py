"""The endpoints of backends that share sessions."""

from portway.core import model, translate
from tests.core.translate.conftest import Memory

BLUE = model.ClusterKey("Service", "shop", "blue", 80, "http")
GREEN = BLUE._replace(name="green")
POOL = model.ClusterKey("HTTPRoute", "shop", "cart", 0, "http")
SERVICES = """
apiVersion: v1
kind: Service
metadata:
  name: blue
  namespace: shop
  annotations: {portway.dev/endpoints: "127.0.0.1:1,127.0.0.1:2"}
spec: {ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: green, namespace: shop, annotations: {portway.dev/endpoints: "127.0.0.1:3"}}
spec: {ports: [{port: 80}]}
"""


def end(port: int) -> model.Endpoint:
    return model.Endpoint("127.0.0.1", port)


def test_weight_0_is_a_group_that_gets_nothing_new(world: Memory) -> None:
    world.add(SERVICES)
    gone = BLUE._replace(name="gone")
    pool = model.SessionPool(POOL, ((3, BLUE), (0, GREEN), (5, gone)))
    assert translate.session_endpoints(pool, world) == model.Endpoints(
        POOL,
        (end(1), end(2), end(3)),
        (
            model.EndpointGroup(3, (BLUE,), (end(1), end(2))),
            model.EndpointGroup(0, (GREEN,), (end(3),)),
        ),
    )


def test_nobody_there_is_an_empty_pool(world: Memory) -> None:
    assert translate.session_endpoints(model.SessionPool(POOL, ((1, BLUE),)), world) == (
        model.Endpoints(POOL)
    )


def test_only_rules_with_several_backends_have_pools() -> None:
    shares = (model.Share(1, BLUE), model.Share(2, GREEN), model.Share(1, None))
    rules = tuple(
        model.Rule(number, (), model.Forward(shares), session=session)
        for number, session in enumerate(
            (model.Session(True, "a", pool=POOL), model.Session(True, "a"), None)
        )
    )
    found = translate.session_pools(
        model.RouteRules(model.ObjectKey("HTTPRoute", "a", "b"), "", rules)
    )
    assert found == {POOL: model.SessionPool(POOL, ((1, BLUE), (2, GREEN)))}
