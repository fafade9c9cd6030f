"""What a running instance shows of itself over the admin socket.

Knows where each answer is; computes nothing of its own. Secrets are redacted by the endpoint,
whatever is handed to it.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from portway.adapters.folder.problem import FileProblem
from portway.app import foresight
from portway.app.turn import Loop
from portway.core import api, explain
from portway.core.schema import Schema

_PREFIX = "type.googleapis.com/"


class Show:
    """The admin endpoint's `View` of one instance."""

    def __init__(self, loop: Loop, schema: Schema) -> None:
        self._loop = loop
        self._schema = schema
        self.problems: tuple[FileProblem, ...] = ()
        self.notices: tuple[FileProblem, ...] = ()
        self.proxy: dict[str, Any] = {"state": "starting"}
        self.quiet_once = False
        self.waiting: Callable[[], Iterable[str]] = lambda: (
            "the manifests have not been read yet",
        )
        """Why not everything was listed yet."""
        self.picker_of: Callable[[str], str] = lambda _: ""
        """Where the picker of a pool (`InferencePool NAMESPACE/NAME`) answers questions; empty
        where nobody does."""

    def ready(self) -> tuple[bool, list[str]]:
        """Ready: everything was listed, the proxy runs and has answered all it was sent."""
        reasons: list[str] = []
        if not self._loop.listed.is_set():
            reasons += self.waiting()
        if self.proxy["state"] != "ready":
            reasons.append(f"the proxy is {self.proxy['state']}")
        if not self.quiet_once:
            reasons.append("the proxy has not answered its first configuration yet")
        return not reasons, reasons

    def status(self) -> Any:
        # Statuses follow the configuration a little later; who asks gets those of now.
        self._loop.tell()
        return {
            "objects": [
                {"kind": key.kind, "namespace": key.namespace, "name": key.name, "status": status}
                for key, status in self._loop.statuses.items()
            ],
            "problems": [msgspec.to_builtins(each) for each in self.problems],
            "notices": [msgspec.to_builtins(each) for each in self.notices],
            "refused": [
                {"object": str(key), "reason": reason}
                for key, reason in sorted(self._loop.search.culprits.items())
            ],
            "proxy": self.proxy,
        }

    def config(self) -> Any:
        found = []
        for each in self._loop.core.resources():
            type_name = each.type_url.removeprefix(_PREFIX)
            value = self._schema.decode(type_name, each.body)
            found.append({"type": type_name, "version": each.version, "resource": value})
        return {"resources": found}

    def objects(self) -> Any:
        sources = self._loop.core.inputs.sources
        return {
            "objects": [
                api.to_document(obj) for kind in sorted(sources) for _, obj in sources[kind].items()
            ]
        }

    async def explain(self, query: Mapping[str, str | list[str]]) -> Any:
        request, expect = explain.question(query)
        found = explain.explain(self._loop.core.view, request, expect)
        if any(explain.asked_of(found)):
            picks = await asyncio.to_thread(foresight.picks, found, request, self.picker_of)
            found = explain.with_picks(found, picks)
        return msgspec.to_builtins(found)
