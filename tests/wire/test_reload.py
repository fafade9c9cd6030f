"""Files that change while Portway runs, in every way files change."""

import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import pytest

from tests.wire.harness import http, manifests
from tests.wire.harness.manifests import Document, backend, http_route, rule, service
from tests.wire.harness.origin import Origin
from tests.wire.harness.portway import Portway

pytestmark = pytest.mark.envoy

HTTP = 8080
HOST = "a.example.com"


def route(path: str, name: str = "a") -> Document:
    match = {"path": {"type": "PathPrefix", "value": path}}
    return http_route(name, "web", [rule(backend("app"), matches=[match])], hostnames=[HOST])


@dataclass
class Running:
    """An instance with a Gateway and a Service; tests bring the routes."""

    portway: Portway
    address: str

    async def get(self, path: str) -> int:
        async with http.client(self.address, ports={80: HTTP}) as client:
            return (await client.get(f"http://{HOST}{path}")).status_code

    async def until(self, path: str, status: int = 200) -> None:
        async def so() -> bool:
            return await self.get(path) == status

        await self.portway.until(so, f"{path} answers {status}")

    async def problems(self) -> list[Any]:
        found: list[Any] = (await self.portway.status())["problems"]
        return found

    async def until_problems(self, count: int) -> list[Any]:
        async def so() -> bool:
            return len(await self.problems()) == count

        await self.portway.until(so, f"{count} problems")
        return await self.problems()


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Running]:
    async with Origin() as origin, Portway(tmp_path) as portway:
        gateway = manifests.gateway("web", [manifests.listener("http", HTTP)])
        portway.write("base", [gateway, service("app", origin.endpoint)])
        yield Running(portway, await portway.address("web"))


async def test_edits_by_rename_in_place_and_removal(running: Running) -> None:
    file = running.portway.folder / "route.yaml"
    running.portway.write("route", [route("/renamed")])
    await running.until("/renamed")
    file.write_text(manifests.to_yaml([route("/written")]))
    await running.until("/written")
    assert await running.get("/renamed") == 404
    (running.portway.folder / "deep" / "er").mkdir(parents=True)
    moved = file.replace(running.portway.folder / "deep" / "er" / "route.yaml")
    manifests.write(moved, [route("/moved")])
    await running.until("/moved")
    shutil.rmtree(running.portway.folder / "deep")
    await running.until("/moved", 404)


async def test_a_mounted_config_map_changes_by_its_symlink(running: Running) -> None:
    """As the kubelet does it: files are links into ..data, which is swapped in one rename."""
    mount = running.portway.folder / "mounted"
    mount.mkdir()
    for number in (1, 2):
        release = mount / f"..2026_{number}"
        release.mkdir()
        (release / "route.yaml").write_text(manifests.to_yaml([route(f"/release-{number}")]))
    data = mount / "..data"
    data.symlink_to("..2026_1")
    (mount / "route.yaml").symlink_to("..data/route.yaml")
    await running.until("/release-1")
    assert await running.problems() == []
    fresh = mount / "..data_tmp"
    fresh.symlink_to("..2026_2")
    fresh.replace(data)
    shutil.rmtree(mount / "..2026_1")
    await running.until("/release-2")
    assert await running.get("/release-1") == 404


async def test_a_broken_file_keeps_what_worked_and_says_where(running: Running) -> None:
    running.portway.write("route", [route("/kept")])
    await running.until("/kept")
    file = running.portway.folder / "route.yaml"
    good = file.read_text()
    file.write_text(good + "  bad: [\n")
    (problem,) = await running.until_problems(1)
    assert problem["path"] == str(file)
    assert problem["line"] in (good.count("\n") + 1, good.count("\n") + 2)
    assert problem["cure"]
    assert await running.get("/kept") == 200
    assert f"{file}:{problem['line']}" in running.portway.log

    # Another file goes on being followed meanwhile, and one bad object spares its neighbours.
    wrong = route("no-slash", "b")
    running.portway.write("other", [wrong, route("/beside", "c")])
    await running.until("/beside")
    problems = await running.until_problems(2)
    (invalid,) = [each for each in problems if "other.yaml" in each["path"]]
    assert "HTTPRoute default/b" in invalid["message"]
    text = (running.portway.folder / "other.yaml").read_text()
    assert "no-slash" in text.splitlines()[invalid["line"] - 1]

    file.write_text(good.replace("/kept", "/mended"))
    running.portway.remove("other")
    await running.until("/mended")
    await running.until_problems(0)
    await running.until("/beside", 404)


async def test_the_time_from_a_file_to_an_answer(running: Running) -> None:
    seconds = []
    for number in range(20):
        path = f"/at-{number}"
        running.portway.write("route", [route(path)])
        before = perf_counter()
        async with http.client(running.address, ports={80: HTTP}) as client:
            while (await client.get(f"http://{HOST}{path}")).status_code != 200:
                assert perf_counter() - before < 10
        seconds.append(perf_counter() - before)
    seconds.sort()
    told = ", ".join(
        f"{share}% {seconds[share * 19 // 100] * 1000:.0f} ms" for share in (0, 50, 95)
    )
    print(f"from a changed file to a served request: {told}")
