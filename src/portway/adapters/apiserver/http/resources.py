"""The verbs on resources: from a request to a call of the store and its answer.

Knows methods, parameters and patch types. Must not know sockets or the store's rules.
"""

from collections.abc import AsyncIterator, Callable
from datetime import datetime
from typing import Any, NamedTuple

from portway.adapters.apiserver.http import body as bodies
from portway.adapters.apiserver.http.frames import Frames, encode
from portway.adapters.apiserver.http.path import Target
from portway.adapters.apiserver.http.query import Query, wanted
from portway.adapters.apiserver.http.watching import Watch
from portway.adapters.apiserver.kinds.kind import Kind
from portway.adapters.apiserver.problem import Refused, bad_request, success
from portway.adapters.apiserver.store.objects import ObjectStore
from portway.adapters.apiserver.store.options import DeleteOptions, Page, WriteOptions
from portway.adapters.apiserver.store.patch import json_patch, merge_patch
from portway.adapters.apiserver.store.selector import Test, both, field_test, label_test
from portway.adapters.apiserver.store.stored import Stored
from portway.adapters.apiserver.store.strategic import strategic_patch

Headers = dict[bytes, bytes]


class Ask(NamedTuple):
    """A request for a resource."""

    method: str
    target: Target
    query: Query
    headers: Headers
    body: bytes

    def header(self, name: bytes) -> str:
        """A header's value; empty if absent."""
        return self.headers.get(name, b"").decode("latin-1")


class Answer(NamedTuple):
    """A response; ``stream`` takes the place of ``body`` in a watch."""

    code: int
    body: bytes = b""
    warnings: tuple[str, ...] = ()
    stream: AsyncIterator[bytes] | None = None
    revision: int = 0
    """The answer waits until this revision is durable."""
    content_type: str = "application/json"


