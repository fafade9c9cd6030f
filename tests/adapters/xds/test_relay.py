"""Whom a proxy gets its configuration from: the control plane, or for want of one the stand-in."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from portway.adapters.xds import Patience, Pipe, Relay, XdsError

QUICK = Patience(connect=0.2, answer=0.3, take=0.3, first=0.01, longest=0.03)


class Other:
    """Somebody who answers each line with their name, unless away or silent."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self.path = folder / f"{name}.sock"
        self.away = False
        self.hangs = False
        self.silent = False
        self.asked = 0

    async def connect(self) -> Pipe:
        self.asked += 1
        if self.hangs:
            await asyncio.sleep(60)
        if self.away:
            raise OSError(f"{self.name} is away")
        return Pipe(*await asyncio.open_unix_connection(self.path))

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await reader.readline():
                if not self.silent:
                    writer.write(f"{self.name}\n".encode())
        except ConnectionError:
            pass
        finally:
            writer.close()


class Site:
    def __init__(self, folder: Path, *, stands_in: bool = True) -> None:
        self.control, self.stand_in = Other("control", folder), Other("stand-in", folder)
        self.empty = True
        self.socket = folder / "run" / "xds.sock"
        second = self.stand_in.connect if stands_in else None
        self.relay = Relay(self.socket, self.control.connect, second, lambda: self.empty, QUICK)

        self.calls: list[Call] = []

    async def call(self) -> "Call":
        self.calls.append(Call(*await asyncio.open_unix_connection(self.socket)))
        return self.calls[-1]


class Call:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def ask(self) -> str:
        """Who answers; empty where the connection is closed instead."""
        try:
            self.writer.write(b"who?\n")
            async with asyncio.timeout(5):
                return (await self.reader.readline()).decode().strip()
        except ConnectionError:
            return ""

    async def closed(self) -> bool:
        async with asyncio.timeout(5):
            try:
                return await self.reader.read() == b""
            except ConnectionError:
                return True


@asynccontextmanager
async def site(folder: Path, *, stands_in: bool = True) -> AsyncIterator[Site]:
    made = Site(folder, stands_in=stands_in)
    servers = [
        await asyncio.start_unix_server(each.answer, each.path)
        for each in (made.control, made.stand_in)
    ]
    await made.relay.start()
    try:
        yield made
    finally:
        await made.relay.stop()
        for server in servers:
            server.close()
        for call in made.calls:
            call.writer.close()
        await asyncio.sleep(0.01)


async def test_it_is_the_control_plane_when_there_is_one(run_dir: Path) -> None:
    async with site(run_dir) as made:
        assert await (await made.call()).ask() == "control"
        assert not made.relay.standing_in
        assert made.stand_in.asked == 0


@pytest.mark.parametrize("how", ["away", "hangs"])
async def test_one_that_has_nothing_gets_the_stand_in_until_there_is_one(
    run_dir: Path, how: str
) -> None:
    async with site(run_dir) as made:
        setattr(made.control, how, True)
        first = await made.call()
        assert await first.ask() == "stand-in"
        assert made.relay.standing_in
        made.empty = False
        setattr(made.control, how, False)
        assert await first.closed()
        assert await (await made.call()).ask() == "control"
        assert not made.relay.standing_in


async def test_one_that_has_something_never_gets_the_stand_in(run_dir: Path) -> None:
    async with site(run_dir) as made:
        made.empty, made.control.away = False, True
        assert await (await made.call()).ask() == ""
        assert made.stand_in.asked == 0
        made.control.away = False
        assert await (await made.call()).ask() == "control"


async def test_it_is_not_cut_off_before_it_has_taken_what_there_is(run_dir: Path) -> None:
    async with site(run_dir) as made:
        made.control.away = True
        call = await made.call()
        assert await call.ask() == "stand-in"
        made.control.away = False
        await asyncio.sleep(QUICK.answer / 3)
        assert await call.ask() == "stand-in"
        # But neither for ever, where it can do nothing with it.
        assert await call.closed()


async def test_a_control_plane_that_says_nothing_is_as_good_as_none(run_dir: Path) -> None:
    async with site(run_dir) as made:
        made.control.silent = True
        assert await (await made.call()).closed()
        assert await (await made.call()).ask() == "stand-in"
        made.empty = False
        # It has something now, and waits for as long as it takes.
        made.control.silent = False
        assert await (await made.call()).ask() == "control"


async def test_one_that_has_a_lot_to_say_is_listened_to(run_dir: Path) -> None:
    async with site(run_dir) as made:
        made.control.name = "c" * 5000
        call = await made.call()
        assert await call.ask() == made.control.name
        await asyncio.sleep(QUICK.answer * 1.5)
        assert await call.ask() == made.control.name
        assert made.stand_in.asked == 0


async def test_without_a_stand_in_a_silent_one_is_waited_for(run_dir: Path) -> None:
    async with site(run_dir, stands_in=False) as made:
        made.control.silent = True
        call = await made.call()
        await asyncio.sleep(QUICK.answer * 1.5)
        made.control.silent = False
        assert await call.ask() == "control"


async def test_where_both_are_away_it_is_asked_again_and_told_once(
    run_dir: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with site(run_dir) as made:
        made.control.away = made.stand_in.away = True
        for _ in range(3):
            assert await (await made.call()).ask() == ""
        assert made.control.asked == 3
        told = [each.message for each in caplog.records]
        assert sorted(set(told)) == sorted(told)
        made.stand_in.away = False
        assert await (await made.call()).ask() == "stand-in"


async def test_stopping_cuts_everybody_off(run_dir: Path) -> None:
    async with site(run_dir) as made:
        made.control.away = True
        call = await made.call()
        assert await call.ask() == "stand-in"
        await made.relay.stop()
        assert await call.closed()
        assert not made.socket.exists()


async def test_nobody_else_reaches_it(run_dir: Path) -> None:
    async with site(run_dir) as made:
        assert made.socket.stat().st_mode & 0o777 == 0o600
    made.socket.parent.chmod(0o755)
    with pytest.raises(XdsError, match="chmod 700"):
        await made.relay.start()
