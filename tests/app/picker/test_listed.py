"""Endpoints by name, in text and in a file that changes."""

import asyncio
from pathlib import Path

import pytest

from portway.app.picker import listed
from portway.core.pick import Target


def test_one_on_each_line() -> None:
    text = "# a comment\n10.0.0.1:80\n\n[::1]:81 zone=a role=b # behind\n10.0.0.1:80\n"
    assert listed.parse(text) == (
        Target("10.0.0.1:80"),
        Target("[::1]:81", {"zone": "a", "role": "b"}),
    )
    assert listed.parse("") == ()


@pytest.mark.parametrize("line", ["host:80", "10.0.0.1", "10.0.0.1:80,10.0.0.2:80", "1.1.1.1:1 x"])
def test_a_mistake_is_told_by_its_line(line: str) -> None:
    with pytest.raises(listed.BadList, match="line 2"):
        listed.parse(f"10.0.0.9:80\n{line}\n")


async def test_a_file_that_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listed, "_LOOK_SECONDS", 0.01)
    path = tmp_path / "endpoints"
    told: list[list[str]] = []

    def tell(found: tuple[Target, ...]) -> None:
        told.append([each.address for each in found])

    path.write_text("10.0.0.0:80\n")
    last = listed.look(path, None, tell)
    assert told.pop() == ["10.0.0.0:80"]
    task = asyncio.ensure_future(listed.follow(path, last, tell))

    async def until(count: int) -> None:
        async with asyncio.timeout(5):
            while len(told) < count:  # noqa: ASYNC110
                await asyncio.sleep(0.005)

    await asyncio.sleep(0.05)
    assert told == []
    path.write_text("10.0.0.1:80\n")
    await until(1)
    path.write_text("nonsense\n")
    await asyncio.sleep(0.05)
    path.write_text("10.0.0.2:80\n")
    await until(2)
    await asyncio.sleep(0.05)
    task.cancel()
    assert told == [["10.0.0.1:80"], ["10.0.0.2:80"]]
