"""One golden per filter: what a user writes, and what Envoy is told.

A golden has a `spec` (the filter as in an HTTPRoute), the `prefixes` the rule matches, and then
either the `route` and `action` fields the filter adds, or the `redirects` it answers with on
http://*:8080. A new filter needs a new golden; a golden of a filter that is gone is an error.
"""

from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from portway.core import api, filters, model
from portway.core.api.http_filter import HTTPRouteFilter
from portway.core.api.reference import BackendObjectReference
from portway.core.filters import request_redirect
from portway.core.render import names

GOLDEN = Path(__file__).parent / "golden"


def resolve(ref: BackendObjectReference) -> model.ClusterKey:
    return model.ClusterKey(ref.kind, ref.namespace or "shop", ref.name, ref.port or 0, "http")


def limit(name: str) -> api.TokenLimit:
    entry = {"tokens": 1000, "per": "Hour", "by": [{"header": "Authorization"}]}
    found = api.decode(
        {
            "apiVersion": "portway.dev/v1alpha1",
            "kind": "TokenLimit",
            "metadata": {"name": name, "namespace": "shop"},
            "spec": {"limits": [entry]},
        }
    )
    assert isinstance(found, api.TokenLimit)
    return found


def told(spec: Any, prefixes: list[str]) -> dict[str, Any]:
    """The fields Envoy gets for a filter of a rule with these prefixes."""
    place = filters.Place("rules[0].filters[0]", tuple(prefixes), resolve, limit)
    found = filters.from_spec(msgspec.convert(spec, HTTPRouteFilter), place)
    assert not isinstance(found, filters.Problem), found.message
    if isinstance(found, model.Redirect):
        seen = request_redirect.Seen("*", 8080, "http")
        pairs = request_redirect.actions(found, seen)
        return {"redirects": [{"headers": headers, "action": action} for headers, action in pairs]}
    draft = filters.Draft({}, {}, names.cluster)
    filters.apply((found,), draft)
    parts = {"route": draft.outer, "action": draft.action}
    return {name: part for name, part in parts.items() if part}


def test_every_filter_has_a_golden() -> None:
    assert {path.stem for path in GOLDEN.iterdir()} == {kind.type for kind in filters.ORDER}


@pytest.mark.parametrize("kind", [kind.type for kind in filters.ORDER])
def test_golden(kind: str) -> None:
    golden = yaml.safe_load((GOLDEN / f"{kind}.yaml").read_text())
    assert golden["spec"]["type"] == kind
    expected = {name: part for name, part in golden.items() if name not in ("spec", "prefixes")}
    assert told(golden["spec"], golden["prefixes"]) == expected
