"""Applied configurations merged and taken out."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from portway.adapters.apiserver.store.compare import fields_of
from portway.adapters.apiserver.store.merge import merge, without
from tests.adapters.apiserver.store.test_compare import SCHEMA, VALUES


def spec(**fields: Any) -> dict[str, Any]:
    return {"spec": fields}


def test_items_merge_by_key_and_keep_their_places() -> None:
    live = spec(listeners=[{"name": "a", "port": 1}, {"name": "b", "port": 2, "host": "x"}])
    applied = spec(listeners=[{"name": "b", "port": 3}, {"name": "c", "port": 4}])
    assert merge(live, applied, SCHEMA) == spec(
        listeners=[
            {"name": "a", "port": 1},
            {"name": "b", "port": 3, "host": "x"},
            {"name": "c", "port": 4},
        ]
    )


def test_shared_items_follow_the_applied_order() -> None:
    live = spec(tags=["a", "b", "c"])
    assert merge(live, spec(tags=["c", "a"]), SCHEMA) == spec(tags=["c", "b", "a"])


def test_atomic_lists_are_replaced() -> None:
    assert merge(spec(rules=[1, 2]), spec(rules=[3]), SCHEMA) == spec(rules=[3])


def test_what_nobody_owns_any_more_goes() -> None:
    live = spec(listeners=[{"name": "a", "port": 1}, {"name": "b", "port": 2}], tags=["t"])
    gone = fields_of(spec(listeners=[{"name": "a", "port": 1}]), SCHEMA)
    owned = fields_of(spec(listeners=[{"name": "b", "port": 2}], tags=["t"]), SCHEMA)
    assert without(live, gone, owned, SCHEMA) == spec(
        listeners=[{"name": "b", "port": 2}], tags=["t"]
    )


def test_what_another_owns_stays() -> None:
    live = spec(listeners=[{"name": "a", "port": 1}])
    gone = fields_of(live, SCHEMA)
    owned: dict[str, Any] = {"f:spec": {"f:listeners": {'k:{"name":"a"}': {".": {}, "f:name": {}}}}}
    assert without(live, gone, owned, SCHEMA) == spec(listeners=[{"name": "a"}])


def test_a_struct_goes_with_what_defaults_put_into_it() -> None:
    schema: dict[str, Any] = {
        "properties": {"spec": {"properties": {"tls": {"properties": {"mode": {}}}, "x": {}}}}
    }
    live = spec(tls={"mode": "Terminate", "defaulted": 1}, x=1)
    gone = fields_of(spec(tls={"mode": "Terminate"}), schema)
    assert without(live, gone, {"f:spec": {"f:x": {}}}, schema) == spec(x=1)


@given(VALUES, VALUES)
def test_everything_applied_is_there_and_nothing_else_is_lost(live: Any, applied: Any) -> None:
    merged = merge(live, applied, {})
    assert merge(merged, applied, {}) == merged
    for key, item in live.items():
        if key not in applied:
            assert merged[key] == item


@given(st.integers())
def test_scalars_are_replaced(value: int) -> None:
    assert merge({"a": 1}, {"a": value}, {}) == {"a": value}
