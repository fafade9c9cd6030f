"""What an instance tells about itself: its health, its counters, and never a key."""

import asyncio
import base64
import os
import re
import signal
import stat
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.wire.harness import http, manifests, refused
from tests.wire.harness.certificates import Authority
from tests.wire.harness.envoy_admin import EnvoyAdmin
from tests.wire.harness.manifests import Document, backend, http_route, rule, service
from tests.wire.harness.metrics import Scrape, scrape
from tests.wire.harness.origin import Origin
from tests.wire.harness.portway import Portway, condition

pytestmark = [pytest.mark.envoy, pytest.mark.shapeless]

HTTP, HTTPS = 8080, 8443
PASSWORD = "correct-horse-battery-staple-0123456789"

MOVING = {
    "portway_turns_total",
    "portway_events_total",
    "portway_changed_keys_total",
    "portway_settle_seconds_count",
    "portway_xds_pushes_total",
    "portway_xds_resources_total",
    "portway_xds_bytes_total",
    "portway_xds_acks_total",
    "portway_xds_nacks_total",
    "portway_objects",
    "portway_status_writes_total",
    "portway_envoy_restarts_total",
}


@pytest.fixture
async def portway(tmp_path: Path) -> AsyncIterator[Portway]:
    # What is shown here is named by its type in the proxy, so the shape of routes is given.
    options = ["--log-level", "debug", "--scopes-from", "64", "--trees-from", "16"]
    async with Portway(tmp_path, options=options) as running:
        yield running


@pytest.fixture
async def origin() -> AsyncIterator[Origin]:
    async with Origin() as serving:
        yield serving


def site(origin: Origin, *listeners: Document) -> list[Document]:
    return [
        manifests.gateway("web", [manifests.listener("http", HTTP), *listeners]),
        http_route("a", "web", [rule(backend("app"))]),
        service("app", origin.endpoint),
    ]


async def ask(portway: Portway, path: str, **query: str) -> httpx.Response:
    async with httpx.AsyncClient(trust_env=False, verify=False) as client:
        return await client.get(f"http://127.0.0.1:{portway.admin}{path}", params=query)


async def test_health_and_readiness_tell_apart_what_is_wrong(
    portway: Portway, origin: Origin
) -> None:
    portway.write("site", site(origin))
    await portway.address("web")
    for path in ("/healthz", "/readyz"):
        assert (await ask(portway, path)).status_code == 200
    os.kill(await EnvoyAdmin(portway.data).process_id(), signal.SIGKILL)
    reasons: Any = None

    async def unready() -> bool:
        nonlocal reasons
        answer = await ask(portway, "/readyz")
        reasons = answer.text
        return answer.status_code == 503

    await portway.until(unready, "not ready without a proxy")
    assert "the proxy is" in reasons
    assert (await ask(portway, "/healthz")).status_code == 200

    async def ready() -> bool:
        return (await ask(portway, "/readyz")).status_code == 200

    await portway.until(ready, "ready again")
    mode = (portway.data / "run" / "admin.sock").stat().st_mode
    assert stat.S_IMODE(mode) == 0o600


async def test_every_series_exists_and_moves(portway: Portway, origin: Origin) -> None:
    first = await scrape(portway.admin)
    match = [refused.huge_match()]
    bad = http_route("bad", "web", [rule(backend("app"), matches=match)])
    portway.write("site", [*site(origin), bad])
    await portway.address("web")
    os.kill(await EnvoyAdmin(portway.data).process_id(), signal.SIGKILL)

    async def moved() -> bool:
        now = await scrape(portway.admin)
        return all(now.total(name) > first.total(name) for name in MOVING)

    await portway.until(moved, "every series moved")
    await portway.address("web")
    last = await scrape(portway.admin)
    assert last.total("portway_objects", kind="HTTPRoute") == 2
    assert last.total("portway_xds_nacks_total", type="RouteConfiguration") >= 1
    assert last.total("portway_transform_failures_total") == 0
    assert "portway_transform_failures" in last.families
    assert last.total("process_resident_memory_bytes") > 0


async def test_a_steady_instance_is_a_quiet_one(portway: Portway, origin: Origin) -> None:
    portway.write("site", site(origin))
    await portway.address("web")
    log, before = await settled(portway)
    await asyncio.sleep(2)  # Not to wait for something: these two seconds are what is observed.
    after = await scrape(portway.admin)
    assert portway.log == log
    for name in MOVING:
        assert after.total(name) == before.total(name)


async def settled(portway: Portway) -> tuple[str, Scrape]:
    """The log and the counters once nothing has changed between two looks 0.2 s apart."""
    found = ("", await scrape(portway.admin))

    async def still() -> bool:
        nonlocal found
        before = found
        await asyncio.sleep(0.2)
        found = (portway.log, await scrape(portway.admin))
        turns = [each.total("portway_turns_total") for _, each in (before, found)]
        return before[0] == found[0] and turns[0] == turns[1]

    await portway.until(still, "nothing happens any more")
    return found


def secrets(authority: Authority) -> tuple[list[Document], list[bytes]]:
    """Secrets of every shape, and the keys in them: good, mismatched, opaque, and copied into the
    annotation `kubectl apply` leaves."""
    good, other = authority.certificate("a.example.com"), authority.certificate("b.example.com")
    tls = good.secret("tls")
    tls["metadata"]["annotations"] = {
        "kubectl.kubernetes.io/last-applied-configuration": str(good.secret("tls"))
    }
    mismatched = other.secret("mismatched")
    mismatched["data"]["tls.crt"] = tls["data"]["tls.crt"]
    opaque = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "opaque", "namespace": "default"},
        "stringData": {"password": PASSWORD},
    }
    return [tls, mismatched, opaque], [good.key, other.key]


