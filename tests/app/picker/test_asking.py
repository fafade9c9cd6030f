"""Requests as gateways show them, and what a pick depends on."""

import base64
import json
from typing import Any

import pytest

from portway.adapters.extproc.desk import Request
from portway.app.picker.asking import Asked, asked
from portway.core.pick.rewrite import Match, ModelValue, Rule, Share

BODY = json.dumps({"model": "m", "prompt": "x" * 1_000}).encode()
RULES = (Rule((Share("m-2"),), (Match(ModelValue("m")),)),)


def made(body: bytes = BODY, rules: tuple[Rule, ...] = (), **headers: Any) -> Asked:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return asked(Request(named, body), {"high": 7, "low": -1}, rules, 0)


def test_a_prompt_and_its_model() -> None:
    found = made()
    assert (found.model, found.ask.model, found.body) == ("m", "m", None)
    assert (len(found.ask.chain), found.ask.size) == (3, 1_002)
    assert (found.ask.priority, found.ask.tenant, found.ask.subset) == (0, "", None)


@pytest.mark.parametrize("start", ["x_gateway", "x_llm_d"])
def test_both_spellings_of_headers(start: str) -> None:
    headers: dict[str, Any] = {
        f"{start}_inference_objective": "low",
        f"{start}_inference_fairness_id": "t",
    }
    found = made(**headers)
    assert (found.ask.priority, found.ask.tenant) == (-1, "t")
    headers = {f"{start}_model_name_rewrite": "n"}
    renamed = made(**headers)
    assert renamed.ask.model == "n"
    assert json.loads(renamed.body or b"{}")["model"] == "n"


def test_an_objective_that_does_not_exist_is_as_none() -> None:
    assert made(x_gateway_inference_objective="nonsense").ask.priority == 0


def test_a_rewritten_model_is_the_one_that_is_cached() -> None:
    found = made(rules=RULES)
    assert (found.model, found.ask.model) == ("m", "m-2")
    assert found.ask.chain != made().ask.chain
    assert json.loads(found.body or b"{}") == {**json.loads(BODY), "model": "m-2"}
    assert made(b'{"prompt": "x"}', RULES).body is None
    assert made(BODY.replace(b'"m"', b'"m-2"'), RULES).body is None


@pytest.mark.parametrize("body", [b"", b"not json", b"\xff", b"[]"])
def test_a_body_that_is_none(body: bytes) -> None:
    found = made(body, RULES)
    assert (found.ask.chain, found.model, found.body) == ((), "", None)


@pytest.mark.parametrize(
    ("token", "endpoint"),
    [(base64.b64encode(b"10.0.0.1:80").decode(), "10.0.0.1:80"), ("%%%", ""), ("/w==", "")],
)
def test_a_session_names_its_endpoint(token: str, endpoint: str) -> None:
    headers: dict[str, Any] = {"x_session_token": token}
    assert made(**headers).ask.session == endpoint
