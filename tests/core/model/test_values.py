"""What every value of the model promises: frozen, equal by content, hashable, printable."""

from typing import Any

import msgspec
import pytest

from portway.core import model
from tests.core.model.values import VALUES


def every_value(value: Any) -> list[msgspec.Struct]:
    found = [value] if isinstance(value, msgspec.Struct) else []
    parts: Any = value if isinstance(value, tuple) else ()
    if isinstance(value, msgspec.Struct):
        parts = [getattr(value, field) for field in value.__struct_fields__]
    return [*found, *(each for part in parts for each in every_value(part))]


EVERY = [each for value in VALUES for each in every_value(value)]


def test_the_samples_hold_nearly_every_type_of_the_model() -> None:
    structs = {
        each
        for name in model.__all__
        if isinstance(each := getattr(model, name), type) and issubclass(each, msgspec.Struct)
    }
    elsewhere = {"AllowedRoutes", "Gateway", "GatewayClass", "LabelRequirement", "Listener"}
    elsewhere |= {"ListenerSet", "Placement", "Port", "RouteKind", "QueryMatch"}
    assert {each.__name__ for each in structs - {type(each) for each in EVERY}} == elsewhere


@pytest.mark.parametrize("value", EVERY, ids=lambda value: type(value).__name__)
def test_a_value_is_frozen_and_equal_by_content(value: msgspec.Struct) -> None:
    fields = {field: getattr(value, field) for field in value.__struct_fields__}
    twin = type(value)(**fields)
    assert twin == value
    assert hash(twin) == hash(value)
    with pytest.raises(AttributeError):
        setattr(value, value.__struct_fields__[0], None)


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_a_value_can_be_printed(value: msgspec.Struct) -> None:
    assert msgspec.to_builtins(value)