def marks(keys: list[bytes]) -> list[str]:
    """Texts that give a key away: lines of its PEM, and parts of the base64 a Secret holds."""
    found = [PASSWORD, base64.b64encode(PASSWORD.encode()).decode()[:40]]
    for key in keys:
        lines = [line for line in key.decode().splitlines() if "-----" not in line]
        encoded = base64.b64encode(key).decode()
        found += [*(line[:40] for line in lines), *re.findall(".{40}", encoded)[1:]]
    return [mark for mark in found if len(mark) >= 24]


async def command(*words: str) -> str:
    """What a command of Portway prints, both streams."""
    program = Path(sys.executable).with_name("portway")
    process = await asyncio.create_subprocess_exec(
        program, *words, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    output, _ = await process.communicate()
    return output.decode()


async def test_no_output_ever_shows_a_key(
    portway: Portway, origin: Origin, authority: Authority
) -> None:
    documents, keys = secrets(authority)
    listeners = [
        manifests.listener("tls", HTTPS, protocol="HTTPS", hostname="a.example.com", secret="tls"),
        manifests.listener(
            "bad", HTTPS, protocol="HTTPS", hostname="b.example.com", secret="mismatched"
        ),
    ]
    odd = refused.secret("odd", "c.example.com")
    refusing = manifests.listener(
        "odd", HTTPS, protocol="HTTPS", hostname="c.example.com", secret="odd"
    )
    portway.write("site", [*site(origin, *listeners, refusing), *documents, odd])
    keys.append(base64.b64decode(odd["data"]["tls.key"]))
    await portway.address("web")
    # Broken in the middle of a key, and a key where a name belongs.
    text = manifests.to_yaml([documents[0]])
    (portway.folder / "torn.yaml").write_text(text.replace("tls.key: ", "tls.key: [", 1))
    (portway.folder / "wrong.yaml").write_text(
        "apiVersion: v1\nkind: Secret\nmetadata: {name: wrong}\ndata:\n  tls.key: |\n"
        + "".join(f"    {line}\n" for line in keys[0].decode().splitlines())
    )

    async def reported() -> bool:
        document = await portway.status()
        return len(document["problems"]) >= 2 and len(document["refused"]) == 1

    await portway.until(reported, "both broken files and the refused certificate are reported")
    outputs = {path: (await ask(portway, path)).text for path in ADMIN_PATHS}
    url = "https://a.example.com/x"
    outputs["/explain"] = (await ask(portway, "/explain", url=url)).text
    data, folder = ("--data", str(portway.data), "--name", "test"), str(portway.folder)
    commands: list[tuple[str, ...]] = [
        ("status", "-o", "yaml", *data),
        ("explain", url, *data),
        ("explain", "-f", folder, url),
        ("translate", folder),
        ("translate", "-o", "json", folder),
        ("check", folder),
    ]
    for words in commands:
        outputs[" ".join(words[:3])] = await command(*words)
    outputs["log"] = portway.log
    outputs["envoy log"] = (portway.data / "run" / "envoy.log").read_text()
    outputs["envoy config"] = await EnvoyAdmin(portway.data).get("/config_dump")

    assert "secret/default/tls" in outputs["/config"]
    assert '"opaque"' in outputs["/objects"]
    assert '"private_key":{"inline_bytes":"[redacted]"}' in outputs["/config"]
    for name, output in outputs.items():
        shown = [mark for mark in marks(keys) if mark in output]
        assert not shown, f"{name} shows a key"
        assert output or name in ("envoy log",), f"{name} is empty"
    # What outlives a restart holds keys, and is the owner's alone.
    assert stat.S_IMODE(portway.data.stat().st_mode) == 0o700
    holding = [file for file in portway.data.rglob("*") if holds(file, marks(keys))]
    assert {file.name for file in holding} >= {"last-good.json"}
    assert all(stat.S_IMODE(file.stat().st_mode) == 0o600 for file in holding)


def holds(file: Path, marks: list[str]) -> bool:
    text = file.read_text(errors="replace") if file.is_file() else ""
    return any(mark in text for mark in marks)


ADMIN_PATHS = ("/status", "/config", "/objects", "/metrics", "/readyz")


async def test_what_it_shows_is_what_it_serves(portway: Portway, origin: Origin) -> None:
    portway.write("site", site(origin))
    address = await portway.address("web")
    config = (await ask(portway, "/config")).json()["resources"]
    kinds = {each["type"].rsplit(".", 1)[1] for each in config}
    assert kinds == {"Cluster", "ClusterLoadAssignment", "Listener", "RouteConfiguration"}
    objects = (await ask(portway, "/objects")).json()["objects"]
    assert {each["kind"] for each in objects} == {
        *("Gateway", "GatewayClass", "HTTPRoute", "Namespace", "Service")
    }
    status = await portway.object_status("GatewayClass", "portway", "")
    assert condition(status, "Accepted") == "True"
    answer = (await ask(portway, "/explain", url=f"http://b.example.com:{HTTP}/x")).json()
    assert "HTTPRoute" in str(answer)
    async with http.client(address, ports={80: HTTP}) as client:
        assert (await client.get("http://b.example.com/x")).status_code == 200
