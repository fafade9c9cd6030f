"""`portway explain`, of files and of a running instance."""

import json
from pathlib import Path
from typing import Any

import msgspec
from click.testing import CliRunner, Result

from portway.app.cli import main
from portway.core.explain import Answer, Explanation, from_url
from tests.wire.harness.ports import free_port

SITE = """\
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: web}
spec:
  gatewayClassName: portway
  listeners: [{name: http, port: 8080, protocol: HTTP}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: a}
spec:
  parentRefs: [{name: web}]
  rules:
  - matches: [{path: {value: /api}, headers: [{name: x-model, value: small}]}]
    backendRefs: [{name: a, port: 80}]
---
apiVersion: v1
kind: Service
metadata: {name: a, annotations: {portway.dev/endpoints: "127.0.0.1:3000"}}
spec: {ports: [{port: 80}]}
"""


def explain(tmp_path: Path, *arguments: str) -> Result:
    (tmp_path / "site.yaml").write_text(SITE)
    return CliRunner().invoke(main, ["explain", *arguments, "-f", str(tmp_path)])


def test_a_request_is_followed_to_its_backend(tmp_path: Path) -> None:
    result = explain(tmp_path, "http://h:8080/api/x", "-H", "X-Model: small")
    assert result.exit_code == 0, result.output
    assert "HTTPRoute default/a rules[0] [PathPrefix /api, header x-model=small] MATCHES" in (
        result.output
    )
    assert "Answer: forwarded to Service default/a:80" in result.output
    assert "127.0.0.1:3000" in result.output


def test_an_expected_route_that_does_not_answer_exits_with_1(tmp_path: Path) -> None:
    result = explain(tmp_path, "post", "http://h:8080/api/x", "--expect", "a")
    assert result.exit_code == 1
    assert "Answer: 404" in result.output
    assert "no rule matches: rules[0]: header x-model is missing" in result.output


def test_json(tmp_path: Path) -> None:
    result = explain(tmp_path, "http://h:8080/api", "-H", "x-model: small", "-o", "json")
    found = json.loads(result.output)
    assert found["answer"] == {"kind": "forward", "text": "forwarded to Service default/a:80"}


def test_the_model_of_the_body_is_asked_about(instance: Any, data: Path) -> None:
    said = Explanation(from_url("GET", "http://h/"), Answer("respond", "404: nobody", 404))
    instance.answers["/explain"] = (200, msgspec.to_builtins(said))
    words = ["explain", "http://h/", "--model", "m", "--data", str(data)]
    assert CliRunner().invoke(main, words).exit_code == 0
    assert instance.posted[-1]["model"] == "m"


def test_no_url_is_wrong_usage(tmp_path: Path) -> None:
    result = explain(tmp_path, "http:///x")
    assert result.exit_code == 2
    assert "names no host" in result.stderr


def test_a_running_instance_is_asked(instance: Any, data: Path) -> None:
    said = Explanation(from_url("GET", "http://h/"), Answer("respond", "404: nobody", 404))
    instance.answers["/explain"] = (200, msgspec.to_builtins(said))
    result = CliRunner().invoke(
        main, ["explain", "put", "http://h/", "-H", "A: 1", "--expect", "r", "--data", str(data)]
    )
    assert result.exit_code == 0, result.output
    assert "Answer: 404: nobody" in result.output
    assert instance.posted == [
        {"url": "http://h/", "header": ["A: 1"], "expect": "r", "method": "PUT"}
    ]


def test_what_the_instance_refuses_is_wrong_usage(instance: Any, data: Path) -> None:
    instance.answers["/explain"] = (400, {"error": "url is missing"})
    result = CliRunner().invoke(main, ["explain", "x", "--data", str(data)])
    assert (result.exit_code, result.stderr) == (2, "Error: url is missing\n")


def test_nobody_running_exits_with_3(data: Path) -> None:
    assert CliRunner().invoke(main, ["explain", "http://h", "--data", str(data)]).exit_code == 3


def test_a_long_body_is_cut_and_its_length_said(instance: Any, data: Path, tmp_path: Path) -> None:
    said = Explanation(from_url("GET", "http://h/"), Answer("respond", "404: nobody", 404))
    instance.answers["/explain"] = (200, msgspec.to_builtins(said))
    (tmp_path / "body").write_bytes(b"x" * 2_000_000)
    for body in ("{}", f"@{tmp_path}/body"):
        arguments = ["explain", "http://h/", "--body", body, "-H", "A: 1", "--data", str(data)]
        assert CliRunner().invoke(main, arguments).exit_code == 0
    short, long = instance.posted
    assert (short["body64"], short["header"]) == ("e30=", ["A: 1"])
    assert len(long["body64"]) < 1_000_000
    assert long["header"] == ["A: 1", "content-length: 2000000"]


POOL = """\
---
apiVersion: inference.networking.k8s.io/v1
kind: InferencePool
metadata: {name: llama, annotations: {portway.dev/endpoints: "10.0.0.1:80,10.0.0.2:80"}}
spec: {selector: {matchLabels: {app: llama}}, targetPorts: [{number: 8000}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: llama}
spec:
  parentRefs: [{name: web}]
  rules: [{backendRefs: [{group: inference.networking.k8s.io, kind: InferencePool, name: llama}]}]
"""


def test_files_are_enough_to_say_whose_a_prompt_is(tmp_path: Path) -> None:
    (tmp_path / "pool.yaml").write_text(POOL)
    body = '{"model": "m", "prompt": "Be kind."}'
    result = explain(tmp_path, "http://h:8080/v1/completions", "--body", body)
    assert result.exit_code == 0, result.output
    assert "picks 10.0.0." in result.output
    without = explain(tmp_path, "http://h:8080/v1/completions")
    assert "depends on the body, which was not given" in without.output


def test_a_picker_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    named = POOL.replace(
        "targetPorts", "endpointPickerRef: {name: a, port: {number: 80}}, targetPorts"
    )
    (tmp_path / "pool.yaml").write_text(named)
    where = f"127.0.0.1:{free_port()}"
    result = explain(tmp_path, "http://h:8080/x", "--body", "{}", "--picker-address", where)
    assert f"the picker at {where} does not answer" in result.output
