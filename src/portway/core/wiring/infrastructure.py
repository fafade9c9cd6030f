"""What is to be made in a cluster for the proxies of each Gateway, and for pools that ask for a
picker: documents, as JSON.

Made of the Gateways, their ports and their parameters. Knows what an object depends on; what is in
it is `core.infra`'s. A Gateway that is not accepted, or has nothing to serve, has no documents and
keeps what was made for it: an address that a balancer gave is not given back for a mistake that is
mended in a minute.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from portway.core import api, graph, infra, model, translate
from portway.core.wiring.inputs import Name

if TYPE_CHECKING:
    from portway.core.wiring.core import Core

NAME = "infrastructure"
PICKERS = "pickers"
KEEP = b"[]"
"""For a Gateway whose objects shall stay as they are."""


class Infrastructure:
    """The collections `documents`, of each Gateway of ours a JSON list, and `pickers`, the same of
    each pool that asks; empty where none are made."""

    def __init__(self, g: graph.Graph, core: Core, defaults: infra.Defaults) -> None:
        self._core = core
        self._defaults = defaults
        self._ports: graph.Collection[
            model.ObjectKey, tuple[tuple[model.PortKey, model.Port], ...]
        ] = g.group("ports by gateway", core.ports, lambda key, _: (key.gateway,))
        self.documents: graph.Collection[Name, bytes] = g.map(NAME, core.gateways, self._of)
        self.pickers: graph.Collection[Name, bytes] = g.map(
            PICKERS, core.inputs.admitted["InferencePool"], self._picker
        )

    def _of(self, ctx: graph.Context, name: Name, gateway: model.Gateway) -> bytes:
        spec = ctx.get(self._core.inputs.admitted["Gateway"], name)
        if not isinstance(spec, api.Gateway) or not gateway.accepted:
            return KEEP
        ports = [port for _, port in ctx.get(self._ports, gateway.key) or ()]
        config = translate.proxy_parameters(spec, self._core.world(ctx))
        found = infra.proxies(spec, spec.metadata.uid, ports, config, self._defaults)
        return msgspec.json.encode(found)

    def _picker(self, _: graph.Context, _name: Name, pool: api.InferencePool) -> bytes | None:
        """A pool that asks comes here as one that names the picker it is to get."""
        ref = pool.spec.endpoint_picker_ref
        if not self._defaults.picker_role or ref is None or not translate.wants_process(pool):
            return None
        if (ref.group, ref.kind, ref.name) != ("", "Service", infra.picker_name(pool.name)):
            return None
        return msgspec.json.encode(infra.picker(pool, pool.metadata.uid, self._defaults))
