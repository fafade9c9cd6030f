"""Manifests, written as text: routes of the probe, apps, and whole sites.

Knows Gateway API objects and files. Must not know what is measured. Ten thousand objects through a
YAML library would take longer than what is measured, so these are templates; a file is replaced in
one step, as an editor or a config map does.
"""

from collections.abc import Callable, Iterable
from pathlib import Path

GATEWAY = "bench"
PORT = 8080
MARKER = "marker.bench.example"
"""A host that answers 200 at `/` as soon as a site is served."""

PER_FILE = 100
_ROUTE = """\
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {{name: {name}, namespace: default}}
spec:
  parentRefs:
  - name: {gateway}
  hostnames:
  - {host}
  rules:
"""


def put(path: Path, text: str) -> None:
    """Writes a file in one step."""
    stage(path, text)()


def stage(path: Path, text: str) -> Callable[[], object]:
    """Prepares a file; calling what comes back puts it in place, which is all that takes time."""
    fresh = path.with_name(f".{path.name}.fresh")
    fresh.write_text(text, encoding="utf-8")
    return lambda: fresh.replace(path)


def documents(*texts: str) -> str:
    """Several objects in one file."""
    return "---\n".join(texts)


def site(folder: Path, endpoint: str, *listeners: str) -> None:
    """A Gateway with one HTTP listener and `listeners`, Service `origin`, the marker's route."""
    folder.mkdir(parents=True, exist_ok=True)
    objects = (
        gateway(GATEWAY, listener("http", PORT), *listeners),
        service("origin", endpoint),
        forward("marker", MARKER, ["/"], "origin"),
    )
    put(folder / "site.yaml", documents(*objects))


def gateway(name: str, *listeners: str) -> str:
    """A Gateway."""
    return f"""\
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {{name: {name}, namespace: default}}
spec:
  gatewayClassName: portway
  listeners:
{"".join(listeners)}"""


def listener(name: str, port: int, host: str = "", secret: str = "") -> str:
    """One listener of a Gateway; `secret` makes it HTTPS."""
    protocol = "HTTPS" if secret else "HTTP"
    text = f"  - name: {name}\n    protocol: {protocol}\n    port: {port}\n"
    if host:
        text += f"    hostname: {host}\n"
    if secret:
        text += f"    tls: {{mode: Terminate, certificateRefs: [{{name: {secret}}}]}}\n"
    return text


def service(name: str, endpoint: str) -> str:
    """A Service with one endpoint."""
    return f"""\
apiVersion: v1
kind: Service
metadata:
  name: {name}
  namespace: default
  annotations: {{portway.dev/endpoints: "{endpoint}"}}
spec:
  ports: [{{name: main, port: 80}}]
"""


def forward(
    name: str,
    host: str,
    paths: Iterable[str],
    backend: str,
    *,
    kind: str = "PathPrefix",
    parent: str = GATEWAY,
) -> str:
    """An HTTPRoute with a rule for each path, all to one Service."""
    rules = "".join(
        f"  - matches: [{{path: {{type: {kind}, value: {path}}}}}]\n"
        f"    backendRefs: [{{name: {backend}, port: 80}}]\n"
        for path in paths
    )
    return _ROUTE.format(name=name, gateway=parent, host=host) + rules


def probe_host(name: str) -> str:
    """The host of a probe's route."""
    return f"{name}.example.com"


def probe_route(name: str, backend: str = "origin") -> str:
    """A route with a host of its own: a path that leads somewhere, and a rest that does not."""
    head = _ROUTE.format(name=name, gateway=GATEWAY, host=probe_host(name))
    return f"""{head}\
  - matches: [{{path: {{type: PathPrefix, value: /{name}}}}}]
    filters:
    - type: RequestHeaderModifier
      requestHeaderModifier: {{set: [{{name: x-probe, value: {name}}}]}}
    backendRefs: [{{name: {backend}, port: 80}}]
  - matches: [{{path: {{type: PathPrefix, value: /}}}}]
    filters:
    - type: ResponseHeaderModifier
      responseHeaderModifier: {{set: [{{name: x-rest, value: {name}}}]}}
    backendRefs: [{{name: nowhere, port: 80}}]
"""


def probe_routes(folder: Path, count: int) -> None:
    """`count` routes like a probe's, a hundred to a file."""
    many(folder, "route", (probe_route(f"r{number}") for number in range(count)))


def many(folder: Path, stem: str, objects: Iterable[str]) -> None:
    """Objects in files of a hundred."""
    folder.mkdir(parents=True, exist_ok=True)
    batch: list[str] = []
    number = 0
    for each in objects:
        batch.append(each)
        if len(batch) == PER_FILE:
            put(folder / f"{stem}-{number:05}.yaml", documents(*batch))
            batch, number = [], number + 1
    if batch:
        put(folder / f"{stem}-{number:05}.yaml", documents(*batch))


def app_host(number: int) -> str:
    """The host of an app."""
    return f"app-{number}.bench.example"


def app(number: int, port: int, *, path: str = "/", endpoints: int = 1) -> str:
    """An HTTPRoute, a Service and an EndpointSlice; the endpoints are 127.0.0.1, 127.0.0.2, ..."""
    name = f"app-{number}"
    addresses = "".join(
        f"- addresses: [127.0.0.{last}]\n  conditions: {{ready: true}}\n"
        for last in range(1, endpoints + 1)
    )
    return documents(
        forward(name, app_host(number), [path], name),
        f"""\
apiVersion: v1
kind: Service
metadata: {{name: {name}, namespace: default}}
spec:
  selector: {{app: {name}}}
  ports: [{{name: main, port: 80}}]
""",
        f"""\
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata:
  name: {name}
  namespace: default
  labels: {{kubernetes.io/service-name: {name}}}
addressType: IPv4
ports: [{{name: main, port: {port}}}]
endpoints:
{addresses}""",
    )


def app_file(folder: Path, number: int) -> Path:
    """Where an app is."""
    return folder / f"app-{number:05}.yaml"


def apps(folder: Path, count: int, port: int) -> None:
    """`count` apps, a file each."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        app_file(folder, number).write_text(app(number, port), encoding="utf-8")
