"""``pods/NAME/log``: the output of a container, which only the node that runs it has.

Knows how an API server asks a node: the Pod says which node, the Node says where its endpoint is,
the endpoint answers ``/containerLogs/NAMESPACE/POD/CONTAINER``. Must not know who runs nodes:
Portway runs none, whoever does (a test harness) writes the Node. A Node is what some client wrote,
so only loopback addresses are asked: the API reaches nothing that its clients could not reach.
As with any API server that is not told otherwise, the node's certificate is not verified.
"""

import asyncio
import http.client
import ipaddress
import ssl
from typing import Final, NamedTuple
from urllib.parse import quote, urlencode

from portway.adapters.apiserver.http.path import Target
from portway.adapters.apiserver.http.query import Query
from portway.adapters.apiserver.http.resources import Answer
from portway.adapters.apiserver.problem import Document, Refused, bad_request, not_found
from portway.adapters.apiserver.store.objects import ObjectStore

MAX_BYTES: Final = 64 * 1024 * 1024
_SECONDS: Final = 10.0
_PASSED_ON: Final = (
    "sinceTime",
    "sinceSeconds",
    "tailLines",
    "timestamps",
    "limitBytes",
    "previous",
)


class Place(NamedTuple):
    """Where a container's output is."""

    host: str
    port: int
    path: str


def asks(method: str, target: Target) -> bool:
    """Whether a request is for the output of a Pod."""
    pod = (target.group, target.version, target.plural, target.subresource)
    return method == "GET" and pod == ("", "v1", "pods", "log") and bool(target.namespace)


async def answer(store: ObjectStore, target: Target, query: Query) -> Answer:
    """The output as text, at most MAX_BYTES of it.

    Raises Refused: 400 for a container there is not, 404 for a Pod there is not, 502 if the node
    does not answer.
    """
    if query.flag("follow"):
        raise bad_request("follow is not served: ask again with sinceTime")
    place = _place(store, target, query)
    try:
        code, body = await asyncio.to_thread(_fetch, place)
    except (OSError, http.client.HTTPException) as error:
        message = f"the node at {place.host}:{place.port} does not answer: {error}"
        raise Refused(502, "InternalError", message) from None
    if code != 200:
        said = body[:500].decode(errors="replace").strip()
        raise Refused(502, "InternalError", f"the node answers {code}: {said}")
    return Answer(200, body, content_type="text/plain")


def _place(store: ObjectStore, target: Target, query: Query) -> Place:
    pods, nodes = store.kind("", "v1", "pods"), store.kind("", "v1", "nodes")
    assert pods is not None
    assert nodes is not None
    spec = store.writer.get(pods, target.namespace, target.name).document.get("spec") or {}
    container = _container(target.name, spec, query.text("container"))
    name = str(spec.get("nodeName") or "")
    if not name:
        raise bad_request(f'pod "{target.name}" is not on a node yet')
    node = store.tables.tables[nodes.key].get("", name)
    if node is None:
        raise not_found(nodes, name)
    host, port = _endpoint(name, node.document.get("status") or {})
    path = "/containerLogs/" + "/".join(
        quote(each, safe="") for each in (target.namespace, target.name, container)
    )
    passed = {each: query.text(each) for each in _PASSED_ON if query.given(each)}
    return Place(host, port, f"{path}?{urlencode(passed)}" if passed else path)


def _container(pod: str, spec: Document, wanted: str) -> str:
    listed = spec.get("containers")
    each_of = listed if isinstance(listed, list) else []
    names = [str(each.get("name")) for each in each_of if isinstance(each, dict)]
    if not wanted and len(names) == 1:
        return names[0]
    if wanted in names:
        return wanted
    told = ", ".join(names)
    if not wanted:
        raise bad_request(
            f"a container name must be specified for pod {pod}, choose one of: [{told}]"
        )
    raise bad_request(f"container {wanted} is not valid for pod {pod}, choose one of: [{told}]")


def _endpoint(name: str, status: Document) -> tuple[str, int]:
    """Where the node says that it is. Raises Refused."""
    try:
        (host,) = (each["address"] for each in status["addresses"] if each["type"] == "InternalIP")
        port = status["daemonEndpoints"]["kubeletEndpoint"]["Port"]
        loopback = ipaddress.ip_address(host).is_loopback
    except (KeyError, TypeError, ValueError):
        loopback, host, port = False, "", 0
    if not loopback or not isinstance(port, int) or not 0 < port < 65536:
        message = (
            f'node "{name}" has no endpoint that is asked: its status needs one address of type '
            "InternalIP, on loopback, and daemonEndpoints.kubeletEndpoint.Port"
        )
        raise Refused(502, "InternalError", message)
    return host, port


def _fetch(place: Place) -> tuple[int, bytes]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    connection = http.client.HTTPSConnection(
        place.host, place.port, timeout=_SECONDS, context=context
    )
    try:
        connection.request("GET", place.path)
        response = connection.getresponse()
        return response.status, response.read(MAX_BYTES)
    finally:
        connection.close()
