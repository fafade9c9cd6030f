"""`portway explain`, of files and of a running instance."""

import json
from pathlib import Path
from typing import Any

import msgspec
from click.testing import CliRunner, Result

from portway.app.cli import main
from portway.core.explain import Answer, Explanation, from_url

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
