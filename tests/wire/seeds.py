"""What the tests of the published guides share: their manifests, a client, and a look at statuses.

The manifests are those of `examples/`, object for object; a test changes what its docstring says
and where the backends are. Knows curl and `portway status` as a reader of a guide uses them. Must
not import the product.
"""

import asyncio
import json
import re
import shutil
import ssl
import sys
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import yaml

from examples import make_certificates
from tests.wire.harness import http
from tests.wire.harness.manifests import Document
from tests.wire.harness.portway import Portway, find_status

EXAMPLES = Path(make_certificates.__file__).parent
GENERATED = make_certificates.SECRETS
_CURL = shutil.which("curl")
PYTHON = sys.executable


def documents(example: str, *, endpoints: Mapping[str, str] | None = None) -> list[Document]:
    """Every object of an example.

    Args:
        endpoints: Service name to the `address:port` that stands in for its endpoints.
    """
    found: list[Document] = []
    for file in sorted((EXAMPLES / example).glob("*.yaml")):
        if file.name != GENERATED:
            found += [each for each in yaml.safe_load_all(file.read_text()) if each]
    for name, endpoint in (endpoints or {}).items():
        put(found, name, endpoint)
    return found


def put(objects: Iterable[Document], service: str, endpoint: str) -> None:
    """Moves a Service's endpoints."""
    for each in objects:
        if (each["kind"], each["metadata"]["name"]) == ("Service", service):
            each["metadata"].setdefault("annotations", {})["portway.dev/endpoints"] = endpoint
        labels = each["metadata"].get("labels", {})
        if each["kind"] == "EndpointSlice" and labels["kubernetes.io/service-name"] == service:
            address, _, port = endpoint.rpartition(":")
            each["endpoints"][0]["addresses"] = [address]
            each["ports"][0]["port"] = int(port)


def pick(objects: Iterable[Document], kind: str, name: str = "") -> Document:
    """The object of a kind, or the one with that name."""
    return next(
        each for each in objects if each["kind"] == kind and name in ("", each["metadata"]["name"])
    )


def without(objects: Iterable[Document], *kinds: str) -> list[Document]:
    """The objects of all other kinds."""
    return [each for each in objects if each["kind"] not in kinds]


class Reply(NamedTuple):
    """What a client got: status, body as text, HTTP version ("1.1", "2")."""

    status: int
    body: str
    version: str

    @property
    def json(self) -> Any:
        """The body, None when it is not JSON."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None


async def get(
    url: str,
    *,
    host: str = "",
    at: str = "",
    port: int = 0,
    trust: Path | None = None,
    data: str = "",
) -> Reply:
    """Asks as the guides do: with curl, or, where there is none, with a client that does the same.

    Args:
        host: a Host header of its own.
        at, port: connect there whatever the URL says (DNS that points at the Gateway).
        trust: the authority's certificate as a file.
        data: JSON to post.
    """
    headers = {"Host": host} if host else {}
    if data:
        headers["Content-Type"] = "application/json"
    if _CURL is None:
        return await _ask(url, headers, at, port, trust, data)
    words = [_CURL, "--silent", "--show-error", "--max-time", "10", "--noproxy", "*", url]
    words += ["--write-out", "\n%{http_code} %{http_version}"]
    for name, value in headers.items():
        words += ["--header", f"{name}: {value}"]
    words += ["--connect-to", f"::{at}:{port}"] if at else []
    words += ["--cacert", str(trust)] if trust else []
    words += ["--data", data] if data else []
    code, text, problem = await command(*words)
    if code:
        raise ConnectionError(f"curl ended with {code}: {problem}")
    body, _, last = text.rpartition("\n")
    status, version = last.split(" ")
    return Reply(int(status), body, version)


async def _ask(
    url: str, headers: dict[str, str], at: str, port: int, trust: Path | None, data: str
) -> Reply:
    where = httpx.URL(url)
    asked = where.port or (443 if where.scheme == "https" else 80)
    tls = ssl.create_default_context(cafile=str(trust)) if trust else None
    async with http.client(at or where.host, ports={asked: port or asked}, tls=tls) as client:
        method = "POST" if data else "GET"
        answer = await client.request(method, url, headers=headers, content=data.encode() or None)
        return Reply(answer.status_code, answer.text, answer.http_version.removeprefix("HTTP/"))


async def command(*words: str) -> tuple[int, str, str]:
    """Runs a command to its end; returns exit status and both outputs."""
    process = await asyncio.create_subprocess_exec(
        *words,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(30):
        output, problem = await process.communicate()
    assert process.returncode is not None
    return process.returncode, output.decode(), problem.decode()


async def portway_command(*words: str) -> tuple[int, str]:
    """Runs `portway WORDS`; returns exit status and standard output, errors appended."""
    executable = str(Path(sys.executable).with_name("portway"))
    code, output, problem = await command(executable, *words)
    return code, output + problem


async def table(portway: Portway, *words: str) -> list[dict[str, str]]:
    """The rows of `portway status WORDS`, by column, as somebody sees them on a terminal."""
    asked = ("status", *words, "--data", str(portway.data), "--name", "test")
    code, text = await portway_command(*asked)
    assert code == 0, text
    head, *rows = text.partition("\n\n")[0].splitlines()
    columns = [(found.start(), found.group()) for found in re.finditer(r"\S+", head)]
    ends = [start for start, _ in columns[1:]] + [None]
    return [
        {name: row[start:end].strip() for (start, name), end in zip(columns, ends, strict=True)}
        for row in rows
        if row
    ]


Conditions = dict[str, tuple[str, str]]


def conditions(status: Mapping[str, Any] | None) -> Conditions:
    """Condition type to (status, reason)."""
    found = (status or {}).get("conditions") or ()
    return {each["type"]: (each["status"], each["reason"]) for each in found}


async def gateway(portway: Portway, key: str) -> tuple[Conditions, dict[str, Any]]:
    """The conditions of a Gateway (`namespace/name`), and its listeners' statuses by name."""
    namespace, name = key.split("/")
    status = await portway.object_status("Gateway", name, namespace) or {}
    return conditions(status), {each["name"]: each for each in status.get("listeners") or ()}


