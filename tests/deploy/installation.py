"""A controller as the Deployment starts it, and an API in this process with objects of every kind.

Knows the rendered manifests: arguments, rules. Between the two is whatever a test puts there.
"""

import asyncio
import contextlib
import ipaddress
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import yaml

from portway.adapters.apiserver.http.server import ApiServer
from portway.adapters.apiserver.kinds.kind import Kind
from portway.adapters.apiserver.store.objects import ObjectStore
from portway.adapters.apiserver.store.options import DeleteOptions, WriteOptions
from portway.app.statuses import KINDS
from tests.deploy import charts
from tests.deploy.authorizer import Authorizer, permissions
from tests.wire.harness import ports, processes

ACCOUNT = "portway"
SECONDS = 60.0
EVERY_KIND = (Path(__file__).parent / "every_kind.yaml").read_text()


class Installation:
    """An API with objects in it, behind the rules of one render."""

    def __init__(
        self,
        rendered: Sequence[dict[str, Any]],
        without: Collection[str] = (),
        around: Callable[[Any], Any] = lambda app: app,
    ) -> None:
        """``without`` some of the Deployment's arguments; ``around``: what is put between the
        rules and the API."""
        self.store = ObjectStore()
        self.store.start()
        (deployment,) = charts.of_kind(rendered, "Deployment")
        container = deployment["spec"]["template"]["spec"]["containers"][0]
        self.arguments: list[str] = [each for each in container["args"] if each not in without]
        self._around = around
        self.name = self.told("controller-name")
        """Of the controller, in statuses."""
        self.allowed = permissions(rendered, ACCOUNT)
        self.folder = Path(tempfile.mkdtemp(prefix="portway-test-"))
        self.authorizer: Authorizer

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[ApiServer]:
        server = ApiServer(self.store, self.folder)
        self.authorizer = Authorizer(self._around(server._app), self.allowed)
        server._app = self.authorizer  # type: ignore[assignment]
        async with asyncio.TaskGroup() as group:
            task = group.create_task(server.run())
            await server.listening.wait()
            try:
                yield server
            finally:
                task.cancel()
                self.store.close()
                shutil.rmtree(self.folder)

    def told(self, option: str) -> str:
        """The value of an option of the Deployment."""
        marked = f"--{option}="
        return next(each.removeprefix(marked) for each in self.arguments if each.startswith(marked))

    def kind(self, kind: str) -> Kind:
        return next(each for each in self.store.kinds.values() if each.kind == kind)

    def create(self, document: dict[str, Any], namespace: str) -> None:
        kind = self.kind(document["kind"])
        options = WriteOptions(api_version=document["apiVersion"])
        self.store.create(kind, namespace if kind.namespaced else "", document, options)

    def make_namespace(self, name: str) -> None:
        self.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}, "")

    def fill(self, namespace: str, gateway_class: str) -> None:
        """One object of every kind."""
        self.make_namespace(namespace)
        for each in yaml.safe_load_all(EVERY_KIND.replace("CLASS", gateway_class)):
            self.create(each, namespace)

    def get(self, kind: str, name: str, namespace: str = "") -> dict[str, Any] | None:
        """An object; None if there is none."""
        found = self.store.tables.tables[self.kind(kind).key].get(namespace, name)
        return None if found is None else found.document

    def replace(self, document: dict[str, Any]) -> None:
        """Put a document in the place of the one of its name, whoever has changed that since."""
        kept = document["metadata"].items()
        metadata = {key: value for key, value in kept if key != "resourceVersion"}
        document = {**document, "metadata": metadata}
        options = WriteOptions(api_version=document["apiVersion"])
        kind = self.kind(document["kind"])
        self.store.update(kind, metadata["namespace"], metadata["name"], document, options)

    def delete(self, kind: str, name: str, namespace: str = "") -> None:
        self.store.delete(self.kind(kind), namespace, name, DeleteOptions())

    def spoken_of(self) -> set[tuple[str, str]]:
        """Kinds and namespaces of the objects that have a status of ours."""
        return {
            (kind, each.namespace)
            for kind in KINDS
            for each in self.store.tables.typed[kind].listed("")
            if self.name in repr(each.document.get("status"))
            or (kind in ("GatewayClass", "Gateway", "ListenerSet") and _judged(each.document))
        }

    @asynccontextmanager
    async def controller(self, kubeconfig: Path, name: str) -> AsyncIterator[Path]:
        """The controller, as the Deployment starts it; the path of its log."""
        home = self.folder / name
        home.mkdir()
        probes = ports.free_port()
        put_in = {
            "/run/portway": str(home),
            "0.0.0.0:18001": f"127.0.0.1:{probes}",
            "0.0.0.0:18000": f"127.0.0.1:{ports.free_port()}",
            "$(POD_IP)": str(ipaddress.ip_network(ports.loopback_range())[1]),
        }
        words = [replaced(each, put_in) for each in self.arguments]
        program = str(Path(sys.executable).with_name("portway"))
        log = home / "log"
        process = await processes.start(
            (program, *words, f"--kubeconfig={kubeconfig}", "--drain-time=1"), log
        )
        try:
            await until(lambda: is_ready(probes), "ready", log)
            yield log
        finally:
            await processes.end(process)
            processes.kill_naming(home)


def _judged(document: dict[str, Any]) -> bool:
    conditions = document.get("status", {}).get("conditions", ())
    return any(each["type"] == "Accepted" and each["reason"] != "Pending" for each in conditions)


def replaced(text: str, put_in: dict[str, str]) -> str:
    """A text with some parts of it put in the place of others."""
    for old, new in put_in.items():
        text = text.replace(old, new)
    return text


def text(path: Path) -> str:
    return path.read_text(errors="replace") if path.exists() else ""


async def is_ready(port: int) -> bool:
    """Whether the probes of a port say so."""
    async with httpx.AsyncClient(verify=False, trust_env=False) as http:
        with contextlib.suppress(httpx.TransportError):
            return (await http.get(f"http://127.0.0.1:{port}/readyz")).status_code == 200
    return False


async def until(holds: Callable[[], Awaitable[bool]], what: str, log: Path) -> None:
    loop = asyncio.get_running_loop()
    last = loop.time() + SECONDS
    while not await holds():
        assert loop.time() < last, f"not within {SECONDS} s: {what}\n{text(log)}"
        await asyncio.sleep(0.05)
