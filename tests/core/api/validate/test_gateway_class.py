"""A GatewayClass: whose it is cannot change."""

from portway.core import api


def _of(controller: str) -> api.GatewayClass:
    spec = api.GatewayClassSpec(controller_name=controller)
    return api.GatewayClass(metadata=api.ObjectMeta(name="c"), spec=spec)


def test_a_controller_name_cannot_change() -> None:
    (error,) = api.validate_update(_of("example.com/a"), _of("example.com/b"))
    assert (error.rule, error.path) == ("controller-name-immutable", "spec.controllerName")
    assert error.cure


def test_an_update_that_keeps_it_is_fine() -> None:
    assert api.validate_update(_of("example.com/a"), _of("example.com/a")) == ()
