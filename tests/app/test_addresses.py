"""Addresses: each Gateway its own, the same again after a restart, and only what can be bound."""

from pathlib import Path

import pytest

from portway.app.addresses import AddressPool, PoolProblem
from portway.core import model

POOL = "127.81.0.0/29"


def gateway(name: str, *wanted: str) -> tuple[model.ObjectKey, model.Gateway]:
    key = model.ObjectKey("Gateway", "default", name)
    return key, model.Gateway(key, 1, "portway", (), wanted_addresses=wanted)


def test_each_gateway_gets_an_address_of_its_own() -> None:
    placed = AddressPool(POOL).place(dict([gateway("a"), gateway("b")]))
    assert [p.addresses for p in placed.values()] == [("127.81.0.1",), ("127.81.0.2",)]


def test_an_address_survives_a_restart_and_its_neighbours(tmp_path: Path) -> None:
    file = tmp_path / "addresses.json"
    AddressPool(POOL, path=file).place(dict([gateway("a"), gateway("b")]))
    (key, value) = gateway("b")
    again = AddressPool(POOL, path=file).place({key: value})
    assert again[key].addresses == ("127.81.0.2",)


def test_a_freed_address_is_used_again() -> None:
    pool = AddressPool(POOL)
    pool.place(dict([gateway("a"), gateway("b")]))
    placed = pool.place(dict([gateway("b"), gateway("c")]))
    assert placed[gateway("c")[0]].addresses == ("127.81.0.1",)


def test_a_full_pool_says_so() -> None:
    names = [gateway(f"g{number}") for number in range(7)]
    last = list(AddressPool(POOL).place(dict(names)).values())[-1]
    assert last.addresses == ()
    assert POOL in last.problem


def test_wanted_addresses_are_taken_as_they_are() -> None:
    key, value = gateway("a", "127.0.0.9", "203.0.113.7")
    placed = AddressPool(POOL).place({key: value})[key]
    assert placed.addresses == ("127.0.0.9",)
    assert "203.0.113.7" in placed.problem


def test_one_address_for_all() -> None:
    placed = AddressPool(POOL, bind="127.0.0.1").place(dict([gateway("a"), gateway("b")]))
    assert {p.addresses for p in placed.values()} == {("127.0.0.1",)}


def test_a_given_offset_counts_for_low_ports_only() -> None:
    key, value = gateway("a")
    placed = AddressPool(POOL, port_offset=8000).place({key: value})[key]
    assert (placed.bound(80), placed.bound(8080)) == (8080, 8080)


def test_a_damaged_file_is_not_fatal(tmp_path: Path) -> None:
    file = tmp_path / "addresses.json"
    file.write_text("{")
    key, value = gateway("a")
    assert AddressPool(POOL, path=file).place({key: value})[key].addresses == ("127.81.0.1",)


@pytest.mark.parametrize(("pool", "bind"), [("no pool", ""), (POOL, "not an address")])
def test_nonsense_is_named_with_its_cure(pool: str, bind: str) -> None:
    with pytest.raises(PoolProblem, match="--address-pool"):
        AddressPool(pool, bind)
