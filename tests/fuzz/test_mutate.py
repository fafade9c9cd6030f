"""Damage is drawn from the seed alone, is damage indeed, and never reaches the original."""

import json

from tests.fuzz.mutate import Mutator, damaged_text

SITE = (
    {"kind": "A", "metadata": {"name": "a"}, "spec": {"port": 80, "on": True, "names": ["x"]}},
    {"kind": "B", "metadata": {"name": "b"}, "spec": {"port": 81, "host": "b.example.com"}},
)


def drawn(seed: int) -> list[object]:
    mutator = Mutator(seed, SITE)
    return [mutator.mutation(SITE[0]) for _ in range(200)]


def test_the_same_seed_draws_the_same() -> None:
    assert drawn(1) == drawn(1)
    assert drawn(1) != drawn(2)


def test_the_original_is_left_alone() -> None:
    before = json.dumps(SITE)
    drawn(3)
    assert json.dumps(SITE) == before


def test_most_draws_change_something() -> None:
    assert sum(each != SITE[0] for each in drawn(4)) > 150


def test_fields_and_values_are_borrowed_from_neighbours() -> None:
    borrowed = json.dumps(drawn(5))
    assert "b.example.com" in borrowed
    assert "81" in borrowed


def test_text_is_cut_spoilt_or_repeated() -> None:
    text = json.dumps(SITE[0])
    found = [damaged_text(text, seed) for seed in range(40)]
    assert found == [damaged_text(text, seed) for seed in range(40)]
    assert all(each != text for each in found)
    assert any(len(each) < len(text) // 2 for each in found)
    assert any("---" in each for each in found)