async def route(portway: Portway, key: str) -> Conditions:
    """The conditions of an HTTPRoute with one parent of ours; empty while it has none."""
    namespace, name = key.split("/")
    status = await portway.object_status("HTTPRoute", name, namespace) or {}
    parents = status.get("parents") or ()
    return conditions(parents[0]) if parents else {}


async def serving(portway: Portway, gateways: Sequence[str], routes: Sequence[str]) -> None:
    """Waits until all of them are programmed, accepted and resolved."""

    async def all_well() -> bool:
        document = await portway.status()
        for kind, keys in (("Gateway", gateways), ("HTTPRoute", routes)):
            for key in keys:
                namespace, name = key.split("/")
                status = find_status(document, kind, name, namespace) or {}
                about = [status] if kind == "Gateway" else status.get("parents") or [{}]
                wanted = "Programmed" if kind == "Gateway" else "ResolvedRefs"
                for each in about:
                    seen = conditions(each)
                    if any(seen.get(t, ("",))[0] != "True" for t in ("Accepted", wanted)):
                        return False
        return True

    await portway.until(all_well, f"{[*gateways, *routes]} are served")


async def until_route(portway: Portway, key: str, kind: str, reason: str) -> None:
    """Waits until a condition of an HTTPRoute has a reason."""

    async def has() -> bool:
        return (await route(portway, key)).get(kind, ("", ""))[1] == reason

    await portway.until(has, f"HTTPRoute {key} {kind}: {reason}")


async def until_listener(portway: Portway, key: str, listener: str, **wanted: str) -> None:
    """Waits until a listener's conditions have these statuses (`Programmed="True"`)."""

    async def has() -> bool:
        _, listeners = await gateway(portway, key)
        seen = conditions(listeners.get(listener))
        return all(seen.get(kind, ("",))[0] == status for kind, status in wanted.items())

    await portway.until(has, f"Gateway {key}, listener {listener}: {wanted}")


async def until_reply(
    portway: Portway, ask: Callable[[], Awaitable[Reply]], status: int, service: str = ""
) -> None:
    """Asks until the answer has a status (and comes from a service); one is refused: status 0."""

    async def has() -> bool:
        try:
            reply = await ask()
        except (OSError, httpx.TransportError):
            return status == 0
        return reply.status == status and service in ("", (reply.json or {}).get("service"))

    await portway.until(has, f"answer {status} {service}")


async def where(portway: Portway, key: str, port: int) -> tuple[str, int]:
    """Address and port of a programmed Gateway, as its status tells them."""
    namespace, name = key.split("/")
    address = await portway.address(name, namespace)
    status = await portway.object_status("Gateway", name, namespace)
    words = " ".join(each["message"] for each in status["conditions"])
    moved = re.search(rf"Port {port} is bound as (\d+)", words)
    return address, int(moved.group(1)) if moved else port


async def known(portway: Portway, kind: str, name: str) -> None:
    """Waits until the instance has read an object (whatever it makes of it)."""

    async def has() -> bool:
        url = f"http://127.0.0.1:{portway.admin}/objects"
        async with httpx.AsyncClient(trust_env=False, verify=False) as client:
            found = (await client.get(url)).json()["objects"]
        return any((each["kind"], each["metadata"]["name"]) == (kind, name) for each in found)

    await portway.until(has, f"{kind} {name} was read")
