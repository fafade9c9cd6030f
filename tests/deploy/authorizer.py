"""Role-based access control in front of an API: exactly some rules, and a record of their use.

Knows what RBAC says of a request (Kubernetes: "Authorization", "Using RBAC Authorization"): verbs,
groups, resources with their subresources, names, and that a list of one name counts as that name.
It is an ASGI application around another one.
"""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, MutableMapping
from typing import Any, NamedTuple
from urllib.parse import parse_qs

import msgspec

from portway.adapters.apiserver.http.path import parse

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

_VERBS = {"POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}


class Request(NamedTuple):
    """What a request is in the words of RBAC; ``resource`` with its subresource."""

    verb: str
    group: str
    resource: str
    namespace: str = ""
    name: str = ""


class Permission(NamedTuple):
    """One verb of one resource: what rules are made of. ``place`` is the namespace that it counts
    in, empty: all, and what is in none."""

    place: str
    verb: str
    group: str
    resource: str
    names: tuple[str, ...] = ()

    def allows(self, request: Request) -> bool:
        """Whether it is enough."""
        return (
            self.place in ("", request.namespace)
            and (self.verb, self.group, self.resource)
            == (request.verb, request.group, request.resource)
            and (not self.names or request.name in self.names)
        )


def permissions(found: Iterable[Mapping[str, Any]], account: str) -> tuple[Permission, ...]:
    """What a service account may do, by the roles and bindings among some manifests."""
    documents = list(found)
    roles = {
        (each["kind"], each["metadata"].get("namespace", ""), each["metadata"]["name"]): each
        for each in documents
        if each["kind"] in ("Role", "ClusterRole")
    }
    made: list[Permission] = []
    for each in documents:
        if each["kind"] not in ("RoleBinding", "ClusterRoleBinding"):
            continue
        if not any(subject["name"] == account for subject in each["subjects"]):
            continue
        place = each["metadata"].get("namespace", "")
        kind, name = each["roleRef"]["kind"], each["roleRef"]["name"]
        role = roles[kind, place if kind == "Role" else "", name]
        made += [one for rule in role["rules"] for one in _expanded(place, rule)]
    return tuple(made)


def _expanded(place: str, rule: Mapping[str, Any]) -> Iterator[Permission]:
    names = tuple(rule.get("resourceNames", ()))
    for group in rule["apiGroups"]:
        for resource in rule["resources"]:
            for verb in rule["verbs"]:
                assert "*" not in (group, resource, verb)
                yield Permission(place, verb, group, resource, names)


def request_of(scope: Scope) -> Request | None:
    """A request in the words of RBAC; None for what is no resource."""
    target = parse(scope["path"])
    if target is None or not target.plural:
        return None
    query = {key: each[-1] for key, each in parse_qs(scope["query_string"].decode()).items()}
    name = target.name
    if scope["method"] in ("GET", "HEAD"):
        verb = "get" if name else "watch" if query.get("watch") == "true" else "list"
        if not name:
            fields = dict(
                each.split("=", 1) for each in query.get("fieldSelector", "").split(",") if each
            )
            name = fields.get("metadata.name", "")
    else:
        verb = _VERBS[scope["method"]]
        verb = "deletecollection" if verb == "delete" and not name else verb
    resource = f"{target.plural}/{target.subresource}" if target.subresource else target.plural
    return Request(verb, target.group, resource, target.namespace, name)


class Authorizer:
    """Lets through what some permissions allow."""

    def __init__(self, inner: Any, allowed: Iterable[Permission]) -> None:
        self.inner = inner
        self.allowed = tuple(allowed)
        self.used: set[Permission] = set()
        self.refused: list[Request] = []
        self.others: set[str] = set()
        """Paths that are no resources; everybody who is known may read them (system:discovery)."""
        self.knows_watch_list = True

    @property
    def unused(self) -> list[Permission]:
        """What nothing was done with."""
        return [each for each in self.allowed if each not in self.used]

    def end_watches(self) -> None:
        """As the application inside does."""
        self.inner.end_watches()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or say no."""
        asked = request_of(scope)
        if asked is None:
            self.others.add(scope["path"])
        elif not await self._allow(scope, asked):
            await _answer(send, 403, "Forbidden")
            return
        elif not self.knows_watch_list and b"sendInitialEvents" in scope["query_string"]:
            await _answer(send, 422, "Invalid")
            return
        await self.inner(scope, receive, send)

    async def _allow(self, scope: Scope, asked: Request) -> bool:
        requests = [asked]
        if asked.verb == "patch" and await self._missing(scope):
            # Server-side apply of what is not there makes it, which has to be allowed as well.
            requests.append(asked._replace(verb="create", name=""))
        for each in requests:
            enough = [permission for permission in self.allowed if permission.allows(each)]
            self.used.update(enough)
            if not enough:
                self.refused.append(each)
        return not self.refused or self.refused[-1] not in requests

    async def _missing(self, scope: Scope) -> bool:
        """Whether there is nothing at a path."""
        codes: list[int] = []

        async def receive() -> MutableMapping[str, Any]:
            return {"type": "http.request", "body": b""}

        async def send(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                codes.append(message["status"])

        await self.inner({**scope, "method": "GET", "query_string": b""}, receive, send)
        return codes == [404]


async def _answer(send: Send, code: int, reason: str) -> None:
    status = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code}
    body = msgspec.json.encode({**status, "reason": reason, "message": reason})
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": code, "headers": headers})
    await send({"type": "http.response.body", "body": body})