class Resources:
    """Answers requests for resources."""

    def __init__(
        self,
        store: ObjectStore,
        clock: Callable[[], datetime],
        monotonic: Callable[[], float],
    ) -> None:
        self._store = store
        self._clock = clock
        self._monotonic = monotonic

    def answer(self, ask: Ask) -> Answer:
        """Carry out a request. Raises Refused."""
        target = ask.target
        kind = self._store.kind(target.group, target.version, target.plural)
        if kind is None:
            raise not_served(f"the server does not serve {target.plural or 'this path'}")
        self._check_target(kind, target)
        if target.name:
            return self._one(kind, ask)
        if ask.method in ("GET", "HEAD"):
            if ask.query.flag("watch") or target.deprecated_watch:
                return self._watch(kind, ask)
            return self._list(kind, ask)
        if ask.method == "POST":
            return self._create(kind, ask)
        if ask.method == "DELETE":
            return self._delete_all(kind, ask)
        raise not_allowed(ask.method, f"{kind.resource} as a whole")

    def _one(self, kind: Kind, ask: Ask) -> Answer:
        if ask.method in ("GET", "HEAD"):
            if ask.query.flag("watch") or ask.target.deprecated_watch:
                return self._watch(kind, ask)
            stored = self._store.writer.get(kind, ask.target.namespace, ask.target.name)
            return Answer(200, self._frames(kind, ask).one(stored))
        if ask.method == "PUT":
            return self._update(kind, ask)
        if ask.method == "PATCH":
            return self._patch(kind, ask)
        if ask.method == "DELETE" and not ask.target.subresource:
            return self._delete(kind, ask)
        raise not_allowed(ask.method, kind.resource)

    def _check_target(self, kind: Kind, target: Target) -> None:
        if target.namespace and not kind.namespaced:
            raise not_served(f"{kind.resource} are not in namespaces")
        if target.name and kind.namespaced and not target.namespace:
            raise not_served(f"{kind.resource} are in namespaces, and the path names none")
        if target.subresource == "" or (target.subresource == "status" and kind.has_status):
            return
        raise not_served(
            f"{kind.resource} have no subresource {target.subresource} on this server; "
            "it is a local API without nodes"
        )

    def _list(self, kind: Kind, ask: Ask) -> Answer:
        query = ask.query
        page = Page(limit=query.number("limit"), after=query.text("continue"))
        listed = self._store.reader.select(
            kind, ask.target.namespace, self._test(kind, query), page
        )
        return Answer(200, self._frames(kind, ask).listing(listed))

    def _watch(self, kind: Kind, ask: Ask) -> Answer:
        test = self._test(kind, ask.query)
        if ask.target.name:
            test = both(test, field_test(f"metadata.name={ask.target.name}", frozenset()))
        watch = Watch(
            self._store.tables,
            kind,
            ask.target.namespace,
            test,
            ask.query,
            self._frames(kind, ask),
            self._monotonic,
        )
        return Answer(200, stream=watch.events())

    def _create(self, kind: Kind, ask: Ask) -> Answer:
        if kind.namespaced and not ask.target.namespace:
            raise not_allowed("POST", f"{kind.resource} of all namespaces")
        options = self._options(kind, ask)
        document = bodies.read(ask.body, ask.header(b"content-type"))
        stored = self._store.create(kind, ask.target.namespace, document, options)
        return self._written(201, kind, ask, stored, options)

    def _update(self, kind: Kind, ask: Ask) -> Answer:
        options = self._options(kind, ask)
        target = ask.target
        document = bodies.read(ask.body, ask.header(b"content-type"))
        stored = self._store.update(kind, target.namespace, target.name, document, options)
        return self._written(200, kind, ask, stored, options)

    def _patch(self, kind: Kind, ask: Ask) -> Answer:
        options = self._options(kind, ask)
        target = ask.target
        media = bodies.media_type(ask.header(b"content-type"))
        patch = bodies.read(ask.body, media)
        if media == bodies.APPLY:
            if not ask.query.text("fieldManager"):
                raise bad_request("PatchOptions.meta.k8s.io is invalid: fieldManager: is required")
            options.force = ask.query.flag("force")
            stored, new = self._store.apply(kind, target.namespace, target.name, patch, options)
            return self._written(201 if new else 200, kind, ask, stored, options)
        schema = kind.schema(options.api_version)
        changes: dict[str, Callable[[Any], Any]] = {
            bodies.MERGE: lambda live: merge_patch(live, patch),
            bodies.JSON_PATCH: lambda live: json_patch(live, patch),
        }
        if kind.strategic:
            changes[bodies.STRATEGIC] = lambda live: strategic_patch(live, patch, schema)
        if media not in changes:
            raise bodies.unsupported(media, (*changes, bodies.APPLY))
        stored = self._store.patch(kind, target.namespace, target.name, changes[media], options)
        return self._written(200, kind, ask, stored, options)

    def _delete(self, kind: Kind, ask: Ask) -> Answer:
        target = ask.target
        options = self._delete_options(ask)
        stored, gone = self._store.delete(kind, target.namespace, target.name, options)
        if not gone:
            return Answer(
                200, stored.json(kind.api_version(target.version)), revision=stored.revision
            )
        status = success(kind, target.name, stored.uid)
        return Answer(200, encode(status), revision=self._store.tables.revision)

    def _delete_all(self, kind: Kind, ask: Ask) -> Answer:
        if kind.namespaced and not ask.target.namespace:
            raise not_allowed("DELETE", f"{kind.resource} of all namespaces")
        options = self._delete_options(ask)
        test = self._test(kind, ask.query)
        listed = self._store.reader.select(kind, ask.target.namespace, test, Page())
        for stored in listed.items:
            self._store.writer.check_files(kind, stored)
        for stored in listed.items:
            self._store.delete(kind, stored.namespace, stored.name, options)
        body = self._frames(kind, ask).listing(listed)
        return Answer(200, body, revision=self._store.tables.revision)

    def _written(
        self, code: int, kind: Kind, ask: Ask, stored: Stored, options: WriteOptions
    ) -> Answer:
        body = self._frames(kind, ask).one(stored)
        revision = 0 if options.dry_run else stored.revision
        return Answer(code, body, tuple(options.warnings), revision=revision)

    def _frames(self, kind: Kind, ask: Ask) -> Frames:
        form = wanted(ask.header(b"accept"))
        include = ask.query.text("includeObject")
        return Frames(kind, ask.target.version, form, include, self._clock)

    def _test(self, kind: Kind, query: Query) -> Test | None:
        by_field = field_test(query.text("fieldSelector"), kind.field_labels)
        return both(label_test(query.text("labelSelector")), by_field)

    def _options(self, kind: Kind, ask: Ask) -> WriteOptions:
        query = ask.query
        validation = query.text("fieldValidation", "Warn")
        if validation not in ("", "Strict", "Warn", "Ignore"):
            raise bad_request(f'Invalid value: "{validation}": use Strict, Warn or Ignore')
        agent = ask.header(b"user-agent").partition("/")[0]
        return WriteOptions(
            api_version=kind.api_version(ask.target.version),
            manager=(query.text("fieldManager") or agent or "unknown")[:128],
            subresource=ask.target.subresource,
            dry_run=query.dry_run(),
            validation=validation or "Warn",
        )

    def _delete_options(self, ask: Ask) -> DeleteOptions:
        given = bodies.read(ask.body, ask.header(b"content-type")) if ask.body else {}
        if not isinstance(given, dict):
            raise bad_request("the body is not DeleteOptions")
        conditions = given.get("preconditions") or {}
        if given.get("dryRun") not in (None, [], ["All"]):
            raise bad_request('dryRun supports only "All"')
        propagation = given.get("propagationPolicy") or ask.query.text("propagationPolicy")
        if propagation not in (None, "", "Background", "Foreground", "Orphan"):
            raise bad_request(f'there is no propagationPolicy "{propagation}"')
        if not propagation and given.get("orphanDependents"):
            propagation = "Orphan"  # the older spelling
        return DeleteOptions(
            dry_run=ask.query.dry_run() or bool(given.get("dryRun")),
            uid=str(conditions.get("uid") or ""),
            revision=str(conditions.get("resourceVersion") or ""),
            propagation=propagation or "Background",
        )


def not_served(why: str) -> Refused:
    """404 for what is not there at all, said in a sentence."""
    message = f"the server could not find the requested resource: {why}"
    return Refused(404, "NotFound", message)


def not_allowed(method: str, what: str) -> Refused:
    """405."""
    message = f"the server does not allow this method on the requested resource: {method} {what}"
    return Refused(405, "MethodNotAllowed", message)
