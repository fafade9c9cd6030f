"""A site made by hand from model values, so that explain is tested without any translation; and a
real Envoy with one static listener, to compare with."""

import contextlib
import http.client
import json
import socket
import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from portway.adapters.envoy import binary
from portway.core import model

GATEWAY = model.ObjectKey("Gateway", "infra", "edge")


@dataclass
class Site:
    """Satisfies `View`. Ports and virtual hosts follow from what was added."""

    addresses: tuple[str, ...] = ("127.0.0.2",)
    hidden: frozenset[int] = frozenset()
    listeners: list[model.Listener] = field(default_factory=list)
    found: dict[model.ObjectKey, model.RouteRules] = field(default_factory=dict)
    attached: dict[model.ObjectKey, model.Attachment] = field(default_factory=dict)
    ready: dict[model.ClusterKey, model.Endpoints] = field(default_factory=dict)
    clusters: dict[model.ClusterKey, model.Cluster] = field(default_factory=dict)
    routes4: dict[model.ObjectKey, model.L4Route] = field(default_factory=dict)
    places4: dict[model.L4Key, model.L4Place] = field(default_factory=dict)
    pools4: dict[model.L4Key, model.L4Pool] = field(default_factory=dict)

    def listener(
        self, name: str, port: int, hostname: str = "", protocol: str = "HTTP", serving: bool = True
    ) -> model.ListenerKey:
        key = model.ListenerKey(GATEWAY, GATEWAY, name)
        allowed = model.AllowedRoutes((model.RouteKind("gateway.networking.k8s.io", "HTTPRoute"),))
        self.listeners.append(
            model.Listener(key, port, protocol, hostname, allowed, serving=serving)
        )
        return key

    def route(
        self,
        name: str,
        hosts: Mapping[model.ListenerKey, tuple[str, ...]],
        *rules: model.Rule,
        created: str = "2026-01-01T00:00:00Z",
        finding: model.Finding | None = None,
    ) -> model.ObjectKey:
        key = model.ObjectKey("HTTPRoute", "apps", name)
        self.found[key] = model.RouteRules(key, created, rules)
        parent = model.ParentAttachment(0, GATEWAY, tuple(hosts.items()), finding)
        self.attached[key] = model.Attachment(key, (parent,))
        return key

    def service(self, name: str, *endpoints: str) -> model.ClusterKey:
        key = model.ClusterKey("Service", "apps", name, 80, "http")
        places = tuple(model.Endpoint(each, 8080) for each in endpoints)
        self.ready[key] = model.Endpoints(key, places)
        return key

    # -- View ------------------------------------------------------------------------------

    def gateways(self) -> Iterable[model.Gateway]:
        return (model.Gateway(GATEWAY, 1, "portway", tuple(self.listeners)),)

    def ports(self, gateway: model.ObjectKey) -> Iterable[model.Port]:
        for port in sorted({each.port for each in self.listeners} - self.hidden):
            here = tuple(each for each in self.listeners if each.port == port)
            key = model.PortKey(gateway, port)
            bound = port + 8000 if port < 1024 else port
            yield model.Port(key, here[0].protocol, self.addresses, bound, here)

    def virtual_hosts(self, table: model.TableKey) -> Mapping[str, model.VirtualHost]:
        entries: dict[str, list[model.HostRoute]] = {}
        scheme = "https" if table.listener else "http"
        for each in self.listeners:
            if each.port == table.port and table.listener in ("", each.name):
                entries.setdefault(each.hostname or "*", [])
        for key, rules in sorted(self.found.items(), key=lambda item: item[1].created):
            for parent in self.attached[key].parents:
                for listener, domains in parent.hosts if parent.finding is None else ():
                    if not self._in(listener, table):
                        continue
                    for domain in domains:
                        entries.setdefault(domain, []).extend(
                            model.HostRoute(key, rule, match)
                            for rule in rules.rules
                            for match in rule.matches
                        )
        return {
            domain: model.VirtualHost(
                domain, table.port, scheme, tuple(sorted(routes, key=lambda r: r.match.rank()))
            )
            for domain, routes in entries.items()
        }

    def _in(self, listener: model.ListenerKey, table: model.TableKey) -> bool:
        found = next(each for each in self.listeners if each.key == listener)
        return found.port == table.port and table.listener in ("", found.name)

    def routes(self) -> Iterable[model.ObjectKey]:
        return self.found

    def attachment(self, route: model.ObjectKey) -> model.Attachment | None:
        return self.attached.get(route)

    def rules(self, route: model.ObjectKey) -> model.RouteRules | None:
        return self.found.get(route)

    def cluster(self, key: model.ClusterKey) -> model.Cluster | None:
        return self.clusters.get(key)

    def tls_policies(self) -> Iterable[model.TLSPolicy]:
        return ()

    def externals(self) -> tuple[model.External, ...]:
        return ()

    def tls_findings(self, policy: model.ObjectKey) -> Iterable[model.Finding]:
        return ()

    def layer4(self, route: model.ObjectKey) -> model.L4Route | None:
        return self.routes4.get(route)

    def places(self) -> Iterable[model.L4Place]:
        return self.places4.values()

    def place(self, key: model.L4Key) -> model.L4Place | None:
        return self.places4.get(key)

    def pool(self, key: model.L4Key) -> model.L4Pool | None:
        return self.pools4.get(key)

    def endpoints(self, cluster: model.ClusterKey) -> model.Endpoints | None:
        return self.ready.get(cluster)


@pytest.fixture
def site() -> Site:
    return Site()


@pytest.fixture
def envoy(tmp_path: Path) -> Iterator[Callable[[Mapping[str, Any]], int]]:
    """Starts an Envoy with one listener and returns the port the kernel chose for it."""
    started: list[subprocess.Popen[bytes]] = []
    admin = tmp_path / "admin.sock"

    def start(listener: Mapping[str, Any]) -> int:
        config = {
            "admin": {"address": {"pipe": {"path": str(admin)}}},
            "static_resources": {"listeners": [listener]},
        }
        (tmp_path / "envoy.json").write_text(json.dumps(config))
        command = [
            str(binary.locate().path), "-c", str(tmp_path / "envoy.json"), "--concurrency", "1",
            "--disable-hot-restart", "-l", "error",
        ]  # fmt: skip
        with (tmp_path / "envoy.log").open("wb") as log:
            started.append(subprocess.Popen(command, stdout=log, stderr=log))
        return _port(admin, started[0])

    yield start
    for process in started:
        process.terminate()
        process.wait(10)


def _port(admin: Path, process: subprocess.Popen[bytes]) -> int:
    """The port the kernel chose, asked of the admin socket as soon as it answers."""
    for _ in range(200):
        assert process.poll() is None, "Envoy ended"
        with contextlib.suppress(OSError):
            return _listener_port(admin)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.05)
    raise AssertionError("Envoy did not start")


def _listener_port(admin: Path) -> int:
    """Raises OSError while there is nobody, or no listener, to ask."""
    with contextlib.closing(_AdminConnection(admin)) as connection:
        connection.request("GET", "/listeners?format=json")
        statuses = json.loads(connection.getresponse().read()).get("listener_statuses")
    if not statuses:
        raise OSError("no listener yet")
    port: int = statuses[0]["local_address"]["socket_address"]["port_value"]
    return port


class _AdminConnection(http.client.HTTPConnection):
    """HTTP over a unix socket."""

    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=5)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(5)
        self.sock.connect(str(self._path))
