"""The route that KServe writes for an LLMInferenceService: twelve rules, one pool, one Service."""

import json
from pathlib import Path

import pytest

from tests.wire.harness.manifests import Document, backend, http_route, rule, service
from tests.wire.harness.origin import Origin
from tests.wire.harness.portway import Portway
from tests.wire.pools import client, gateway, pool, to

pytestmark = pytest.mark.envoy

MODEL = "publishers/team/models/qwen"
APIS = ("/v1/completions", "/v1/chat/completions", "/v1/responses", "/v1/messages")
NEVER = {"request": "0s", "backendRequest": "0s"}


def under(path: str, to_path: str, to_backend: Document, **fields: object) -> Document:
    rewrite = {"type": "ReplacePrefixMatch", "replacePrefixMatch": to_path}
    matches = [{"path": {"type": "PathPrefix", "value": path}}]
    filters = [{"type": "URLRewrite", "urlRewrite": {"path": rewrite}}]
    return rule(to_backend, matches=matches, filters=filters, timeouts=NEVER, **fields)


def rules() -> list[Document]:
    named = {"name": "X-Gateway-Model-Name", "value": MODEL}
    own = to("qwen-inference-pool", port=8000, weight=1)
    workload = backend("qwen-kserve-workload-svc", port=8000)
    made = [under(f"/{at}{api}", api, own) for api in APIS for at in ("team/qwen", MODEL)]
    exact = [
        {"path": {"type": "Exact", "value": f"{api}{end}"}, "headers": [named]}
        for api in APIS
        for end in ("", "/")
    ]
    made.append(rule(own, matches=exact, timeouts=NEVER))
    made += [under(f"/{at}", "/", workload) for at in ("team/qwen", MODEL)]
    return [*made, rule(workload, matches=[{"headers": [named]}], timeouts=NEVER)]


async def test_every_rule_of_it_does_what_it_says(tmp_path: Path) -> None:
    """Rewrites as the backend sees them, the pool for what pools are for, the Service for all
    else, and nothing for other models."""
    async with Origin("pool") as a, Origin("service") as b, Portway(tmp_path) as portway:
        assert len(rules()) == 12
        portway.write(
            "site",
            [
                gateway(),
                http_route("models", "web", rules()),
                pool("qwen-inference-pool", "", a.endpoint),
                service("qwen-kserve-workload-svc", b.endpoint, port=8000),
            ],
        )
        async with await client(portway) as web:
            asked = [
                (f"/{at}{api}", "x", "pool", api) for api in APIS for at in ("team/qwen", MODEL)
            ]
            asked += [
                (f"{api}{end}", MODEL, "pool", f"{api}{end}") for api in APIS for end in ("", "/")
            ]
            asked += [
                (f"/{at}/v1/embeddings", "x", "service", "/v1/embeddings")
                for at in ("team/qwen", MODEL)
            ]
            asked += [("/v1/embeddings", MODEL, "service", "/v1/embeddings")]
            for path, model, name, seen in asked:
                answer = await web.post(path, json={"model": model, "prompt": "why?"})
                assert answer.status_code == 200, path
                origin = a if name == "pool" else b
                assert (answer.json()["service"], origin.requests[-1].target) == (name, seen)
                assert json.loads(origin.requests[-1].body)["model"] == model
            for path in (*APIS, "/v1/embeddings"):
                assert (await web.post(path, json={"model": "other"})).status_code == 404
