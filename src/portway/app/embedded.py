"""The embedded API of an instance: its store, its server, and the statuses that go back into it.

Composition only. What is written to the API goes to the loop as the events of a source; what the
core says of an object goes into the object's status, beside what other controllers say there. What
files hold is shown, and goes to the loop without it: an instance may have no API.
"""

import logging
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from portway.adapters.admin import log
from portway.adapters.apiserver.http.server import ApiServer
from portway.adapters.apiserver.kinds.kind import Kind
from portway.adapters.apiserver.problem import Refused
from portway.adapters.apiserver.store.filed import Filed
from portway.adapters.apiserver.store.objects import ObjectStore
from portway.adapters.apiserver.store.options import WriteOptions
from portway.app.default_class import default_class
from portway.app.generated import Generated, Wanted
from portway.app.statuses import merged
from portway.core import api, model
from portway.core.controller_name import CONTROLLER

_log = logging.getLogger(__name__)
_MANAGER = "portway"
_AT_ONCE = 500

Status = dict[str, Any]


class EmbeddedApi:
    """The API beside the files."""

    def __init__(
        self,
        data: Path,
        address: str,
        token: str | None,
        *,
        emit: Callable[[tuple[api.Event, ...]], None],
        status: Callable[[model.ObjectKey], Status | None],
        generated: Wanted,
        place: Callable[[model.ObjectKey], str] = str,
    ) -> None:
        """``data``: for the journal, the certificates and the kubeconfig. ``emit`` is told what
        changed; ``status`` gives what the core says of an object now, ``generated`` what should be
        there because of a Gateway, ``place`` where an object of a file is written.

        Raises ApiAddressError or JournalError when it cannot be served.
        """
        self._emit = emit
        self._status = status
        self._new: set[model.ObjectKey] = set()
        self.store = ObjectStore(
            data / "api.db",
            emit=self._changed,
            status=self._status_of,
            place=lambda kind, each: place(_key(kind, each.namespace, each.name)),
        )
        self._generated = Generated(self.store, generated)
        self.server = ApiServer(
            self.store, data, address=address, token=token, controller=CONTROLLER
        )

    async def run(self) -> None:
        """Serve until cancelled."""
        try:
            await self.server.run()
        finally:
            self.store.close()

    def start(self) -> None:
        """Read what an earlier run was told, and tell it on. Call it inside the event loop."""
        self._emit(tuple(self.store.start()))
        own = default_class().object
        assert own is not None
        classes = self.store.tables.typed[own.kind]
        if classes.get("", own.name) is None:
            options = WriteOptions(api_version=own.api_version, manager=_MANAGER)
            self.store.create(classes.kind, "", api.to_document(own), options)

    def files(self, events: Iterable[api.Event]) -> None:
        """What changed in the files, to be seen through the API."""
        self.store.files.take(events)

    def again(self, key: model.ObjectKey) -> None:
        """Look at an object's status with the next `refresh`."""
        self._new.add(key)

    def refresh(self) -> None:
        """Statuses of which the core has nothing new to say, of objects to which they are new:
        they were made again as they were, or a file took their place or gave it back."""
        some = [self._new.pop() for _ in range(min(_AT_ONCE, len(self._new)))]
        self.write(some)

    def write(self, keys: Iterable[model.ObjectKey]) -> None:
        """What the core says of these objects, into those of them that the API has."""
        for key in keys:
            try:
                self._write(key)
                self._generate(key)
            except Refused as refused:
                # A status is our own output: this is a bug of ours or a journal that failed.
                log.event(_log, "warning", f"the status of {key} is not kept: {refused.message}")

    def _generate(self, key: model.ObjectKey) -> None:
        """What a Gateway has beside its status changes with it: both follow its spec, its
        addresses and its ports."""
        if key.kind != "Gateway":
            return
        gateway = self.store.tables.typed[key.kind].get(key.namespace, key.name)
        if isinstance(gateway, Filed):
            # Nothing is made for it, and what was made for the API's goes.
            gateway = self.store.files.hidden(*key)
        if gateway is not None:
            self._generated.keep(gateway)

    def _write(self, key: model.ObjectKey) -> None:
        table = self.store.tables.typed.get(key.kind)
        stored = None if table is None else table.get(key.namespace, key.name)
        if table is None or stored is None or not table.kind.has_status:
            return
        if isinstance(stored, Filed):
            self.store.files.again(table, stored)
            return
        status = self._status(key)
        before = stored.document.get("status") or {}
        status = merged(status, before)
        if before == status:
            return
        options = WriteOptions(
            api_version=stored.document["apiVersion"],
            manager=_MANAGER,
            subresource="status",
            validation="Ignore",
        )
        document = {"metadata": {}, "status": status}
        self.store.update(table.kind, key.namespace, key.name, document, options)

    def _status_of(self, kind: Kind, namespace: str, name: str) -> Status | None:
        return self._status(_key(kind, namespace, name))

    def _changed(self, event: api.Event) -> None:
        if event.object is not None:
            self._new.add(model.ObjectKey(event.kind, event.namespace, event.name))
        elif event.kind == "Service":
            self._new |= self._generated.owner_of(event.namespace, event.name)
        self._emit((event,))


def _key(kind: Kind, namespace: str, name: str) -> model.ObjectKey:
    return model.ObjectKey(kind.kind, namespace, name)


def token_of(path: Path | None) -> str | None:
    """The token in a file, without the white space around it; None without a file."""
    return None if path is None else path.read_text().strip()
