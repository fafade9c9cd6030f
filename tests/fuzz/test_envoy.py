"""Whatever survives the damage is a configuration that Envoy takes."""

import random
from typing import Any

import pytest

from portway.adapters.envoy import binary, validator
from portway.core.schema import Schema
from portway.core.wiring import Core
from portway.core.wiring.emit import CLUSTER, ENDPOINTS, LISTENER, PREFIX, ROUTES, SECRET
from tests.fuzz.mutate import Mutator
from tests.fuzz.running import Document, documents, path, started, text
from tests.sim import bootstrap

SEED = 20260204
STATES = 20
TRIES = 25

# Out of a hundred. Most mutations of a Gateway or Service take the routes away with them, and what
# is gone proves nothing.
_CHANCE = {"HTTPRoute": 90, "Backend": 50, "EndpointSlice": 50, "Service": 20}
_CHANCE_OF_OTHERS = 10


def _damaged(schema: Schema, seed: int) -> Core:
    """The site with a valid mutation of nearly every object at once."""
    site = documents()
    running = started(schema, site)
    mutator, draw = Mutator(seed, site), random.Random(seed)
    for document in site:
        if draw.randrange(100) < _CHANCE.get(document["kind"], _CHANCE_OF_OTHERS):
            _damage(running.write, mutator, document)
    for turn in running.settle():
        assert turn.failures == ()
    return running.core


def _damage(write: Any, mutator: Mutator, document: Document) -> None:
    for _ in range(TRIES):
        if write({path(document): text(mutator.mutation(document))}):
            return


@pytest.mark.envoy
@pytest.mark.parametrize("number", range(STATES))
async def test_envoy_takes_a_damaged_site(schema: Schema, number: int) -> None:
    core = _damaged(schema, SEED + number)
    by_type: dict[str, list[dict[str, Any]]] = {}
    for each in core.resources():
        type_name = each.type_url.removeprefix(PREFIX)
        by_type.setdefault(type_name, []).append(schema.decode(type_name, each.body))
    # More than the bare listeners: routes and backends of several objects are left to judge.
    assert len(core.resources()) > 8
    kinds = (LISTENER, ROUTES, CLUSTER, ENDPOINTS, SECRET)
    config = bootstrap.bootstrap(*(by_type.get(kind, []) for kind in kinds))
    assert await validator.validate(binary.locate(), config) is None
