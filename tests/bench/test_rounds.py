"""Every arm has its turn in every place, and disturbed rounds stand in only when they must."""

from bench.rounds import interleave


async def test_the_order_rotates() -> None:
    order = []

    async def shoot(name: str) -> tuple[str, float]:
        order.append(name)
        return name, 0.0

    rounds = await interleave("abc", shoot, rounds=3, tries=1.0)
    assert "".join(order) == "abcbcacab"
    assert rounds.quiet
    assert rounds.of("b") == ["b", "b", "b"]


async def test_a_disturbed_round_is_set_aside_as_a_whole() -> None:
    shots = iter([0.0, 0.5, 0.0, 0.0, 0.01, 0.02])
    numbers = iter(range(6))

    async def shoot(_: str) -> tuple[int, float]:
        return next(numbers), next(shots)

    rounds = await interleave("ab", shoot, rounds=2, tries=2.0)
    assert rounds.quiet
    assert rounds.set_aside == 1
    assert [sorted(each.values()) for each in rounds.kept] == [[2, 3], [4, 5]]


async def test_a_machine_that_is_never_quiet_is_taken_as_it_is_and_said() -> None:
    count = 0

    async def shoot(_: str) -> tuple[int, float]:
        nonlocal count
        count += 1
        return count, 0.5

    rounds = await interleave("a", shoot, rounds=3, tries=10.0)
    assert not rounds.quiet
    assert rounds.of("a") == [1, 2, 3]


async def test_tries_are_bounded() -> None:
    shots = iter([0.0, *[0.5] * 100])

    async def shoot(_: str) -> tuple[float, float]:
        foreign = next(shots)
        return foreign, foreign

    rounds = await interleave("a", shoot, rounds=4, tries=1.5)
    assert not rounds.quiet
    assert rounds.of("a") == [0.0, 0.5, 0.5, 0.5]
    assert rounds.set_aside == 5
